// Reads a page in pieces of a good size.

export interface PageReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason: unknown): Promise<void>;
}

/** A Worker reads 4 KB at a time unless it brings a larger buffer: a page would take dozens of turns of the event loop. */
const READ_BYTES = 32 * 1024;

export function pageReader(source: ReadableStream<Uint8Array>): PageReader {
  try {
    const reader = source.getReader({ mode: "byob" });
    return {
      read: () => reader.read(new Uint8Array(READ_BYTES)),
      cancel: (reason) => reader.cancel(reason),
    };
  } catch {
    // Not every stream can be read into a buffer.
    const reader = source.getReader();
    return { read: () => reader.read(), cancel: (reason) => reader.cancel(reason) };
  }
}
