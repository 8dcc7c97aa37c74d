import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../../../test/helpers/model.ts';
import { drawnImage } from '../../../test/helpers/pictures.ts';
import { methods } from '../../networks/presets.ts';
import { DeviceError, ImageError, SettingError, WeightsError } from '../../errors.ts';
import type { RgbImage } from '../../images/image.ts';
import { readImage, writeImage } from '../../images/node/image-file.ts';
import { loadStylizer, StylizedImage, type Stylizer } from './stylizer.ts';
import type { StylizePhase } from '../options.ts';
import type { Style } from '../style.ts';

let folder = '';
let model = '';
let stylizer: Stylizer;
let style: Style;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-stylize-'));
  model = await writeRandomModel(folder);
  await picture('photo.png', 45, 30);
  await picture('painting.jpg', 60, 40);
  stylizer = await loadStylizer({ model, threads: 1 });
  style = await stylizer.prepareStyle(at('painting.jpg'), { size: 32 });
});

afterAll(async () => {
  await stylizer.dispose();
  await rm(folder, { recursive: true });
});

/** Writes a picture of noise, the same every time. */
async function picture(name: string, width: number, height: number): Promise<void> {
  const bytes = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7919) % 251);
  await sharp(bytes, { raw: { width, height, channels: 3 } }).toFile(at(name));
}

describe('stylize', () => {
  it('writes a picture of the content’s size', async () => {
    const result = await stylizer.stylize(at('photo.png'), style);
    expect(result).toMatchObject({ width: 45, height: 30 });
    expect(result.data).toHaveLength(3 * 45 * 30);
    await result.toFile(at('out.webp'));
    expect(await sharp(at('out.webp')).metadata()).toMatchObject({ width: 45, height: 30, format: 'webp' });
    expect((await sharp(await result.toBuffer()).metadata()).format).toBe('png');
    expect((await sharp(await result.toBuffer('jpeg')).metadata()).format).toBe('jpeg');
    expect(result.toBytes()).toHaveLength(3 * 45 * 30);
  });

  it.each([
    [1, 1],
    [1, 40],
    [16, 17],
    [19, 33],
    [64, 3],
  ])('takes any size: %i×%i', async (width, height) => {
    const data = Float32Array.from({ length: 3 * width * height }, (_, i) => (i % 11) / 10);
    const result = await stylizer.stylize({ width, height, data }, style);
    expect(result).toMatchObject({ width, height });
    expect(result.data).toHaveLength(3 * width * height);
    expect(result.data.every(Number.isFinite)).toBe(true);
  });

  it('changes the picture, and differently for another style', async () => {
    const content = await readImage(at('photo.png'));
    const flat = { width: 20, height: 20, data: new Float32Array(1200).fill(0.9) };
    const [one, two] = [
      await stylizer.stylize(content, style),
      await stylizer.stylize(content, await stylizer.prepareStyle(flat, { size: 20 })),
    ];
    expect(distance(one.data, content.data)).toBeGreaterThan(0.01);
    expect(distance(one.data, two.data)).toBeGreaterThan(1e-4);
  });

  it('is exactly the input at strength 0, and in between lies on the line to the result', async () => {
    const content = await readImage(at('photo.png'));
    const [none, half, full] = await Promise.all(
      [0, 0.5, 1].map((strength) => stylizer.stylize(content, style, { strength })),
    );
    expect(none?.data).toEqual(content.data);
    expect(none?.data).not.toBe(content.data);
    const middle = content.data.map((value, i) => (value + (full?.data[i] ?? 0)) / 2);
    expect(distance(half?.data ?? content.data, middle)).toBeLessThan(1e-6);
  });

  it.each([{ strokeSize: 0.5 }, { strokeSize: 2 }, { followDetail: 0 }, { finestSize: 40 }])(
    'paints with %o otherwise than without',
    async (own) => {
      const usual = await stylizer.stylize(at('photo.png'), style);
      const other = await stylizer.stylize(at('photo.png'), style, own);
      expect(distance(other.data, usual.data)).toBeGreaterThan(1e-3);
    },
  );

  it('takes undefined for the default of every option of writing', async () => {
    const deep = { ...drawnImage(1, 20, 16) };
    await writeImage(deep, at('deep.png'), { depth: 16 });
    const unset = { depth: undefined, quality: undefined, metadata: undefined } as object;
    await (await stylizer.stylize(at('deep.png'), style)).toFile(at('deep-out.png'), unset);
    expect((await sharp(at('deep-out.png')).metadata()).depth).toBe('ushort');
    await sharp(at('photo.png'))
      .withExif({ IFD0: { Artist: 'me' } })
      .jpeg()
      .toFile(at('signed.jpg'));
    const signed = await stylizer.stylize(at('signed.jpg'), style);
    const bytes = await signed.toBuffer('jpeg', { keepMetadata: true, ...unset });
    expect((await sharp(bytes).metadata()).exif).toBeDefined();
    await stylizer.stylizeFile(at('signed.jpg'), style, at('signed-out.jpg'), {
      keepMetadata: true,
      ...unset,
    });
    expect((await sharp(at('signed-out.jpg')).metadata()).exif).toBeDefined();
  });

  it('brings the content to a size first if one is asked for', async () => {
    const result = await stylizer.stylize(at('photo.png'), style, { contentSize: 20 });
    expect(result).toMatchObject({ width: 30, height: 20 });
    const pixels = await readImage(at('photo.png'));
    expect(await stylizer.stylize(pixels, style, { contentSize: 20 })).toMatchObject({
      width: 30,
      height: 20,
    });
  });

  it('gives the same bits with a style prepared before and one prepared in the call', async () => {
    const [prepared, direct] = await Promise.all([
      stylizer.stylize(at('photo.png'), await stylizer.prepareStyle(at('painting.jpg'))),
      stylizer.stylize(at('photo.png'), at('painting.jpg')),
    ]);
    expect(direct.data).toEqual(prepared.data);
  });

  it('keeps at most four sizes compiled, and says when it compiles', async () => {
    const phases: StylizePhase[] = [];
    const own = await loadStylizer({ model, threads: 1 });
    const ownStyle = await own.prepareStyle(at('painting.jpg'), { size: 32 });
    const run = (width: number) =>
      own.stylize({ width, height: 33, data: new Float32Array(99 * width) }, ownStyle, {
        onProgress: ({ phase }) => phases.push(phase),
      });
    for (const width of [33, 34, 35, 33, 36, 37, 33, 34]) await run(width);
    const compiled = phases
      .join(' ')
      .split('done')
      .map((call) => call.includes('compile'));
    expect(compiled.slice(0, 8)).toEqual([true, true, true, false, true, true, false, true]);
    await own.dispose();
  });

  it('runs many calls at once, of more sizes than it keeps', async () => {
    const widths = [33, 34, 35, 36, 37, 38, 33, 34];
    const results = await Promise.all(
      widths.map((width) =>
        stylizer.stylize({ width, height: 33, data: new Float32Array(99 * width) }, style),
      ),
    );
    expect(results.map(({ width }) => width)).toEqual(widths);
  });
});

describe('a style', () => {
  it('is limited in size, so that a strip does not grow without bound', async () => {
    await picture('strip.png', 400, 8);
    const strip = await stylizer.prepareStyle(at('strip.png'), { size: 64 });
    expect(strip.width * strip.height).toBeLessThan(20_000);
    expect(await stylizer.prepareStyle(at('painting.jpg'), { size: 64 })).toMatchObject({
      width: 96,
      height: 64,
    });
  });

  it.each(['sanet', 'adain'] as const)('paints by %s too', async (method) => {
    const encoder = { widths: [4, 4, 8, 8, 8], preprocessing: 'centred' } as const;
    const path = await writeRandomModel(
      folder,
      { ...methods[method].slim, encoder },
      { name: method, method },
    );
    const own = await loadStylizer({ model: path, method, threads: 1 });
    expect(own).toMatchObject({ model: path, method });
    const picture = drawnImage(1, 41, 23);
    const painted = await own.stylize(picture, await own.prepareStyle(drawnImage(2, 50, 40), { size: 40 }));
    expect([painted.width, painted.height]).toEqual([41, 23]);
    expect(painted.data.every(Number.isFinite)).toBe(true);
    await own.dispose();
  });

  it('belongs to its model', async () => {
    const path = await writeRandomModel(folder, undefined, { name: 'other', seed: 2 });
    const other = await loadStylizer({ model: path });
    const wrong = other.stylize(at('photo.png'), style);
    await expect(wrong).rejects.toThrow(WeightsError);
    await expect(wrong).rejects.toThrow('received one of another model; call prepareStyle()');
    await other.dispose();
  });
});

describe('refine', () => {
  it('gives a picture of the content’s size, and tells of every step', async () => {
    const heard: number[] = [];
    const refined = await stylizer.refine(at('photo.png'), at('painting.jpg'), {
      steps: 2,
      onProgress: ({ refining }) => refining !== undefined && heard.push(refining.step),
    });
    expect(refined).toMatchObject({ width: 45, height: 30 });
    expect(heard).toEqual([1, 2]);
    const plain = await stylizer.stylize(at('photo.png'), at('painting.jpg'));
    expect(refined.data).not.toEqual(plain.data);
  });

  it('mixes styles, keeps colours, and goes back to the content at strength 0', async () => {
    const styles = [{ style: at('painting.jpg'), weight: 2 }, { style: at('photo.png') }];
    const options = { steps: 1, preserveColor: 'coral' } as const;
    const mixed = await stylizer.refine(at('photo.png'), styles, options);
    expect(mixed.data.every(Number.isFinite)).toBe(true);
    const content = await readImage(at('photo.png'));
    const none = await stylizer.refine(at('photo.png'), styles, { ...options, strength: 0 });
    expect(none.data).toEqual(content.data);
  });

  it('ends early with the picture as it is, and rejects if aborted', async () => {
    const enough = new AbortController();
    let steps = 0;
    await stylizer.refine(at('photo.png'), at('painting.jpg'), {
      seconds: 600,
      enough: enough.signal,
      onProgress({ refining }) {
        steps = refining?.step ?? steps;
        if (steps === 3) enough.abort();
      },
    });
    expect(steps).toBe(3);
    const controller = new AbortController();
    const aborted = stylizer.refine(at('photo.png'), at('painting.jpg'), {
      seconds: 600,
      signal: controller.signal,
      onProgress: ({ refining }) => refining !== undefined && controller.abort(new Error('no more')),
    });
    await expect(aborted).rejects.toThrow('no more');
  });

  it('begins with another picture if asked, and only finishes it if that is enough', async () => {
    let from: RgbImage | undefined;
    const refined = await stylizer.refine(at('photo.png'), at('painting.jpg'), {
      steps: 2,
      onProgress({ refining }) {
        from = refining?.preview() ?? from;
      },
    });
    const options = { ...(from && { from }), enough: AbortSignal.abort() };
    const kept = await stylizer.refine(at('photo.png'), at('painting.jpg'), options);
    expect(kept.data).toEqual(refined.data);
    const moved = await stylizer.refine(at('photo.png'), at('painting.jpg'), {
      from: at('photo.png'),
      steps: 2,
    });
    expect(moved.data).not.toEqual(kept.data);
  });

  it('takes no more memory the more often it is called', async () => {
    const refined = () => stylizer.refine(at('photo.png'), at('painting.jpg'), { steps: 1 });
    for (let i = 0; i < 5; i++) await refined();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) await refined();
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  }, 60_000);

  it('is refused before it begins if it does not fit into memory', async () => {
    const refining = stylizer.refine(at('photo.png'), at('painting.jpg'), { maxMemory: 1e8 });
    await expect(refining).rejects.toThrow(/fits into the 0.1 GB of free memory .* set the finest size/);
  });

  it('is refused before its styles are encoded if it does not fit into memory', async () => {
    const refining = stylizer.refine(at('photo.png'), at('gone.png'), { maxMemory: 1e8 });
    await expect(refining).rejects.toThrow(/fits into the 0.1 GB of free memory/);
  });

  it('needs pictures of styles', async () => {
    await expect(stylizer.refine(at('photo.png'), style)).rejects.toThrow(
      'expected a style picture for refine but received an encoded style; give the picture itself',
    );
  });
});

describe('refusals', () => {
  /** As callers without types call. */
  const unknown = (value: unknown) => value as never;
  const mixed = (share: unknown) => stylizer.stylize(at('photo.png'), [unknown(share)]);
  const painted = () => new StylizedImage({ width: 1, height: 1, data: new Float32Array(3) });

  it.each([-0.1, 1.5, Number.NaN])('strength %d', async (strength) => {
    await expect(stylizer.stylize(at('photo.png'), style, { strength })).rejects.toThrow(
      `expected a number from 0 to 1 for strength but received ${strength}`,
    );
  });

  it('of pictures and sizes', async () => {
    await expect(stylizer.stylize(at('none.png'), style)).rejects.toThrow(ImageError);
    await expect(stylizer.prepareStyle(at('photo.png'), { size: 0.5 })).rejects.toThrow(SettingError);
    await writeFile(at('text.png'), 'not a picture');
    await expect(stylizer.prepareStyle(at('text.png'))).rejects.toThrow(ImageError);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'an unknown option',
      () => stylizer.stylize(at('photo.png'), style, unknown({ strenght: 1 })),
      'strenght',
    ],
    [
      'a picture of a wrong kind',
      () => stylizer.stylize(unknown(5), style),
      'expected a path, bytes of a picture file, what readPicture gave, or { width, height, data: Float32Array } for the picture but received 5',
    ],
    ['an unknown field of a share', () => mixed({ style, wieght: 2 }), 'but received wieght'],
    ['a share without style', () => mixed({ weight: 2 }), 'for one of several styles but received an object'],
    ['a share of a wrong kind', () => mixed(3), 'for one of several styles but received 3'],
    [
      'an impossible size',
      () => stylizer.prepareStyle(at('photo.png'), { size: 0.5 }),
      'for size but received 0.5',
    ],
    [
      'an option of writing',
      () => stylizer.stylizeFile(at('photo.png'), style, at('refused.png'), { quality: 101 }),
      'expected a whole number from 1 to 100 for quality but received 101',
    ],
    [
      'an unknown option of a style file',
      () => stylizer.saveStyle(style, at('refused.style'), unknown({ sauce: 'a' })),
      'expected one of picture, source for an option of saveStyle but received sauce',
    ],
    [
      'an unknown option of writing',
      () => painted().toFile(at('refused.png'), unknown({ qality: 90 })),
      'for an option of toFile but received qality',
    ],
    [
      'an unknown option of encoding',
      () => painted().toBuffer('png', unknown({ qality: 90 })),
      'for an option of toBuffer but received qality',
    ],
    ['an option of loading', () => loadStylizer({ threads: 0 }), 'for threads but received 0'],
  ])('of %s, in one line', async (_, call, line) => {
    await expect(call()).rejects.toThrow(line);
    await expect(call()).rejects.not.toThrow(/\n/);
  });

  it('of models', async () => {
    await expect(loadStylizer({ model: 'nothing' })).rejects.toThrow(/for model but received nothing/);
    await expect(loadStylizer({ model: at('none.safetensors') })).rejects.toThrow(WeightsError);
  });

  it('of a model of another method than asked for', async () => {
    await expect(loadStylizer({ method: 'sanet', model })).rejects.toThrow(
      `expected a model of method sanet for model but received ${model}, of method wasserfarbe`,
    );
  });

  it('of a model whose generator cannot be built', async () => {
    const path = await writeRandomModel(folder, undefined, { name: 'future' });
    const card = JSON.parse(await readFile(at('future.json'), 'utf8'));
    card.configuration.transform = 'diffusion';
    await writeFile(at('future.json'), JSON.stringify(card));
    const loaded = loadStylizer({ model: path });
    await expect(loaded).rejects.toThrow(WeightsError);
    await expect(loaded).rejects.toThrow(/for configuration.transform but received .*future\.json/);
  });

  it('after dispose', async () => {
    const own = await loadStylizer({ model });
    await own.dispose();
    await expect(own.stylize(at('photo.png'), style)).rejects.toThrow(DeviceError);
    await own.dispose();
  });
});

describe('an AbortSignal', () => {
  it('stops a call before it starts', async () => {
    const signal = AbortSignal.abort();
    await expect(stylizer.stylize(at('photo.png'), style, { signal })).rejects.toThrow(signal.reason);
    await expect(stylizer.prepareStyle(at('photo.png'), { signal })).rejects.toThrow(signal.reason);
  });

  it('stops a call between two steps', async () => {
    const controller = new AbortController();
    const call = stylizer.stylize(at('photo.png'), style, {
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'run' && controller.abort(new Error('enough')),
    });
    await expect(call).rejects.toThrow('enough');
    await expect(stylizer.stylize(at('photo.png'), style)).resolves.toMatchObject({ width: 45 });
  });
});

it.each([
  [
    'throws',
    () => {
      throw new Error('no more');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no more'))],
])('a callback for progress that %s ends the call', async (_, onProgress) => {
  const [photo, painting] = [at('photo.png'), at('painting.jpg')];
  for (const call of [
    () => stylizer.stylize(photo, style, { onProgress }),
    () => stylizer.stylizeEach(photo, [style, style], { onProgress }),
    () => stylizer.stylizeFile(photo, style, at('never.png'), { onProgress }),
    () => stylizer.refine(photo, painting, { steps: 2, onProgress }),
  ]) {
    await expect(call()).rejects.toThrow('no more');
  }
  expect(existsSync(at('never.png'))).toBe(false);
});

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

describe('several styles, colours, sizes', () => {
  it('mixes pictures, files and prepared styles by weight', async () => {
    await picture('other.png', 50, 50);
    const mixed = await stylizer.stylize(at('photo.png'), [
      { style: at('other.png'), weight: 3 },
      { style: await readFile(at('painting.jpg')) },
      { style },
    ]);
    expect(mixed).toMatchObject({ width: 45, height: 30 });
    const alone = await stylizer.stylize(at('photo.png'), [{ style, weight: 9 }]);
    expect(alone.data).toEqual((await stylizer.stylize(at('photo.png'), style)).data);
    expect(mixed.data).not.toEqual(alone.data);
    await expect(stylizer.stylize(at('photo.png'), [])).rejects.toThrow('at least one style');
    await expect(stylizer.stylize(at('photo.png'), [{ style: at('gone.png') }, { style }])).rejects.toThrow(
      ImageError,
    );
  });

  it('mixes by the ratio of weights, however large they are', async () => {
    await picture('other.png', 50, 50);
    const mix = (weight: number) => [
      { style: at('other.png'), weight },
      { style: at('painting.jpg'), weight },
    ];
    const [usual, large] = [mix(1), mix(1e308)];
    const content = at('photo.png');
    const painted = await stylizer.stylize(content, usual);
    expect((await stylizer.stylize(content, large)).data).toEqual(painted.data);
    const refined = await stylizer.refine(content, usual, { steps: 1 });
    expect((await stylizer.refine(content, large, { steps: 1 })).data).toEqual(refined.data);
  });

  it('paints at a smaller size, and gives the size and the untouched parts of the content', async () => {
    const content = drawnImage(1, 90, 60);
    const options = { finestSize: 30, strength: 0 };
    expect((await stylizer.stylize(content, style, options)).data).toEqual(content.data);
    const mask = { width: 2, height: 1, data: Float32Array.of(1, 0) };
    const half = await stylizer.stylize(content, [{ style, mask }], { finestSize: 30 });
    expect(half).toMatchObject({ width: 90, height: 60 });
    const column = (data: Float32Array, x: number) => data.filter((_, i) => i % 90 === x);
    expect(column(half.data, 89)).toEqual(column(content.data, 89));
    expect(column(half.data, 0)).not.toEqual(column(content.data, 0));
    await expect(stylizer.stylize(content, style, { finestSize: 0 })).rejects.toThrow(SettingError);
  });

  it('keeps the colours of the content, of luma or in the style', async () => {
    const content = drawnImage(2, 64, 48);
    const red = [...content.data.subarray(0, 64 * 48)];
    const grey = { ...content, data: Float32Array.from([...red, ...red, ...red]) };
    const chroma = ({ data }: { data: Float32Array }) => {
      const n = data.length / 3;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.abs((data[i] ?? 0) - (data[2 * n + i] ?? 0));
      return sum / n;
    };
    const painted = await stylizer.stylize(grey, at('painting.jpg'), { styleSize: 32 });
    expect(chroma(painted)).toBeGreaterThan(0.02);
    const luma = await stylizer.stylize(grey, style, { preserveColor: 'luma' });
    expect(chroma(luma)).toBeLessThan(1e-5);
    const coral = await stylizer.stylize(content, at('painting.jpg'), {
      preserveColor: 'coral',
      styleSize: 32,
    });
    const plain = await stylizer.stylize(content, at('painting.jpg'), { styleSize: 32 });
    expect(coral.data).not.toEqual(plain.data);
    await expect(stylizer.stylize(content, style, { preserveColor: 'coral' })).rejects.toThrow(
      'expected a style picture for preserveColor coral but received an encoded style',
    );
  });

  it('gives a transparent picture its alpha back, in the file too', async () => {
    const rgba = Uint8Array.from({ length: 4 * 40 * 30 }, (_, i) => (i * 31) % 256);
    await sharp(rgba, { raw: { width: 40, height: 30, channels: 4 } })
      .png()
      .toFile(at('clear.png'));
    for (const options of [{}, { finestSize: 24 }, { strength: 0.4 }]) {
      await (await stylizer.stylize(at('clear.png'), style, options)).toFile(at('clear-out.png'));
      const { data, info } = await sharp(at('clear-out.png')).raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 40, height: 30, channels: 4 });
      expect(data.filter((_, i) => i % 4 === 3)).toEqual(Buffer.from(rgba.filter((_, i) => i % 4 === 3)));
    }
  });
});
