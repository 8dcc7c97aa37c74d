/** Names of devices, apart from the runtime: help texts and settings need them before ONNX Runtime is loaded. */

/** Execution providers of ONNX Runtime; `auto` is the CPU. */
export const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;
export type Device = (typeof devices)[number];

/** Where ONNX Runtime's package for Node has each, and what it needs. */
export const deviceNeeds: Readonly<Record<Exclude<Device, 'auto' | 'cpu'>, string>> = {
  webgpu: 'a GPU driver, on Windows, macOS or Linux x64 (there libvulkan)',
  cuda: 'Linux x64, CUDA 12 with cuDNN 9, and the library that the install script of onnxruntime-node fetches (npm rebuild onnxruntime-node)',
  coreml: 'macOS',
  dml: 'Windows',
};
