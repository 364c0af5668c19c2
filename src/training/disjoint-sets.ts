// Sets that only ever grow together (union-find, Galler & Fischer 1964): 0 … size − 1, each a set of its own at first.

export class DisjointSets {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, index) => index);
  }

  /** The one that stands for the whole set of `index`. */
  rootOf(index: number): number {
    const parent = this.#parent;
    let at = index;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  }

  /** Makes one set of the two; what stood for that of `into` stands for it. */
  join(from: number, into: number): void {
    this.#parent[this.rootOf(from)] = this.rootOf(into);
  }
}
