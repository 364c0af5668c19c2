// The scorer port: what turns a feature matrix into one score a candidate. Two implementations serve: ONNX in the
// isolate (src/inference) and the plain TypeScript twin of the same model, which answers while ONNX is cold or broken.

/** Scores candidates. Higher is better; only the order within one call has a meaning. */
export interface Scorer {
  /** What served, as it appears in logs and reports: `onnx` or `typescript`. */
  readonly kind: "onnx" | "typescript";
  /** Columns that a row must have. */
  readonly columns: number;
  /**
   * @param matrix rows × columns float32, row-major; never changed
   * @param rows how many rows of `matrix` are in use
   * @returns a float32 score a row; the caller owns it
   */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>;
}
