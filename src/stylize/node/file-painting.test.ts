/** Painting from file to file: in bands, if memory is scarce, the picture is the same as through memory. */

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyTiled, writeRandomModel } from '../../../test/helpers/model.ts';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { DeviceError, ImageError, SettingError } from '../../errors.ts';
import { readImage, writeImage } from '../../images/node/image-file.ts';
import { memoryOfTiles, smallestTile } from '../memory.ts';
import { pickOptions, stylizeOptions } from '../options.ts';
import { saveImageOptions } from './options.ts';
import { loadStylizer, type StylizeFileOptions, type Stylizer } from './stylizer.ts';
import type { Style } from '../style.ts';

let folder = '';
let stylizer: Stylizer;
let style: Style;
const at = (name: string) => join(folder, name);
/** Enough memory to paint, but too little to hold the pictures, too. */
let maxMemory = 0;
/** Rounding may change one of 65535 steps. */
const EXACT = 1.5 / 65_535;

beforeAll(async () => {
  folder = await temporaryFolder();
  stylizer = await loadStylizer({ model: await writeRandomModel(folder, tinyTiled), threads: 1 });
  await writeImage(drawnImage(1, 420, 300), at('photo.png'), { depth: 16 });
  await writeImage(drawnImage(2, 60, 40), at('painting.png'));
  style = await stylizer.prepareStyle(at('painting.png'), { size: 40 });
  maxMemory = memoryOfTiles({ width: 420, height: 300 }, [style], tinyTiled, smallestTile(tinyTiled)) + 5e5;
});

afterAll(async () => {
  await stylizer.dispose();
  await rm(folder, { recursive: true });
});

/** Greatest difference between two picture files, alpha included, on the scale 0–1. */
async function difference(a: string, b: string): Promise<number> {
  const [one, other] = [await readImage(at(a)), await readImage(at(b))];
  expect([one.width, one.height, one.alpha?.length]).toEqual([
    other.width,
    other.height,
    other.alpha?.length,
  ]);
  let most = 0;
  for (const key of ['data', 'alpha'] as const) {
    one[key]?.forEach((value, i) => {
      most = Math.max(most, Math.abs(value - (other[key]?.[i] ?? Number.NaN)));
    });
  }
  return most;
}

/** Difference between the same picture painted through memory and in bands. */
async function both(content: string, name: string, options: StylizeFileOptions = {}): Promise<number> {
  const painting = pickOptions(options, stylizeOptions);
  const whole = await stylizer.stylize(at(content), style, { ...painting, maxMemory });
  await whole.toFile(at(`whole-${name}`), pickOptions(options, saveImageOptions));
  const size = { width: whole.width, height: whole.height };
  expect(stylizer.worksInBands(size, style, { ...options, maxMemory })).toBe(true);
  const made = await stylizer.stylizeFile(at(content), style, at(`bands/${name}`), { ...options, maxMemory });
  expect(made).toEqual({ ...size, warnings: [] });
  return difference(`whole-${name}`, `bands/${name}`);
}

describe('a file that is painted in bands', () => {
  it('equals the file painted through memory, in its depth', async () => {
    expect(await both('photo.png', 'plain.png')).toBeLessThan(EXACT);
    expect(await sharp(at('bands/plain.png')).metadata()).toMatchObject({ depth: 'ushort', width: 420 });
    expect(await readdir(at('bands'))).toEqual(['plain.png']);
  });

  it.each<[string, StylizeFileOptions]>([
    ['strength', { strength: 0.4 }],
    ['colours', { preserveColor: 'luma' }],
    ['size', { contentSize: 280 }],
    ['map', { strengthMap: { width: 1, height: 2, data: Float32Array.of(0, 1) } }],
  ])('with %s too', async (name, options) => {
    expect(await both('photo.png', `${name}.png`, options)).toBeLessThan(EXACT);
  });

  it('gets the colours of the content in the style', async () => {
    const options = { preserveColor: 'coral', styleSize: 40, maxMemory } as const;
    await (await stylizer.stylize(at('photo.png'), at('painting.png'), options)).toFile(at('coral.png'));
    const painting = stylizer.stylizeFile(
      at('photo.png'),
      at('painting.png'),
      at('bands/coral.png'),
      options,
    );
    expect(await painting).toMatchObject({ width: 420 });
    expect(await difference('coral.png', 'bands/coral.png')).toBeLessThan(1 / 255);
  });

  it('is used as far as it goes, for its colours too, and says so once', async () => {
    const whole = await sharp(at('photo.png')).jpeg().toBuffer();
    await writeFile(at('cut.jpg'), whole.subarray(0, whole.length - 1500));
    const options = { preserveColor: 'coral', styleSize: 40, maxMemory } as const;
    const painting = stylizer.stylizeFile(at('cut.jpg'), at('painting.png'), at('bands/cut.png'), options);
    expect((await painting).warnings).toHaveLength(1);
  });

  it('keeps its alpha, and is the input exactly at strength 0', async () => {
    const alpha = Float32Array.from({ length: 420 * 300 }, (_, i) => (i % 420) / 419);
    await writeImage({ ...drawnImage(3, 420, 300), alpha }, at('clear.png'));
    expect(await both('clear.png', 'clear.png')).toBeLessThan(EXACT);
    await stylizer.stylizeFile(at('clear.png'), style, at('bands/same.png'), { strength: 0, maxMemory });
    expect(await difference('clear.png', 'bands/same.png')).toBe(0);
  });

  it('reports its parts, and an abort between two leaves no file', async () => {
    const abort = new AbortController();
    const tiles: number[] = [];
    const painting = stylizer.stylizeFile(at('photo.png'), style, at('aborted/out.jpg'), {
      maxMemory,
      signal: abort.signal,
      onProgress: (progress) => {
        if (progress.tiles === undefined) return;
        tiles.push(progress.tiles.done);
        // Some rows have been written by then.
        if (progress.tiles.done === progress.tiles.total - 1) abort.abort(new Error('enough'));
      },
    });
    await expect(painting).rejects.toThrow('enough');
    expect(tiles.length).toBeGreaterThan(1);
    expect(await readdir(at('aborted'))).toEqual([]);
  });
});

describe('a file is refused', () => {
  it('before it is decoded, if painting does not fit', async () => {
    await mkdir(at('refused'));
    const painting = stylizer.stylizeFile(at('photo.png'), style, at('refused/out.png'), {
      maxMemory: 1e5,
      // A size that is not compiled yet: a compiled one has its memory already.
      contentSize: 310,
    });
    await expect(painting).rejects.toThrow(DeviceError);
    expect(await readdir(at('refused'))).toEqual([]);
  });

  it('if its decoder or encoder holds all of it, and that does not fit', async () => {
    await sharp(at('photo.png')).webp().toFile(at('photo.webp'));
    const options = { maxMemory: 1.1e6 };
    await expect(stylizer.stylizeFile(at('photo.webp'), style, at('out.png'), options)).rejects.toThrow(
      /420×300 pixels, which take 1.1 MB; convert it to TIFF or plain PNG first/,
    );
    await expect(stylizer.stylizeFile(at('photo.png'), style, at('out.avif'), options)).rejects.toThrow(
      /out\.avif but received 420×300 pixels, .*write JPEG, PNG or TIFF/,
    );
  });

  it('before its style is prepared, if the result cannot be written', async () => {
    await sharp(new Uint8Array(3 * 17_000), { raw: { width: 17_000, height: 1, channels: 3 } }).toFile(
      at('wide.png'),
    );
    for (const [content, output, options, message] of [
      ['photo.png', 'out.jpg', { depth: 16 }, 'expected 8 for depth but received 16 for jpeg'],
      ['photo.png', 'out.jpg', { depth: 16, maxMemory }, 'expected 8 for depth but received 16 for jpeg'],
      ['wide.png', 'out.webp', {}, 'expected a picture that webp can hold for the output'],
    ] as const) {
      // Were the style read, it would be missed.
      const painting = stylizer.stylizeFile(at(content), at('no style.png'), at(output), options);
      await expect(painting).rejects.toThrow(message);
    }
  });

  it('for another ending, and if it is damaged or missing', async () => {
    await expect(stylizer.stylizeFile(at('photo.png'), style, at('out.txt'))).rejects.toThrow(ImageError);
    await writeFile(at('short.png'), (await sharp(at('photo.png')).toBuffer()).subarray(0, 5000));
    for (const name of ['short.png', 'gone.png']) {
      const painting = stylizer.stylizeFile(at(name), style, at('damaged/out.png'), { maxMemory });
      await expect(painting).rejects.toThrow(name);
    }
    expect(await readdir(at('damaged'))).toEqual([]);
    const nonsense = stylizer.stylizeFile(at('photo.png'), style, at('out.png'), { tile: 0 });
    await expect(nonsense).rejects.toThrow(SettingError);
  });
});

it('paints as a whole if the picture fits', async () => {
  const size = { width: 420, height: 300 };
  expect(stylizer.worksInBands(size, style)).toBe(false);
  expect(stylizer.worksInBands({ width: 8000, height: 5000 }, at('painting.png'))).toBe(true);
  await stylizer.stylizeFile(at('photo.png'), style, at('fits.jpg'), { quality: 50 });
  expect(await sharp(at('fits.jpg')).metadata()).toMatchObject({ width: 420, format: 'jpeg' });
});

describe('stylizeEach', () => {
  it('gives each style its picture, as stylize does', async () => {
    const mix = [{ style, weight: 2 }, { style: at('photo.png') }];
    const styles = [style, at('painting.png'), mix];
    const options = { styleSize: 40, strength: 0.8 };
    const together = await stylizer.stylizeEach(at('photo.png'), styles, options);
    expect(together).toHaveLength(3);
    for (const [i, one] of styles.entries()) {
      const single = await stylizer.stylize(at('photo.png'), one, options);
      const most = single.data.reduce(
        (sum, v, k) => Math.max(sum, Math.abs(v - (together[i]?.data[k] ?? Number.NaN))),
        0,
      );
      expect(most).toBeLessThan(1e-5);
      expect(together[i]?.source?.depth).toBe(16);
    }
    expect(await stylizer.stylizeEach(at('photo.png'), [])).toEqual([]);
  });

  it('fails for all if one style cannot be read', async () => {
    const painting = stylizer.stylizeEach(at('photo.png'), [style, at('gone.png')]);
    await expect(painting).rejects.toThrow('gone.png');
  });
});
