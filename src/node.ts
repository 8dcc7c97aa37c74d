/** The package's entry point for Node. */

export {
  DeviceError,
  ImageError,
  SettingError,
  ShapeError,
  TrainingError,
  WasserfarbeError,
  WeightsError,
} from './errors.ts';
export type { EvaluationDocument } from './evaluation/document.ts';
export { readEvaluation } from './evaluation/node/evaluation-files.ts';
export { type MetricName, metricNames } from './evaluation/metrics.ts';
export type { ImageSize, RgbImage, SizeRequest } from './images/image.ts';
export { type Bands, bandsOf, openBands } from './images/node/band-reader.ts';
export { type BandWriter, openBandWriter } from './images/node/band-writer.ts';
export {
  depthFor,
  type FileInput,
  type ImageFormat,
  inspectImage,
  type PictureLimits,
  type PictureMetadata,
  type PictureSource,
  type ReadImageOptions,
  type ReadPicture,
  readImage,
  readPicture,
  type SourceFormat,
  type WriteImageOptions,
  writeImage,
} from './images/node/image-file.ts';
export type { GeneratorConfig } from './networks/settings.ts';
export {
  generatorOf,
  type MethodName,
  methodNames,
  type PresetName,
  presetNames,
} from './networks/presets.ts';
export { type Device, devices } from './runtime/devices.ts';
export { createRuntime, type NodeRuntimeOptions } from './runtime/node/onnxruntime.ts';
export type { Program, Runtime } from './runtime/runtime.ts';
export { modelNames } from './stylize/node/models.ts';
export {
  type LoadStylizerOptions,
  loadStylizer,
  type Picture,
  type PrepareStyleOptions,
  type RefineOptions,
  type SaveStyleOptions,
  type StyleChoice,
  StylizedImage,
  type StylizedFile,
  type StylizeFileOptions,
  type StyleShare,
  type StylizeOptions,
  type Stylizer,
} from './stylize/node/stylizer.ts';
export { decodeStyleFile, isStyleFile, readStyleFileInfo } from './stylize/node/style-bytes.ts';
export { readStyleInfo } from './stylize/node/style-files.ts';
export type { Mask } from './stylize/masks.ts';
export {
  encodeStyleFile,
  type StyleFileInfo,
  type StyleFileNotes,
  type StyleThumbnail,
} from './stylize/style-file.ts';
export type { StylizePhase, StylizeProgress } from './stylize/options.ts';
export type { Style } from './stylize/style.ts';
export { parseTrainingConfig, type TrainingConfig, type TrainingSettings } from './training/config.ts';
export {
  type Progress as TrainingProgress,
  type TrainingEvents,
  type TrainingOptions,
  type TrainingResult,
  train,
} from './training/node/trainer.ts';
export { type ModelCard, modelCardSchema } from './weights/model-card.ts';
