// The walk of src/ranking/packed-trees.ts: four rows at once through trees whose leaves lead to themselves. Leaves are added in
// float32, tree after tree, so that the bits are those of the walk in TypeScript. No memory of its own.

/**
 * Adds the leaves of all trees to `out`.
 * @param nodes 16 bytes each: offset of the column in a row, threshold f32, left and right as offsets from `nodes`
 * @param values one f32 a node
 * @param roots offsets from `nodes`; @param depths steps to take; one i32 a tree each
 * @param matrix rows × columns f32
 * @param rows a multiple of 4
 * @param out one f32 a row
 */
export function addLeaves(
  nodes: usize,
  values: usize,
  roots: usize,
  depths: usize,
  trees: i32,
  matrix: usize,
  columns: i32,
  rows: i32,
  out: usize,
): void {
  const step = <usize>columns << 2;
  for (let tree: usize = 0, end = <usize>trees << 2; tree < end; tree += 4) {
    const root = load<u32>(roots + tree);
    const depth = load<i32>(depths + tree);
    for (let row = 0, at = out, m = matrix; row < rows; row += 4, at += 16, m += 4 * step) {
      const n = m + step;
      const o = n + step;
      const p = o + step;
      let a = nodes + root;
      let b = a;
      let c = a;
      let d = a;
      for (let i = 0; i < depth; i++) {
        a = nodes + load<u32>(a + (<usize>(load<f32>(m + load<u32>(a)) > load<f32>(a, 4)) << 2), 8);
        b = nodes + load<u32>(b + (<usize>(load<f32>(n + load<u32>(b)) > load<f32>(b, 4)) << 2), 8);
        c = nodes + load<u32>(c + (<usize>(load<f32>(o + load<u32>(c)) > load<f32>(c, 4)) << 2), 8);
        d = nodes + load<u32>(d + (<usize>(load<f32>(p + load<u32>(d)) > load<f32>(d, 4)) << 2), 8);
      }
      store<f32>(at, load<f32>(at) + load<f32>(values + ((a - nodes) >> 2)));
      store<f32>(at, load<f32>(at, 4) + load<f32>(values + ((b - nodes) >> 2)), 4);
      store<f32>(at, load<f32>(at, 8) + load<f32>(values + ((c - nodes) >> 2)), 8);
      store<f32>(at, load<f32>(at, 12) + load<f32>(values + ((d - nodes) >> 2)), 12);
    }
  }
}
