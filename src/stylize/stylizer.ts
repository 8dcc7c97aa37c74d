/** Stylising pictures in memory: a model on a runtime, without files. Works wherever a runtime does. */

import { DeviceError, SettingError, WeightsError } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import type { Outputs } from '../graph/tensor.ts';
import { cropCorner, extendEdges } from '../images/extend.ts';
import type { RgbImage } from '../images/image.ts';
import { frozen } from '../networks/parameters.ts';
import { encodeStyle, type GeneratorConfig, MINIMUM_SIZE, stylize } from '../networks/generator.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { memoryToEncode, memoryToStylise } from './memory.ts';
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
 * An encoded style picture, for any number of contents: keys and values of the attention (or mean and deviation),
 * and what the model has of the rest: the statistics for its shortcuts, the decoder's modulation, the palette. Belongs
 * to the model that made it. Plain data: of the slim model 1.6 MB at 512×512 pixels, 2.4 MB at 768×512.
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
  /** Frees the compiled programs when the calls under way have ended; further calls throw. The runtime stays. */
  dispose(): Promise<void>;
}

export interface PixelStylizerOptions {
  /** Compiled programs that stay ready, each for one size of content and style. Default 4. */
  readonly programs?: number;
  /** Bytes that a run may use; asked before one of a size that is not compiled. Default: not limited. */
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
  const calls = new Set<Promise<unknown>>();
  let disposed = false;

  /** Calls are counted, so that nothing is freed under them. */
  async function call<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (disposed) throw new DeviceError({ expected: 'a live stylizer', name, received: 'a disposed one' });
    const running = pause(signal).then(work);
    calls.add(running);
    try {
      return await running;
    } finally {
      calls.delete(running);
    }
  }

  /** A program that is there has its memory already; for another, programs that nobody is using make room. */
  async function makeRoom(key: string, demand: Demand): Promise<void> {
    if (cache.has(key) || demand.bytes <= availableMemory()) return;
    await cache.evictIdle();
    const available = availableMemory();
    if (demand.bytes > available) throw refusal(demand, available);
  }

  async function encode(picture: RgbImage, signal: AbortSignal | undefined): Promise<Style> {
    const extended = extendEdges(picture, MINIMUM_SIZE);
    const { width, height } = extended;
    const key = `style ${width}×${height}`;
    await makeRoom(key, { picture: extended, name: 'style', bytes: memoryToEncode(extended, model.config) });
    const outputs = encodeStyle(input('style', [1, 3, height, width]), parameters, model.config);
    const compile = (): Promise<Program> => runtime.compile(outputs);
    const values = await cache.use(key, compile, async (program) => {
      await pause(signal);
      return program.run({ style: extended.data });
    });
    const tensors = Object.entries(values).flatMap(([name, data]) => {
      const shape = outputs[name]?.shape;
      return shape === undefined ? [] : [[name, { shape, data }] as const];
    });
    return { model: model.sha256, width, height, tensors: Object.fromEntries(tensors) };
  }

  async function paint(
    picture: RgbImage,
    style: Style,
    { strength = 1, signal, onProgress }: PixelOptions,
  ): Promise<RgbImage> {
    if (strength === 0) {
      onProgress?.({ phase: 'done' });
      return { ...picture, data: picture.data.slice() };
    }
    const extended = extendEdges(picture, MINIMUM_SIZE);
    const { width, height } = extended;
    const shapes = Object.entries(style.tensors).map(([name, { shape }]) => `${name} ${shape.join('×')}`);
    const key = `content ${width}×${height} ${shapes.join(' ')}`;
    const bytes = memoryToStylise(extended, style, model.config);
    await makeRoom(key, { picture: extended, name: 'content', bytes });
    const compile = (): Promise<Program> => {
      const content = input('content', [1, 3, height, width]);
      return runtime.compile({
        picture: stylize(content, styleInputs(style), parameters, model.config),
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
  }

  return {
    async encodeStyle(picture, { signal } = {}) {
      return call('encodeStyle', signal, () => encode(picture, signal));
    },

    async stylize(picture, style, options = {}) {
      checkStrength(options.strength ?? 1);
      checkStyle(style, model);
      return call('stylize', options.signal, () => paint(picture, style, options));
    },

    async dispose() {
      disposed = true;
      await Promise.allSettled(calls);
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

/** What a run would take. */
interface Demand {
  readonly picture: RgbImage;
  readonly name: 'content' | 'style';
  readonly bytes: number;
}

function refusal({ picture: { width, height }, name, bytes }: Demand, available: number): DeviceError {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  // Memory grows with the number of pixels.
  const side = Math.max(1, Math.floor(Math.min(width, height) * Math.sqrt(available / bytes)));
  return new DeviceError({
    expected: `a picture that fits into the ${gigabytes(available)} GB of free memory`,
    name: `the ${name}`,
    received: `${width}×${height} pixels, which take about ${gigabytes(bytes)} GB`,
    remedy: `set the ${name} size (its short side) to ${side} or less`,
  });
}
