/** The package's entry point for browsers. */

export {
  DeviceError,
  ImageError,
  SettingError,
  ShapeError,
  TrainingError,
  WasserfarbeError,
  WeightsError,
} from '../errors.ts';
export type { ColourPreservation } from '../stylize/colours.ts';
export type { Mask } from '../stylize/masks.ts';
export type { StylizePhase, StylizeProgress } from '../stylize/options.ts';
export type { Style } from '../stylize/style.ts';
export type { StyleFileInfo, StyleThumbnail } from '../stylize/style-file.ts';
export { maskOf } from './picture-input.ts';
export type {
  BrowserDevice,
  CallOptions,
  LoadStylizerOptions,
  ModelFiles,
  PrepareStyleOptions,
  RefineOptions,
  RefineProgress,
  SaveStyleOptions,
  StyleShare,
  Stylizer,
  StylizeOptions,
} from './options.ts';
export type { PictureInput } from './picture-input.ts';
export { type SaveImageOptions, StylizedImage } from './stylized-image.ts';
export { loadStylizer } from './stylizer.ts';
