/** Names of devices, apart from the runtime: help texts and settings need them before ONNX Runtime is loaded. */

/** Execution providers of ONNX Runtime; `auto` is the CPU. */
export const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;
export type Device = (typeof devices)[number];
