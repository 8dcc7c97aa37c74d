/** The same pixels in Node and in browsers, on WebAssembly and on WebGPU. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RgbImage, toSamples } from '../../src/images/image.ts';
import { loadStylizer, type Stylizer, type StylizeOptions } from '../../src/node.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';
import { openTestPage, RUNTIME, type TestPage } from './harness.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

if (browserPath === undefined) console.warn(`test/browser/agreement.test.ts is skipped: ${noBrowser}`);

/** Largest and mean difference allowed, of 255. */
const [MOST, MEAN] = [2, 0.2];

interface Case {
  readonly content: string;
  readonly style: string;
  readonly styleSize: number;
  readonly options?: Pick<
    StylizeOptions,
    | 'strength'
    | 'preserveColor'
    | 'tile'
    | 'contentSize'
    | 'finestSize'
    | 'strokeSize'
    | 'followDetail'
    | 'brokenColour'
    | 'detail'
  >;
}

const cases: readonly (Case & { readonly what: string })[] = [
  { what: 'odd sizes', content: 'photo-67x45', style: 'style-75x59', styleSize: 59 },
  { what: 'a few pixels', content: 'photo-5x3', style: 'style-75x59', styleSize: 59 },
  {
    what: 'transparency, strength, luma and strokes that follow detail',
    content: 'clear-61x43',
    style: 'style-75x59',
    styleSize: 59,
    options: { strength: 0.6, preserveColor: 'luma', followDetail: 0.8, brokenColour: 0.7 },
  },
  { what: 'a style that is made smaller', content: 'photo-67x45', style: 'style-301x199', styleSize: 90 },
];

const forWasm: typeof cases = [
  ...cases,
  { what: 'transparency', content: 'clear-61x43', style: 'style-75x59', styleSize: 59 },
  { what: 'a transparent style', content: 'photo-67x45', style: 'clear-61x43', styleSize: 43 },
  {
    what: 'tiles',
    content: 'clear-419x371',
    style: 'style-75x59',
    styleSize: 59,
    options: { tile: 320 },
  },
  { what: 'a style that is made larger', content: 'photo-67x45', style: 'style-75x59', styleSize: 128 },
  {
    what: 'a style that is made much smaller',
    content: 'photo-67x45',
    style: 'style-401x333',
    styleSize: 64,
  },
  {
    what: 'another size for the content',
    content: 'photo-67x45',
    style: 'style-75x59',
    styleSize: 59,
    options: { contentSize: 37 },
  },
  {
    what: 'another size to paint at',
    content: 'photo-167x145',
    style: 'style-75x59',
    styleSize: 59,
    options: { finestSize: 61 },
  },
  {
    what: 'broad strokes at twice the size',
    content: 'photo-167x145',
    style: 'style-75x59',
    styleSize: 59,
    options: { finestSize: 80, strokeSize: 1.4, detail: 0.9 },
  },
  {
    what: 'a draft alone, enlarged',
    content: 'photo-513x511',
    style: 'style-75x59',
    styleSize: 59,
    options: { finestSize: 200 },
  },
  {
    what: 'a revision larger than the picture, without its draft',
    content: 'photo-167x145',
    style: 'style-75x59',
    styleSize: 59,
    options: { finestSize: 290, strokeSize: 0.5 },
  },
  {
    what: 'two revisions, to 512 pixels',
    content: 'photo-601x513',
    style: 'soft-515x512',
    styleSize: 512,
    options: { finestSize: 1024, strokeSize: 3 },
  },
  // Large enough for float32 sums to lose precision.
  { what: '512 pixels', content: 'photo-513x511', style: 'soft-515x512', styleSize: 512 },
  { what: 'a common size', content: 'photo-451x301', style: 'style-301x199', styleSize: 199 },
];

describe.runIf(browserPath !== undefined)('a browser paints the same as Node', () => {
  let folder = '';
  let node: Stylizer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const { content, style } of forWasm) {
      await draw(content);
      await draw(style);
    }
    node = await loadStylizer();
  });

  afterAll(async () => {
    await node?.dispose();
    await rm(folder, { recursive: true });
  });

  describe.each(['wasm', 'webgpu'] as const)('on %s', (device) => {
    let tested: TestPage | undefined;
    let refusal: string | undefined;

    beforeAll(async () => {
      tested = await openTestPage({ webgpu: device === 'webgpu', folders: { '/pictures/': folder } });
      refusal = await tested.page.evaluate(load, { device, runtime: RUNTIME });
    });

    afterAll(() => tested?.close());

    it.for(device === 'wasm' ? forWasm : cases)('$what', async (example, context) => {
      // SwiftShader may be missing, but WebAssembly must work.
      if (device === 'webgpu' && refusal !== undefined) return context.skip(refusal);
      expect(refusal).toBeUndefined();
      const painted = await tested?.page.evaluate(paint, example);
      const { max, mean, alpha } = difference(Buffer.from(painted ?? '', 'base64'), await expected(example));
      console.log(`${device}, ${example.what}: max ${max}, mean ${mean.toFixed(4)}`);
      expect(alpha).toBe(0);
      expect(max).toBeLessThanOrEqual(MOST);
      expect(mean).toBeLessThanOrEqual(MEAN);
    });

    it('without console messages, and without requests to other origins', () => {
      expect(tested?.problems).toEqual([]);
    });
  });

  /** `NAME-WIDTHxHEIGHT.png`: soft waves; for `clear` with every degree of transparency. */
  async function draw(name: string): Promise<void> {
    const [kind = '', size = ''] = name.split('-');
    const [width = 0, height = 0] = size.split('x').map(Number);
    const image: RgbImage =
      kind === 'soft' ? softImage(width, height) : drawnImage(kind.length, width, height);
    if (kind === 'clear') {
      image.alpha = Float32Array.from({ length: width * height }, (_, i) =>
        Math.min(1, Math.max(0, 0.5 + 0.7 * Math.sin((i % width) / 9 + Math.floor(i / width) / 13))),
      );
    }
    const channels = image.alpha === undefined ? 3 : 4;
    await sharp(toSamples(image, 8, channels), { raw: { width, height, channels } })
      .png()
      .toFile(join(folder, `${name}.png`));
  }

  async function expected({ content, style, styleSize, options }: Case): Promise<Uint8Array> {
    const encoded = await node.prepareStyle(join(folder, `${style}.png`), { size: styleSize });
    const painted = await node.stylize(join(folder, `${content}.png`), encoded, options);
    return new Uint8Array(toSamples(painted, 8, 4));
  }
});

/** Light colours with little contrast, like an old print. */
function softImage(width: number, height: number) {
  const image = drawnImage(4, width, height);
  return { ...image, data: image.data.map((value) => 0.8 + 0.1 * value) };
}

/** Global of the page. */
declare const wasserfarbe: typeof import('../../src/browser/index.ts');
declare const stylizer: import('../../src/browser/index.ts').Stylizer;

/** For RGBA: differences of colours in 255ths, and the largest difference of alpha. */
function difference(actual: Uint8Array, expected: Uint8Array) {
  expect(actual.length).toBe(expected.length);
  let [max, sum, alpha] = [0, 0, 0];
  for (const [i, value] of expected.entries()) {
    const distance = Math.abs((actual[i] ?? 0) - value);
    if (i % 4 === 3) alpha = Math.max(alpha, distance);
    else {
      max = Math.max(max, distance);
      sum += distance;
    }
  }
  return { max, mean: sum / (0.75 * expected.length), alpha };
}

/** Runs in the page. Returns the reason if there is no stylizer. */
async function load({ device, runtime }: { device: 'wasm' | 'webgpu'; runtime: string }) {
  try {
    const stylizer = await wasserfarbe.loadStylizer({ device, runtime });
    Object.assign(globalThis, { stylizer });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Runs in the page. Returns RGBA as base64. */
async function paint({ content, style, styleSize, options }: Case): Promise<string> {
  const encoded = await stylizer.prepareStyle(`/pictures/${style}.png`, { size: styleSize });
  const painted = await stylizer.stylize(`/pictures/${content}.png`, encoded, options);
  let text = '';
  for (const value of painted.data) text += String.fromCharCode(value);
  return btoa(text);
}
