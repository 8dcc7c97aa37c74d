/** Looking at the content and the styles of a level, once before its steps. */

import { internal } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import { inputShapes, type Outputs } from '../graph/tensor.ts';
import { extendPlanes } from '../images/extend.ts';
import { cropImage, type ImageSize, type RgbImage } from '../images/image.ts';
import { type RandomGenerator, stream } from '../random.ts';
import type { Program } from '../runtime/runtime.ts';
import { drawing, type Known, type KnownStyle } from './draws.ts';
import type { Engine, Level } from './level.ts';
import { type ComparedLayer, comparedLayers, look, strideOf } from './look.ts';
import { refiningMethods } from './methods/methods.ts';
import type { RefiningMethodName } from './methods/names.ts';
import type { Plane } from './places.ts';

/** Sides are multiples of it, so that every layer of the loss network divides them. */
const UNIT = 16;

/** The smallest side with two places at the deepest layer. */
const LEAST = 2 * UNIT;

/** The least size with whole units that holds a picture. */
export function wholeSize({ width, height }: ImageSize): ImageSize {
  const whole = (side: number) => Math.max(LEAST, Math.ceil(side / UNIT) * UNIT);
  return { width: whole(width), height: whole(height) };
}

/** Looks at the content, at the layers that inputs name, and at the styles. */
export async function lookedAt(
  { content, styles, method, stream: [seed] }: Level,
  size: ImageSize,
  inputs: readonly string[],
  engine: Engine,
): Promise<Known> {
  const layers = comparedLayers.filter((layer) => inputs.includes(`content.${layer}`));
  const known: KnownStyle[] = [];
  for (const [k, { picture, share, chances }] of styles.entries()) {
    const whole = wholeUnits(picture);
    const features = await seen(whole, comparedLayers, engine);
    const drawn = new Map(
      chances && comparedLayers.map((layer) => [strideOf(layer), chances(size, strideOf(layer), content)]),
    );
    const once = await computedOnce(whole, method, stream(seed, 'refining', 'once', k), engine);
    known.push({ share, features, once, chances: (stride) => drawn.get(stride) });
  }
  return { size, content: await seen(extended(content, size), layers, engine), styles: known };
}

/** What a method computes once of a style. */
async function computedOnce(
  picture: RgbImage,
  name: RefiningMethodName,
  random: RandomGenerator,
  { runtime, loss, use }: Engine,
): Promise<Record<string, Float32Array>> {
  const { width, height } = picture;
  const outputs = refiningMethods[name].once?.(look(input('picture', [1, 3, height, width]), loss));
  if (outputs === undefined) return {};
  const shapes = inputShapes(outputs);
  const compile = (): Promise<Program> => runtime.compile(outputs);
  return use(`once ${name} ${width}×${height}`, compile, (program) => {
    const draw = drawing(random, { size: picture, styles: [] });
    const values = program.inputs.map((input) => [
      input,
      input === 'picture' ? picture.data : draw(input, shapes.get(input) ?? []),
    ]);
    return program.run(Object.fromEntries(values));
  });
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
  return use(`looking ${layers.join()} ${width}×${height}`, compile, async (program) => {
    const values = await program.run({ picture: picture.data });
    const planes = layers.map((layer) => {
      const { [layer]: data } = values;
      if (data === undefined) throw internal(`no ${layer} in refining`);
      return [layer, { data, channels: extent(features[layer].shape, 1) } satisfies Plane];
    });
    return Object.fromEntries(planes) as Record<L, Plane>;
  });
}

/** A picture whose last rows and columns go on to a larger size. */
export function extended({ width, height, data }: RgbImage, size: ImageSize): RgbImage {
  return { ...size, data: extendPlanes(data, { width, height }, size) };
}

/** The largest part from the upper left corner with whole units; sides that are too small are extended. */
function wholeUnits(picture: RgbImage): RgbImage {
  const whole = (side: number) => (side < LEAST ? side : Math.floor(side / UNIT) * UNIT);
  const [width, height] = [whole(picture.width), whole(picture.height)];
  const part = cropImage(picture, { left: 0, top: 0, width, height });
  return extended(part, { width: Math.max(LEAST, width), height: Math.max(LEAST, height) });
}
