/** The messages between page and worker. */

import {
  DeviceError,
  ImageError,
  SettingError,
  ShapeError,
  TrainingError,
  WasserfarbeError,
  WeightsError,
} from '../errors.ts';
import type { RefiningProgress } from '../refining/refine.ts';
import type { Share, Style } from '../stylize/style.ts';
import type { StyleFileInfo } from '../stylize/style-file.ts';
import type { RefineOptions, StylizeOptions, StylizeProgress } from '../stylize/options.ts';

/** Straight (not premultiplied) RGBA, interleaved `[H, W, 4]`, 0–255. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8ClampedArray<ArrayBuffer>;
}

/** A picture on its way to the worker. `name` is for messages. */
export type SentPicture =
  | { readonly kind: 'pixels'; readonly name: string; readonly pixels: Pixels }
  | { readonly kind: 'bitmap'; readonly name: string; readonly bitmap: ImageBitmap }
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob }
  | { readonly kind: 'url'; readonly name: string; readonly url: string };

export type SentShare = Share<SentPicture>;

export interface LoadRequest {
  readonly weights: string;
  readonly card: string;
  readonly device: 'auto' | 'webgpu' | 'wasm';
  readonly threads?: number;
  /** Folder of onnxruntime-web, ending in a slash. */
  readonly runtime?: string;
  /** The network of the losses. */
  readonly lossNetwork: { readonly weights: string; readonly card?: string };
}

export interface StylizeRequest {
  readonly picture: SentPicture;
  readonly styles: readonly SentShare[];
  readonly options: Omit<StylizeOptions, 'signal' | 'onProgress'>;
  /** Short side in pixels; undefined for no preview. */
  readonly previewSize?: number;
}

interface RefineRequest {
  readonly picture: SentPicture;
  readonly styles: readonly SentShare[];
  readonly options: Omit<RefineOptions, 'signal' | 'enough' | 'onProgress'>;
  /** The picture to begin with; undefined for the painting. */
  readonly from?: SentPicture;
}

/** The calls that a worker answers, with their requests and answers. */
export interface Calls {
  load: { request: LoadRequest; answer: { readonly model: string; readonly device: 'webgpu' | 'wasm' } };
  prepareStyle: {
    request: { readonly picture: SentPicture; readonly size?: number };
    answer: Style;
  };
  saveStyle: {
    request: { readonly style: Style; readonly source?: string; readonly picture?: SentPicture };
    answer: Uint8Array<ArrayBuffer>;
  };
  readStyleInfo: { request: { readonly picture: SentPicture }; answer: StyleFileInfo };
  stylize: { request: StylizeRequest; answer: Pixels };
  refine: { request: RefineRequest; answer: Pixels };
}

export type CallName = keyof Calls;

/** Messages from page to worker. */
export type ToWorker =
  | {
      [K in CallName]: { readonly id: number; readonly call: K; readonly request: Calls[K]['request'] };
    }[CallName]
  | { readonly id: number; readonly call: 'abort' }
  | { readonly id: number; readonly call: 'enough' };

/** A step of refining, without its picture. */
type RefiningNumbers = Omit<RefiningProgress, 'preview'>;

/** Reports of a call before its answer. */
export type News =
  | { readonly progress: Omit<StylizeProgress, 'refining'> }
  | { readonly preview: Pixels }
  | { readonly refining: RefiningNumbers; readonly preview: Pixels };

/** Messages from worker to page, each about the call `id`. */
export type ToPage =
  | { readonly id: number; readonly news: News }
  | { readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly id: number; readonly error: SentError };

/** An error in a form that can be sent: messages do not keep classes. */
export interface SentError {
  readonly name: string;
  readonly message: string;
}

const classes = {
  DeviceError,
  ImageError,
  SettingError,
  ShapeError,
  TrainingError,
  WasserfarbeError,
  WeightsError,
};

export function packError(error: unknown): SentError {
  if (error instanceof Error || error instanceof DOMException) {
    return { name: error.name, message: error.message };
  }
  return { name: 'Error', message: String(error) };
}

export function unpackError({ name, message }: SentError): Error {
  for (const [known, Class] of Object.entries(classes)) if (known === name) return new Class(message);
  if (name === 'AbortError') return new DOMException(message, name);
  return Object.assign(new Error(message), { name });
}
