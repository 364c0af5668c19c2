// Types of the WebAssembly that the ONNX runtime needs, where the platform's own types leave them out. The interface
// merges with the class of @cloudflare/workers-types and stands alone in Node, whose types have no WebAssembly.

declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]?: "WebAssembly.Module";
  }
}

/** A CompiledWasm module: only the decision Worker, whose bundler has that rule, may import it. */
declare module "onnxruntime-web/ort-wasm-simd-threaded.wasm" {
  const wasm: WebAssembly.Module;
  export default wasm;
}
