/** Stylising pictures in memory: a model on a runtime, without files. Works wherever a runtime does. */

import { DeviceError, SettingError, WeightsError } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import type { Outputs } from '../graph/tensor.ts';
import { cropCorner, extendEdges } from '../images/extend.ts';
import type { RgbImage } from '../images/image.ts';
import { frozen } from '../networks/parameters.ts';
import { encodeStyle, type GeneratorConfig, MINIMUM_SIZE, stylise } from '../networks/wasserfarbe.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { memoryToStylise } from './memory.ts';
import { ProgramCache } from './program-cache.ts';

/** A trained generator. */
export interface StylizerModel {
  /** For messages. */
  readonly name: string;
  /** Of the weights file: the styles that a model encodes carry it. */
  readonly sha256: string;
  readonly config: GeneratorConfig;
  readonly weights: WeightMap;
}

/**
 * An encoded style picture, for any number of contents: keys and values of the attention (or mean and deviation)
 * and the decoder's modulation. Belongs to the model that made it. Plain data: about 4 MB at a short side of 512.
 */
export interface Style {
  /** SHA-256 of the model's weights file. */
  readonly model: string;
  /** Size in pixels at which the picture was encoded. */
  readonly width: number;
  readonly height: number;
  /** By name, row-major float32. */
  readonly tensors: Readonly<Record<string, WeightTensor>>;
}

/** `read`: the picture is decoded; `compile`: a size not seen lately; `run`: the network; `done`. */
export type StylizePhase = 'read' | 'compile' | 'run' | 'done';

/** What a call reports while it goes. */
export interface StylizeProgress {
  readonly phase: StylizePhase;
}

export interface EncodeOptions {
  /** Aborting rejects with its reason, between two steps: a network that runs is not interrupted. */
  readonly signal?: AbortSignal;
}

export interface PixelOptions extends EncodeOptions {
  /**
   * How strongly, 0–1, default 1. The result is content + strength · (stylised − content), in sRGB values of each
   * pixel: 0 is exactly the input, 1 exactly the network's picture, and every pixel moves straight between them.
   */
  readonly strength?: number;
  onProgress?(progress: StylizeProgress): void;
}

/** A model on a runtime. */
export interface PixelStylizer {
  /** Encodes a style picture as it is; a side under 17 pixels is extended by repeating its edge. */
  encodeStyle(picture: RgbImage, options?: EncodeOptions): Promise<Style>;
  /** Stylises a picture; the result has its size, values around 0–1, not clamped. */
  stylize(picture: RgbImage, style: Style, options?: PixelOptions): Promise<RgbImage>;
  /** Frees the compiled programs; further calls throw. The runtime stays. */
  dispose(): Promise<void>;
}

export interface PixelStylizerOptions {
  /** Compiled programs that stay ready, each for one size of content and style. Default 4. */
  readonly programs?: number;
  /** Bytes that a run may use; asked before each. Default: not limited. */
  readonly availableMemory?: () => number;
}

/** Puts a model on a runtime. Nothing is compiled before the first picture. */
export function createStylizer(
  model: StylizerModel,
  runtime: Runtime,
  { programs = 4, availableMemory = () => Number.POSITIVE_INFINITY }: PixelStylizerOptions = {},
): PixelStylizer {
  const parameters = frozen(model.weights, model.name);
  const cache = new ProgramCache(programs);
  let disposed = false;

  async function start(name: string, signal: AbortSignal | undefined): Promise<void> {
    if (disposed) {
      throw new DeviceError({ expected: 'a live stylizer', name, received: 'a disposed one' });
    }
    await pause(signal);
  }

  return {
    async encodeStyle(picture, { signal } = {}) {
      await start('encodeStyle', signal);
      const extended = extendEdges(picture, MINIMUM_SIZE);
      const { width, height } = extended;
      const outputs = encodeStyle(input('style', [1, 3, height, width]), parameters, model.config);
      const compile = (): Promise<Program> => runtime.compile(outputs);
      const values = await cache.use(`style ${width}×${height}`, compile, async (program) => {
        await pause(signal);
        return program.run({ style: extended.data });
      });
      const tensors = Object.entries(values).flatMap(([name, data]) => {
        const shape = outputs[name]?.shape;
        return shape === undefined ? [] : [[name, { shape, data }] as const];
      });
      return { model: model.sha256, width, height, tensors: Object.fromEntries(tensors) };
    },

    async stylize(picture, style, { strength = 1, signal, onProgress } = {}) {
      checkStrength(strength);
      checkStyle(style, model);
      await start('stylize', signal);
      if (strength === 0) {
        onProgress?.({ phase: 'done' });
        return { ...picture, data: picture.data.slice() };
      }
      const extended = extendEdges(picture, MINIMUM_SIZE);
      const { width, height } = extended;
      checkMemory(extended, style, model.config, availableMemory());
      const shapes = Object.entries(style.tensors).map(([name, { shape }]) => `${name} ${shape.join('×')}`);
      const key = `content ${width}×${height} ${shapes.join(' ')}`;
      const compile = (): Promise<Program> => {
        const content = input('content', [1, 3, height, width]);
        return runtime.compile({
          picture: stylise(content, styleInputs(style), parameters, model.config),
        });
      };
      if (!cache.has(key)) onProgress?.({ phase: 'compile' });
      const data = await cache.use(key, compile, async (program) => {
        onProgress?.({ phase: 'run' });
        await pause(signal);
        return (await program.run({ content: extended.data, ...styleFeeds(style) })).picture;
      });
      const stylised = cropCorner({ width, height, data: data ?? extended.data }, picture);
      onProgress?.({ phase: 'done' });
      return strength === 1 ? stylised : blend(picture, stylised, strength);
    },

    async dispose() {
      disposed = true;
      await cache.dispose();
    },
  };
}

/** Names of the encoded style as graph inputs: ONNX forbids an input and an output of one name, and these were outputs. */
const inputName = (name: string): string => `style.${name}`;

function styleInputs(style: Style): Outputs {
  return Object.fromEntries(
    Object.entries(style.tensors).map(([name, { shape }]) => [name, input(inputName(name), shape)]),
  );
}

function styleFeeds(style: Style): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(style.tensors).map(([name, { data }]) => [inputName(name), data]));
}

function blend(from: RgbImage, to: RgbImage, strength: number): RgbImage {
  const data = from.data.map((value, i) => value + strength * ((to.data[i] ?? value) - value));
  return { width: from.width, height: from.height, data };
}

/** Lets pending events in, so that an abort is heard: ONNX Runtime for Node blocks the thread while it works. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}

function checkStrength(strength: number): void {
  if (strength >= 0 && strength <= 1) return;
  throw new SettingError({ expected: 'a number from 0 to 1', name: 'strength', received: `${strength}` });
}

function checkStyle(style: Style, model: StylizerModel): void {
  if (style.model === model.sha256) return;
  throw new WeightsError({
    expected: `a style encoded by model ${model.name}`,
    name: 'style',
    received: 'one of another model',
    remedy: 'call prepareStyle() of the stylizer that will use it',
  });
}

function checkMemory(content: RgbImage, style: Style, config: GeneratorConfig, available: number): void {
  const needed = memoryToStylise(content, style, config);
  if (needed <= available) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  // Memory grows with the number of pixels.
  const side = Math.floor(Math.min(content.width, content.height) * Math.sqrt(available / needed));
  throw new DeviceError({
    expected: `a picture that fits into the ${gigabytes(available)} GB of free memory`,
    name: 'the content',
    received: `${content.width}×${content.height} pixels, which take about ${gigabytes(needed)} GB`,
    remedy: `set the content size (its short side) to ${side} or less`,
  });
}
