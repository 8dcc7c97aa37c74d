import { afterAll, describe, expect, it } from 'vitest';
import { generatorWeights, tinyGenerator, tinyTiled } from '../../test/helpers/model.ts';
import { resampleImage } from '../images/resample.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { DeviceError, SettingError } from '../errors.ts';
import type { RgbImage } from '../images/image.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { PixelOptions, StylizeProgress } from './options.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { memoryOfTiles, memoryToEncode, memoryToStylise, smallestTile } from './memory.ts';
import { withColoursOf } from './colours.ts';
import { imageSink, imageSource } from './bands.ts';
import { createStylizer } from './stylizer.ts';
import type { StylizerModel } from './style.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

function modelOf(config: GeneratorConfig): StylizerModel {
  return { name: 'test', sha256: 'test', config, weights: generatorWeights(config) };
}

function grey(width: number, height: number): RgbImage {
  return { width, height, data: new Float32Array(3 * width * height).fill(0.5) };
}

it.each(['attention', 'statistics-attention', 'adain'] as const)(
  'runs %s at one layer and at two',
  async (transform) => {
    for (const layers of ['relu4_1', 'relu4_1+relu5_1'] as const) {
      const stylizer = createStylizer(modelOf({ ...tinyGenerator, transform, layers }), runtime);
      const picture = grey(41, 5);
      const style = await stylizer.encodeStyle(picture);
      expect(style).toMatchObject({ width: 41, height: 33 });
      expect((await stylizer.stylize(picture, style)).data).toHaveLength(615);
      await stylizer.dispose();
    }
  },
);

it('refuses a picture that does not fit into memory before it runs, and names a size that would', async () => {
  const stylizer = createStylizer(modelOf(tinyGenerator), runtime, { availableMemory: () => 500_000 });
  const picture = grey(200, 300);
  const style = await stylizer.encodeStyle(grey(32, 32));
  const call = stylizer.stylize(picture, style);
  await expect(call).rejects.toThrow(DeviceError);
  await expect(call).rejects.toThrow(
    /the painting .* 400×600 pixels.*set the finest size \(its short side\) to \d+ or less/,
  );
  const message = await call.then(() => '', String);
  const side = Number(/to (\d+) or less/.exec(message)?.[1]);
  const fitting = { width: side, height: Math.floor(side * 1.5) };
  expect(memoryToStylise(fitting, style, tinyGenerator)).toBeLessThanOrEqual(500_000);
  await expect(stylizer.stylize(picture, style, { finestSize: side })).resolves.toMatchObject({ width: 200 });
  await stylizer.dispose();
});

it.each([
  ['a picture of nearly the size of its painting', 540, 600, {}],
  ['fine strokes, for which it is painted larger', 700, 900, { strokeSize: 0.25 }],
] as const)('names a finest size that fits for %s', async (_, width, height, options) => {
  const picture = grey(width, height);
  let available = Number.POSITIVE_INFINITY;
  const own = createStylizer(modelOf(tinyGenerator), runtime, { availableMemory: () => available });
  const style = await own.encodeStyle(grey(32, 32));
  available = own.memory(picture, style, options) - 1;
  const message = await own.stylize(picture, style, options).then(() => '', String);
  const finestSize = Number(/finest size \(its short side\) to (\d+) or less/.exec(message)?.[1]);
  expect(finestSize).toBeGreaterThan(200);
  await expect(own.stylize(picture, style, { ...options, finestSize })).resolves.toMatchObject({ width });
  await own.dispose();
});

it('paints smaller where nobody knows what is free, unless a call allows more', async () => {
  const picture = drawnImage(1, 200, 300);
  const free = createStylizer(modelOf(tinyGenerator), runtime);
  const usual = createStylizer(modelOf(tinyGenerator), runtime, { usualMemory: 500_000 });
  const style = await free.encodeStyle(drawnImage(2, 32, 32));
  const whole = await free.stylize(picture, style);
  expect((await usual.stylize(picture, style, { maxMemory: 1e9 })).data).toEqual(whole.data);
  const smaller = await usual.stylize(picture, style);
  expect(smaller).toMatchObject({ width: 200, height: 300 });
  expect(smaller.data).not.toEqual(whole.data);
  expect(usual.memory(picture, style)).toBeLessThanOrEqual(500_000);
  for (const stylizer of [free, usual]) await stylizer.dispose();
});

it('refuses a style that does not fit, and never suggests less than one pixel', async () => {
  let available = 500_000;
  const stylizer = createStylizer(modelOf(tinyGenerator), runtime, { availableMemory: () => available });
  const call = stylizer.encodeStyle(grey(200, 300));
  await expect(call).rejects.toThrow(DeviceError);
  await expect(call).rejects.toThrow(
    /for the style but received 200×300 .*set the style size \(its short side\) to \d+ or less/,
  );
  const message = await call.then(() => '', String);
  const side = Number(/to (\d+) or less/.exec(message)?.[1]);
  const fitting = { width: side, height: Math.floor(side * 1.5) };
  expect(memoryToEncode(fitting, tinyGenerator)).toBeLessThanOrEqual(500_000);
  available = 1;
  await expect(stylizer.encodeStyle(grey(20, 20))).rejects.toThrow('to 1 or less');
  await stylizer.dispose();
});

/** A runtime that counts the programs not yet freed. */
function counting(runtime: Runtime): { runtime: Runtime; alive(): number } {
  let alive = 0;
  const compile: Runtime['compile'] = async (outputs) => {
    const program = await runtime.compile(outputs);
    alive++;
    const dispose = (): Promise<void> => {
      alive--;
      return program.dispose();
    };
    return { inputs: program.inputs, run: program.run, dispose };
  };
  return { runtime: { ...runtime, compile }, alive: () => alive };
}

it('needs no memory for a compiled size, and frees others for a new one', async () => {
  const [style, large] = [grey(40, 40), grey(64, 64)];
  const needed = memoryToStylise({ width: 128, height: 128 }, style, tinyGenerator);
  let available = needed;
  const counted = counting(runtime);
  // The memory of the other programs returns when they are freed.
  const availableMemory = () => available + (counted.alive() === 0 ? needed : 0);
  const stylizer = createStylizer(modelOf(tinyGenerator), counted.runtime, { availableMemory });
  const encoded = await stylizer.encodeStyle(style);
  await stylizer.stylize(large, encoded);
  expect(counted.alive()).toBe(2);
  available = 0;
  await stylizer.stylize(large, encoded);
  expect(counted.alive()).toBe(2);
  await stylizer.stylize(grey(60, 60), encoded);
  expect(counted.alive()).toBe(1);
  await expect(stylizer.stylize(grey(100, 100), encoded)).rejects.toThrow(DeviceError);
  await stylizer.dispose();
});

it('disposes only after the current calls, those that compile included', async () => {
  const own = createRuntime({ threads: 1 });
  const counted = counting(own);
  const stylizer = createStylizer(modelOf(tinyGenerator), counted.runtime);
  const style = await stylizer.encodeStyle(grey(32, 32));
  await stylizer.stylize(grey(20, 20), style);
  const calls = [
    stylizer.stylize(grey(20, 20), style),
    stylizer.stylize(grey(34, 20), style, { signal: new AbortController().signal }),
    stylizer.encodeStyle(grey(38, 38)),
  ];
  await stylizer.dispose();
  expect(counted.alive()).toBe(0);
  await own.dispose();
  const results = await Promise.all(calls);
  expect(results.map(({ width }) => width)).toEqual([20, 34, 38]);
  await expect(stylizer.stylize(grey(20, 20), style)).rejects.toThrow('a disposed one');
});

const greatest = (a: RgbImage, b: RgbImage) =>
  a.data.reduce((most, v, i) => Math.max(most, Math.abs(v - (b.data[i] ?? Number.NaN))), 0);

/** Greatest absolute value: random weights paint far beyond 0–1. */
const range = ({ data }: RgbImage) => data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Tolerance as a fraction of the range: features are kept as float16. */
const TILED = 2e-3;

describe('tiles', () => {
  const stylizer = createStylizer(modelOf(tinyTiled), runtime);
  afterAll(() => stylizer.dispose());
  const picture = drawnImage(1, 431, 302);
  const smallest = smallestTile(tinyTiled);

  it('paint the same, asked for by side or by memory, with every strength', async () => {
    const style = await stylizer.encodeStyle(drawnImage(2, 40, 40));
    const limit = memoryOfTiles(picture, [style], tinyTiled, smallest);
    expect(limit).toBeLessThan(memoryToStylise(picture, style, tinyTiled));
    const heard: unknown[] = [];
    const onProgress = (progress: StylizeProgress) => heard.push(progress);
    for (const strength of [1, 0.3]) {
      const whole = await stylizer.stylize(picture, style, { strength, tile: 1000 });
      for (const own of [{ tile: smallest }, { maxMemory: limit }]) {
        const tiled = await stylizer.stylize(picture, style, { strength, onProgress, ...own });
        expect(greatest(tiled, whole) / range(whole)).toBeLessThan(TILED);
      }
    }
    expect(heard).toContainEqual({ phase: 'run', tiles: { done: 14, total: 14 } });
    expect(heard.at(-1)).toEqual({ phase: 'done' });
  });

  it('free other compiled programs if memory is limited', async () => {
    const own = createStylizer(modelOf(tinyTiled), runtime);
    const style = await own.encodeStyle(drawnImage(2, 40, 40));
    const compiled = async (width: number, maxMemory?: number): Promise<boolean> => {
      let heard = false;
      const onProgress = ({ phase }: StylizeProgress) => {
        heard ||= phase === 'compile';
      };
      const limit = maxMemory === undefined ? {} : { maxMemory };
      await own.stylize(grey(width, 40), style, { onProgress, ...limit });
      return heard;
    };
    expect([await compiled(40), await compiled(41), await compiled(40)]).toEqual([true, true, false]);
    expect([await compiled(42, 1e9), await compiled(40)]).toEqual([true, true]);
    await own.dispose();
  });

  it('refuse less memory than the smallest take', async () => {
    const style = await stylizer.encodeStyle(drawnImage(2, 40, 40));
    // Another size, since a compiled one asks for no memory.
    const other = drawnImage(1, 430, 302);
    const maxMemory = memoryOfTiles(other, [style], tinyTiled, smallest) - 1;
    await expect(stylizer.stylize(other, style, { maxMemory })).rejects.toThrow(
      /430×302 pixels, .*set the finest size/,
    );
    await expect(stylizer.stylize(picture, style, { maxMemory: 0 })).rejects.toThrow('maxMemory');
    await expect(stylizer.stylize(picture, style, { tile: 0.5 })).rejects.toThrow("'auto' or a whole number");
  });
});

describe('several styles', () => {
  const stylizer = createStylizer(modelOf(tinyTiled), runtime);
  afterAll(() => stylizer.dispose());
  const picture = drawnImage(1, 331, 50);
  const styles = () => Promise.all([2, 3, 4].map((seed) => stylizer.encodeStyle(drawnImage(seed, 40, 30))));

  it('count by the ratios of their weights, in tiles too', async () => {
    const [a, b, c] = await styles();
    if (!a || !b || !c) throw new Error('three styles');
    const mixed = await stylizer.stylize(picture, [
      { style: a, weight: 2 },
      { style: b, weight: 1 },
      { style: c, weight: 1 },
    ]);
    const mix = [
      { style: a, weight: 8 },
      { style: b, weight: 4 },
      { style: c, weight: 4 },
    ];
    expect(greatest(await stylizer.stylize(picture, mix), mixed)).toBe(0);
    const tiled = await stylizer.stylize(picture, mix, { tile: 1 });
    expect(greatest(tiled, mixed) / range(mixed)).toBeLessThan(TILED);
    const alone = await stylizer.stylize(picture, a);
    expect(greatest(await stylizer.stylize(picture, [{ style: a, weight: 7 }]), alone)).toBe(0);
    expect(greatest(mixed, alone)).toBeGreaterThan(0.02);
  });

  it('approach the one with the largest weight as it grows', async () => {
    const [a, b] = await styles();
    if (!a || !b) throw new Error('two styles');
    const alone = await stylizer.stylize(picture, b);
    const distances = [];
    for (const weight of [0.5, 1, 4, 100]) {
      const mixed = await stylizer.stylize(picture, [
        { style: a, weight: 1 },
        { style: b, weight },
      ]);
      distances.push(mixed.data.reduce((sum, v, i) => sum + Math.abs(v - (alone.data[i] ?? 0)), 0));
    }
    expect([...distances].sort((x, y) => y - x)).toEqual(distances);
    expect((distances[3] ?? 1) / (distances[0] ?? 1)).toBeLessThan(0.05);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuse the weight %d', async (weight) => {
    const [style] = await styles();
    if (!style) throw new Error('a style');
    await expect(stylizer.stylize(picture, [{ style, weight }])).rejects.toThrow(
      'expected a number above 0 for the weight of a style',
    );
    await expect(stylizer.stylize(picture, [])).rejects.toThrow('at least one style');
  });
});

describe('stylizeEach', () => {
  it('paints each style as stylize does, in tiles too, and nothing for no styles', async () => {
    const stylizer = createStylizer(modelOf(tinyTiled), runtime);
    const picture = drawnImage(1, 230, 40);
    const [a, b] = [2, 3].map((seed) => stylizer.encodeStyle(drawnImage(seed, 40, 30)));
    const [one, other] = [await a, await b];
    if (!one || !other) throw new Error('two styles');
    const mix = [
      { style: one },
      { style: other, mask: { width: 1, height: 2, data: Float32Array.of(0, 1) } },
    ];
    for (const tile of ['auto', 1] as const) {
      const options = { strength: 0.9, tile };
      const pictures = await stylizer.stylizeEach(picture, [one, other, mix], options);
      const singly = [one, other, mix].map((style) => stylizer.stylize(picture, style, options));
      for (const [i, made] of (await Promise.all(singly)).entries()) {
        expect(greatest(made, pictures[i] ?? picture)).toBeLessThan(1e-5);
      }
    }
    expect(await stylizer.stylizeEach(picture, [])).toEqual([]);
    await stylizer.dispose();
  });
});

describe('colours and transparency', () => {
  const stylizer = createStylizer(modelOf(tinyTiled), runtime);
  afterAll(() => stylizer.dispose());
  const picture = drawnImage(1, 231, 40);

  it('keeps the content’s colour differences, in tiles as in one piece', async () => {
    const style = await stylizer.encodeStyle(drawnImage(2, 40, 30));
    const painted = await stylizer.stylize(picture, style);
    const wanted = withColoursOf(picture, painted);
    for (const tile of ['auto', 1] as const) {
      const made = await stylizer.stylize(picture, style, { preserveColor: 'luma', tile });
      expect(greatest(made, wanted) / range(painted)).toBeLessThan(TILED);
    }
    expect(greatest(wanted, painted)).toBeGreaterThan(0.05);
  });

  it('keeps the alpha, which does not change the painting', async () => {
    const style = await stylizer.encodeStyle(drawnImage(2, 40, 30));
    const alpha = Float32Array.from({ length: 231 * 40 }, (_, i) => (i % 5) / 4);
    const opaque = await stylizer.stylize(picture, style);
    expect(opaque).not.toHaveProperty('alpha');
    for (const options of [{}, { tile: 1 }, { strength: 0.5 }, { strength: 0 }]) {
      const made = await stylizer.stylize({ ...picture, alpha }, style, options);
      expect(made.alpha).toEqual(alpha);
      expect(made.data).toEqual((await stylizer.stylize(picture, style, options)).data);
    }
  });
});

describe('masks', () => {
  const stylizer = createStylizer(modelOf(tinyTiled), runtime);
  afterAll(() => stylizer.dispose());
  const [width, height] = [333, 70];
  const picture = drawnImage(1, width, height);
  const left = {
    width,
    height,
    data: Float32Array.from({ length: width * height }, (_, i) => (i % width < 150 ? 1 : 0)),
  };
  const right = { width, height, data: left.data.map((v) => 1 - v) };
  /** All channels and rows of some columns. */
  const columns = ({ data }: RgbImage, from: number, to: number) =>
    Array.from({ length: 3 * height }, (_, row) => data.subarray(row * width + from, row * width + to));
  const style = (seed: number) => stylizer.encodeStyle(drawnImage(seed, 40, 30));

  it('give each style its place, in tiles as in one piece', async () => {
    const [a, b] = [await style(2), await style(3)];
    const mix = [
      { style: a, mask: left },
      { style: b, mask: right },
    ];
    const mixed = await stylizer.stylize(picture, mix);
    const tiled = await stylizer.stylize(picture, mix, { tile: 1 });
    expect(greatest(tiled, mixed) / range(mixed)).toBeLessThan(TILED);
    const [one, other] = [await stylizer.stylize(picture, a), await stylizer.stylize(picture, b)];
    // The decoder reaches 44 pixels.
    expect(columns(mixed, 0, 105)).toEqual(columns(one, 0, 105));
    expect(columns(mixed, 195, width)).toEqual(columns(other, 195, width));
    expect(columns(mixed, 140, 160)).not.toEqual(columns(one, 140, 160));
  });

  it('leave the unmasked picture unchanged, and multiply strength by its map', async () => {
    const a = await style(2);
    const painted = await stylizer.stylize(picture, a);
    const masked = await stylizer.stylize(picture, [{ style: a, mask: left }]);
    expect(columns(masked, 0, 150)).toEqual(columns(painted, 0, 150));
    expect(columns(masked, 150, width)).toEqual(columns(picture, 150, width));
    const half = { width: 1, height: 1, data: Float32Array.of(0.5) };
    for (const tile of ['auto', 1] as const) {
      const soft = await stylizer.stylize(picture, a, { strengthMap: half, strength: 0.5, tile });
      const wanted = await stylizer.stylize(picture, a, { strength: 0.25, tile });
      expect(greatest(soft, wanted)).toBeLessThan(1e-6);
    }
  });

  it('are refused if they do not fit or hold', async () => {
    const a = await style(2);
    const short = { width: 3, height: 3, data: new Float32Array(8) };
    await expect(stylizer.stylize(picture, [{ style: a, mask: short }])).rejects.toThrow(
      'expected a value for each pixel of the mask for the mask of a style but received 8 values for 3×3',
    );
    const loud = { width: 1, height: 1, data: Float32Array.of(2) };
    await expect(stylizer.stylize(picture, a, { strengthMap: loud })).rejects.toThrow(
      'expected values from 0 to 1 for strengthMap but received 2',
    );
  });
});

describe('a model that makes drafts', () => {
  const stylizer = createStylizer(modelOf(tinyGenerator), runtime);
  afterAll(() => stylizer.dispose());
  const picture = drawnImage(1, 331, 70);
  const style = () => stylizer.encodeStyle(drawnImage(2, 60, 50));
  const mask = {
    width: 2,
    height: 1,
    data: Float32Array.of(1, 0),
  };

  it('paints otherwise with other strokes, by default with a size of 1 and following detail', async () => {
    const own = await style();
    const painted = await stylizer.stylize(picture, own);
    const usual = await stylizer.stylize(picture, own, { strokeSize: 1, followDetail: 1 });
    expect(usual.data).toEqual(painted.data);
    for (const other of [
      { strokeSize: 0.5 },
      { strokeSize: 1.5 },
      { followDetail: 0 },
      { followDetail: 0.5 },
    ]) {
      expect(greatest(painted, await stylizer.stylize(picture, own, other))).toBeGreaterThan(0.01);
    }
  });

  it('paints plain ground the same whether or not it follows detail', async () => {
    const own = await style();
    const plain = grey(140, 120);
    const made = [0, 1].map((followDetail) => stylizer.stylize(plain, own, { followDetail }));
    const [without, fully] = await Promise.all(made);
    expect(without?.data).toEqual(fully?.data);
  });

  it.each([
    ['strokeSize', 0.2, 'a number from 0.25 to 4'],
    ['strokeSize', Number.NaN, 'a number from 0.25 to 4'],
    ['finestSize', 0, 'a whole number of pixels, 1 or more'],
    ['finestSize', 1.5, 'a whole number of pixels, 1 or more'],
    ['followDetail', -0.1, 'a number from 0 to 1'],
    ['detail', 1.01, 'a number from 0 to 1'],
  ])('refuses %s of %d in one line', async (name, value, expected) => {
    await expect(stylizer.stylize(picture, await style(), { [name]: value })).rejects.toThrow(
      new SettingError(`expected ${expected} for ${name} but received ${value}`),
    );
  });

  it('takes no notice of tiles up to a megapixel', async () => {
    const own = await style();
    const whole = await stylizer.stylize(picture, own);
    const heard: StylizeProgress[] = [];
    const onProgress = (progress: StylizeProgress) => heard.push(progress);
    const tiled = await stylizer.stylize(picture, own, { tile: 1, onProgress });
    expect(tiled.data).toEqual(whole.data);
    expect(heard).toEqual([{ phase: 'run' }, { phase: 'done' }]);
  });

  it.each<[string, PixelOptions]>([
    ['', {}],
    [', with a strength', { strength: 0.4 }],
    [', with a map of strength', { strengthMap: { width: 1, height: 2, data: Float32Array.of(0, 1) } }],
    [', with the colours of the content', { preserveColor: 'luma', tile: 1 }],
    [', with broad strokes', { strokeSize: 2 }],
    [', with all detail', { detail: 1, finestSize: 40 }],
  ])('paints bands as one picture%s', async (_, options) => {
    const own = await style();
    const mix = [{ style: own, mask }];
    for (const painted of [own, mix]) {
      const whole = await stylizer.stylize(picture, painted, options);
      const sink = imageSink(picture);
      await stylizer.stylizeBands(imageSource(picture), sink, painted, options);
      expect(greatest(sink.image, whole)).toBeLessThan(1e-6);
    }
  });

  it('mixes styles by masks, each of a size of its own', async () => {
    const [a, b] = [await style(), await stylizer.encodeStyle(drawnImage(3, 41, 77))];
    const other = { ...mask, data: Float32Array.of(0, 1) };
    const mixed = await stylizer.stylize(picture, [
      { style: a, mask },
      { style: b, mask: other },
    ]);
    const [one, two] = [await stylizer.stylize(picture, a), await stylizer.stylize(picture, b)];
    expect(mixed.data.every(Number.isFinite)).toBe(true);
    for (const alone of [one, two]) expect(greatest(mixed, alone)).toBeGreaterThan(0.02);
  });

  it('refuses pictures that do not fit into maxMemory', async () => {
    const own = await style();
    const other = drawnImage(1, 330, 70);
    const level = { width: 660, height: 140 };
    const maxMemory = memoryToStylise(level, own, tinyGenerator) - 1;
    await expect(stylizer.stylize(other, own, { maxMemory })).rejects.toThrow(DeviceError);
    await expect(stylizer.stylize(other, own, { maxMemory: maxMemory + 1 })).resolves.toMatchObject({
      width: 330,
    });
  });

  it('paints large levels in tiles that join, with the statistics of smaller levels', async () => {
    const own = await style();
    const large = drawnImage(5, 1600, 1100);
    const heard: StylizeProgress[] = [];
    const onProgress = (progress: StylizeProgress) => heard.push(progress);
    const options = { finestSize: 1100 };
    const few = await stylizer.stylize(large, own, { ...options, tile: 1600 });
    const many = await stylizer.stylize(large, own, { ...options, tile: 300, onProgress });
    expect(heard.some(({ tiles }) => (tiles?.total ?? 0) > 40)).toBe(true);
    expect(greatest(many, few) / range(few)).toBeLessThan(TILED);
    // The same picture as without the large level, except for its finest strokes.
    const usual = await stylizer.stylize(large, own);
    const [a, b] = [few, usual].map((image) => resampleImage(image, { width: 80, height: 55 }));
    if (!a || !b) throw new Error('two pictures');
    expect(
      a.data.reduce((sum, v, i) => sum + Math.abs(v - (b.data[i] ?? 0)), 0) / a.data.length,
    ).toBeLessThan(0.2);
  });
});
