/** Names of devices, separate from the runtime, so that help texts need not load ONNX Runtime. */

/** Execution providers of ONNX Runtime; `auto` is the CPU. */
export const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;
export type Device = (typeof devices)[number];

/** Platforms and requirements of each device in ONNX Runtime's package for Node. */
export const deviceNeeds: Readonly<Record<Exclude<Device, 'auto' | 'cpu'>, string>> = {
  webgpu: 'a GPU driver, on Windows, macOS or Linux x64 (there libvulkan)',
  cuda: 'Linux x64, CUDA 12 with cuDNN 9, and the library that the install script of onnxruntime-node fetches (npm rebuild onnxruntime-node)',
  coreml: 'macOS',
  dml: 'Windows',
};
