/** One level of a refinement: the loop over its steps, at one size. */

import { internal } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount, extent, type Shape } from '../graph/shape.ts';
import { inputShapes, type Outputs } from '../graph/tensor.ts';
import { cropCorner, extendPlanes } from '../images/extend.ts';
import { cropImage, type ImageSize, type RgbImage } from '../images/image.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { type RandomGenerator, standardNormal, stream } from '../random.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import { adamScalars, stateName } from '../training/adam.ts';
import { type Chances, drawPlaces, drawVectors, type Plane } from './places.ts';
import {
  type ComparedLayer,
  comparedLayers,
  contentLayers,
  look,
  type LossValues,
  optimiser,
  refiningStep,
  scales,
  strideOf,
  toBasis,
} from './step.ts';

/** One of the styles towards which a picture is refined. */
export interface RefiningStyle {
  readonly picture: RgbImage;
  /** Its weight; those of all styles sum to 1. */
  readonly share: number;
  /** How likely each place of a layer shows this style, given the pixels of a place; all alike without. */
  chances?(size: ImageSize, stride: number): Chances;
}

/** What runs the loss network. */
export interface Engine {
  readonly runtime: Runtime;
  readonly loss: LossNetwork;
  /** Runs `work` with the program of `key`, compiled if there is none. */
  use<T>(key: string, compile: () => Promise<Program>, work: (program: Program) => Promise<T>): Promise<T>;
}

export interface Level {
  readonly start: RgbImage;
  /** Of the same size. */
  readonly content: RgbImage;
  readonly styles: readonly RefiningStyle[];
  /** What the random numbers depend on. */
  readonly stream: readonly [seed: number, level: number];
  /** How much of the level is done after so many steps; from 1 on, it ends. */
  done(step: number): number;
  goOn(): Promise<boolean>;
  /** @param preview gives the picture as it is then */
  onStep(step: number, losses: LossValues, preview: () => RgbImage): void;
}

/** Sides are multiples of it, so that every layer of the loss network divides them. */
const UNIT = 16;

/** The smallest side with two places at the deepest layer. */
const LEAST = 2 * UNIT;

/** Of the pixels, 0–1. It is constant in the first half of a level, and falls to zero. */
const RATE = 0.008;

export interface Refined {
  readonly picture: RgbImage;
  readonly steps: number;
  /** Whether it was ended early. */
  readonly isEnded: boolean;
}

export async function refineLevel(level: Level, engine: Engine): Promise<Refined> {
  const { start, styles } = level;
  const size = { width: rounded(start.width), height: rounded(start.height) };
  const content = await seen(extended(level.content, size), contentLayers, engine);
  const targets: Record<ComparedLayer, Plane>[] = [];
  for (const { picture } of styles) targets.push(await seen(wholeUnits(picture), comparedLayers, engine));
  const fixed: Record<string, Float32Array> = {};
  for (const layer of contentLayers) fixed[`content.${layer}`] = content[layer].data;
  for (const [k, { share }] of styles.entries()) fixed[`share.${k}`] = Float32Array.of(share);
  const chances = styles.map((style) =>
    Object.fromEntries(comparedLayers.map((layer) => [layer, style.chances?.(size, strideOf(layer))])),
  );

  const key = `refining ${size.width}×${size.height} ${styles.length}`;
  const { states: next, picture: painted, losses } = refiningStep(size, engine.loss, styles.length);
  const outputs: Outputs = { ...prefixed(NEXT, next), ...prefixed(LOSS, losses), [PAINTED]: painted };
  const shapes = inputShapes(outputs);
  const states = new Map<string, Float32Array>(
    Object.entries(next).map(([name, { shape }]) => [name, new Float32Array(elementCount(shape))]),
  );
  states.set(stateName('parameter', 'whole'), toBasis(extended(start, size).data));
  const parameters = new Map(scales.map((scale) => [stateName('parameter', scale), scale]));
  let current = start;

  const compile = () => engine.runtime.compile(outputs);
  return engine.use(key, compile, async (program) => {
    let [step, isEnded] = [0, false];
    for (let done = 0; done < 1; done = level.done(step)) {
      isEnded = !(await level.goOn());
      if (isEnded) break;
      step++;
      const random = stream(level.stream[0], 'refining', level.stream[1], step);
      const rate = RATE * Math.min(1, 2 * (1 - done));
      const given: Record<string, Float32Array> = { ...fixed, ...adamScalars(optimiser, step, rate) };
      for (const [name, value] of states) given[parameters.get(name) ?? name] = value;
      const results = await program.run(
        Object.fromEntries(
          program.inputs.map((name) => [
            name,
            given[name] ?? drawn(name, shapes.get(name) ?? [], size, random, targets, chances),
          ]),
        ),
      );
      for (const name of states.keys()) states.set(name, known(results[NEXT + name], name));
      const value = (name: keyof LossValues) => known(results[LOSS + name]?.[0], name);
      const data = known(results[PAINTED], PAINTED);
      current = cropCorner({ ...size, data }, start);
      const made = current;
      level.onStep(step, { content: value('content'), style: value('style') }, () => made);
    }
    return { picture: current, steps: step, isEnded };
  });
}

/** Random numbers for an input: `directions.LAYER`, `places.STYLE.LAYER` or `target.STYLE.LAYER`. */
function drawn(
  name: string,
  shape: Shape,
  size: ImageSize,
  random: RandomGenerator,
  targets: readonly Readonly<Record<ComparedLayer, Plane>>[],
  chances: readonly Readonly<Record<string, Chances | undefined>>[],
): Float32Array {
  const [kind, first = '', layer = ''] = name.split('.');
  if (kind === 'directions') {
    return Float32Array.from({ length: elementCount(shape) }, () => standardNormal(random));
  }
  const target = targets[Number(first)]?.[layer as ComparedLayer];
  if (target === undefined) throw internal(`no value for ${name} in refining`);
  if (kind === 'target') return drawVectors(random, extent(shape, 1), target);
  const of = (size.width * size.height) / strideOf(layer as ComparedLayer) ** 2;
  return drawPlaces(random, extent(shape, 0), of, chances[Number(first)]?.[layer]);
}

/** Features of a picture whose sides are multiples of {@link UNIT}. */
async function seen<L extends ComparedLayer>(
  picture: RgbImage,
  layers: readonly L[],
  { runtime, loss, use }: Engine,
): Promise<Record<L, Plane>> {
  const { width, height } = picture;
  const features = look(input('picture', [1, 3, height, width]), loss);
  const outputs: Outputs = Object.fromEntries(layers.map((layer) => [layer, features[layer]]));
  const compile = (): Promise<Program> => runtime.compile(outputs);
  return use(`looking ${layers.length} ${width}×${height}`, compile, async (program) => {
    const values = await program.run({ picture: picture.data });
    const planes = layers.map((layer) => {
      const plane: Plane = { data: known(values[layer], layer), channels: extent(features[layer].shape, 1) };
      return [layer, plane];
    });
    return Object.fromEntries(planes) as Record<L, Plane>;
  });
}

function rounded(side: number): number {
  return Math.max(LEAST, Math.ceil(side / UNIT) * UNIT);
}

function extended({ width, height, data }: RgbImage, size: ImageSize): RgbImage {
  return { ...size, data: extendPlanes(data, { width, height }, size) };
}

/** The largest part from the upper left corner with whole units; sides that are too small are extended. */
function wholeUnits(picture: RgbImage): RgbImage {
  const whole = (side: number) => (side < LEAST ? side : Math.floor(side / UNIT) * UNIT);
  const [width, height] = [whole(picture.width), whole(picture.height)];
  const part = cropImage(picture, { left: 0, top: 0, width, height });
  return extended(part, { width: Math.max(LEAST, width), height: Math.max(LEAST, height) });
}

/** Prefixes of results: ONNX wants inputs and outputs under different names. */
const NEXT = 'next/';
const LOSS = 'loss/';
const PAINTED = 'painted';

function prefixed(prefix: string, tensors: Outputs): Outputs {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw internal(`no ${name} in refining`);
  return value;
}
