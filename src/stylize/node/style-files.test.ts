import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPhotograph } from '../../../demo/photographs.ts';
import { styles } from '../../../demo/styles/index.ts';
import { tinyGenerator, writeRandomModel } from '../../../test/helpers/model.ts';
import { modelShips } from '../../../test/helpers/package.ts';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { ImageError, SettingError, WeightsError } from '../../errors.ts';
import { readImage, writeImage } from '../../images/node/image-file.ts';
import { loadStylizer, type Stylizer } from './stylizer.ts';
import { decodeStyleFile, isStyleFile, readStyleFileInfo } from './style-bytes.ts';
import { readStyleInfo } from './style-files.ts';
import { encodeStyleFile } from '../style-file.ts';
import type { Style } from '../style.ts';

let folder = '';
let stylizer: Stylizer;
let other: Stylizer;
let style: Style;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const model = await writeRandomModel(folder);
  stylizer = await loadStylizer({ model, threads: 1 });
  other = await loadStylizer({
    model: await writeRandomModel(folder, tinyGenerator, { name: 'other', seed: 2 }),
    threads: 1,
  });
  await writeImage(drawnImage(2, 150, 120), at('painting.png'));
  style = await stylizer.prepareStyle(at('painting.png'), { size: 96 });
  await stylizer.saveStyle(style, at('painting.style'), { picture: at('painting.png') });
});

afterAll(async () => {
  await stylizer.dispose();
  await other.dispose();
  await rm(folder, { recursive: true });
});

const content = drawnImage(1, 61, 43);

describe('a saved style', () => {
  it('names its source, and has a thumbnail of it', async () => {
    const info = await readStyleInfo(at('painting.style'));
    expect(info).toMatchObject({
      model: style.model,
      modelName: 'random.safetensors',
      source: 'painting.png',
      width: 120,
      height: 96,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    const { bytes = new Uint8Array(0), type } = info.thumbnail ?? {};
    expect(type).toBe('image/webp');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 128, height: 102, format: 'webp' });
    expect(bytes.length).toBeLessThan(10_000);
  });

  it('paints like its picture: by path, by bytes, under any name, whatever size is asked for', async () => {
    await copyFile(at('painting.style'), at('painting.jpg'));
    const painted = await stylizer.stylize(content, style);
    for (const input of [at('painting.style'), at('painting.jpg'), await readFile(at('painting.style'))]) {
      const prepared = await stylizer.prepareStyle(input, { size: 32 });
      expect(prepared).toMatchObject({ width: 120, height: 96 });
      expect(differences((await stylizer.stylize(content, prepared)).data, painted.data).most).toBeLessThan(
        1,
      );
    }
    const direct = await stylizer.stylize(content, at('painting.style'));
    expect(differences(direct.data, painted.data).most).toBeLessThan(1);
  });

  it('needs no picture, and makes folders', async () => {
    await stylizer.saveStyle(style, at('new/deep/bare.style'));
    const info = await readStyleInfo(at('new/deep/bare.style'));
    expect(info).not.toHaveProperty('source');
    expect(info).not.toHaveProperty('thumbnail');
    expect(await readdir(at('new/deep'))).toEqual(['bare.style']);
    await stylizer.saveStyle(style, at('named.style'), {
      picture: drawnImage(2, 30, 20),
      source: 'a/b\n.png',
    });
    expect(await readStyleInfo(at('named.style'))).toMatchObject({ source: 'b .png' });
  });
});

describe('a style file', () => {
  it('may be named by its URL, as may its picture', async () => {
    const [file, source] = [pathToFileURL(at('by url.style')), pathToFileURL(at('painting.png'))];
    await stylizer.saveStyle(style, file, { picture: source });
    expect(await readStyleInfo(file)).toMatchObject({ source: 'painting.png', width: 120 });
    await expect(readStyleInfo(pathToFileURL(at('none.style')))).rejects.toThrow(
      `expected a style file for ${at('none.style')} but received no such file`,
    );
    await expect(readStyleInfo(new URL('https://a/b.style'))).rejects.toThrow(SettingError);
  });

  it('may be bytes in any form, and is refused as anything else', async () => {
    const bytes = new Uint8Array(await readFile(at('painting.style')));
    const expected = await decodeStyleFile(bytes);
    for (const form of [bytes.buffer, new DataView(bytes.buffer), Buffer.from(bytes)]) {
      expect(isStyleFile(form)).toBe(true);
      expect(readStyleFileInfo(form)).toMatchObject({ width: 120 });
      expect(await decodeStyleFile(form)).toEqual(expected);
    }
    expect(isStyleFile(new ArrayBuffer(3))).toBe(false);
    const line = (received: string) =>
      new SettingError(`expected the bytes of a file for the style file but received ${received}`);
    expect(() => isStyleFile('abc' as never)).toThrow(line('abc'));
    expect(() => readStyleFileInfo(undefined as never)).toThrow(line('undefined'));
    await expect(decodeStyleFile(null as never)).rejects.toThrow(line('null'));
  });
});

describe('refusals', () => {
  it('of styles of another model, with the command that encodes them again', async () => {
    const wrong = other.prepareStyle(at('painting.style'));
    await expect(wrong).rejects.toThrow(WeightsError);
    const { model } = await other.prepareStyle(drawnImage(3, 20, 20));
    const [theirs, ours] = [style.model.slice(0, 8), model.slice(0, 8)];
    await expect(wrong).rejects.toThrow(
      `expected a style of the model in use, other.safetensors (${ours}), for ${at('painting.style')} but received ` +
        `one of model random.safetensors (${theirs}); encode it again: wasserfarbe style encode painting.png ` +
        `-o ${at('painting.style')} --model ${at('other.safetensors')} --style-size 96 --force`,
    );
    await expect(other.saveStyle(style, at('x.style'))).rejects.toThrow(
      'save it with the stylizer that prepared it',
    );
    expect(await readdir(folder)).not.toContain('x.style');
  });

  it.each([
    [800, 200, 96, ' --style-size 96'],
    [450, 150, 512, ''],
    [40, 90, 64, ' --style-size 64'],
    [30, 20, 48, ' --style-size 48'],
  ])('name the size that encodes %i×%i at size %i again', async (width, height, size, flag) => {
    const picture = drawnImage(2, width, height);
    const encoded = await stylizer.prepareStyle(picture, { size });
    await stylizer.saveStyle(encoded, at('long.style'));
    const refusal = await other.prepareStyle(at('long.style')).catch(String);
    expect(refusal).toContain(`--model ${at('other.safetensors')}${flag} --force`);
    const [, named] = /--style-size (\d+)/.exec(`${refusal}`) ?? [];
    const again = await other.prepareStyle(picture, named === undefined ? {} : { size: Number(named) });
    expect([again.width, again.height]).toEqual([encoded.width, encoded.height]);
  });

  it.each([
    [
      'of other shapes',
      { width: 512 },
      'expected shape [1, 12, 192] for tensor "relu4_1.keys" of a style of 512×96',
    ],
    ['too small', { width: 1 }, 'expected none for tensor "relu4_1.keys" of a style of 1×96'],
    ['without a tensor', { tensors: {} }, 'it was made by an earlier version, or is damaged: encode the'],
  ])('of files %s than the model makes', async (_, change, message) => {
    const bytes = await encodeStyleFile({ ...style, ...change }, { modelName: 'random' });
    await writeFile(at('odd.style'), bytes);
    await expect(stylizer.prepareStyle(at('odd.style'))).rejects.toThrow(WeightsError);
    await expect(stylizer.prepareStyle(at('odd.style'))).rejects.toThrow(message);
    await expect(stylizer.prepareStyle(bytes)).rejects.toThrow(message);
  });

  it('of files that are cut, or far too large, without reading them', async () => {
    const bytes = await readFile(at('painting.style'));
    await writeFile(at('cut.style'), bytes.subarray(0, 300));
    await expect(stylizer.prepareStyle(at('cut.style'))).rejects.toThrow(
      /\(.*cut\.style\); the file is damaged/,
    );
    await writeFile(at('vast.style'), bytes);
    await truncate(at('vast.style'), 2 ** 40);
    await expect(stylizer.prepareStyle(at('vast.style'))).rejects.toThrow('received a far larger file');
    await rm(at('vast.style'));
  });

  it('of missing files and of files that are no styles, as for pictures', async () => {
    await expect(stylizer.prepareStyle(at('none.style'))).rejects.toThrow(ImageError);
    await writeFile(at('text.style'), 'text');
    await expect(stylizer.prepareStyle(at('text.style'))).rejects.toThrow(ImageError);
    await expect(readStyleInfo(at('none.style'))).rejects.toThrow('but received no such file');
    await expect(readStyleInfo(at('painting.png'))).rejects.toThrow('received a file of another kind');
  });

  it('of places that cannot be written, and of pictures that cannot be read', async () => {
    await mkdir(at('taken.style'));
    await expect(stylizer.saveStyle(style, at('taken.style'))).rejects.toThrow(
      `expected a place to write for ${at('taken.style')} but received a folder`,
    );
    const saving = stylizer.saveStyle(style, at('y.style'), { picture: at('none.png') });
    await expect(saving).rejects.toThrow(ImageError);
  });
});

// The steps of the coding are chosen for current models. A model with sharper attention needs finer steps.
describe.runIf(modelShips)('with the default model', () => {
  it('paints the same to within 1.5/255, on average within 0.03/255, in 0.5 MB at 512²', {
    timeout: 60_000,
  }, async () => {
    const slim = await loadStylizer({ threads: 1 });
    const photographs = await Promise.all([
      readPhotograph('sunrise', 192),
      readPhotograph('launch-pads', 192),
    ]);
    for (const [id, size] of [
      ['impasto', 512],
      ['marbling', 256],
    ] as const) {
      const picture = await readImage((await styles.find((style) => style.id === id)?.draw(size)) ?? '');
      const style = await slim.prepareStyle(picture, { size });
      await slim.saveStyle(style, at('real.style'), { picture });
      const saved = await slim.prepareStyle(at('real.style'));
      for (const { image } of photographs) {
        const [a, b] = [await slim.stylize(image, style), await slim.stylize(image, saved)];
        const { most, mean } = differences(b.data, a.data);
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThan(1.5);
        expect(mean).toBeLessThan(0.03);
      }
      expect((await readFile(at('real.style'))).length).toBeLessThan(
        (510_000 * size * size) / 512 ** 2 + 25_000,
      );
    }
    await slim.dispose();
  });
});

/** Differences of clamped values, in steps of 8 bits. */
function differences(a: Float32Array, b: Float32Array): { most: number; mean: number } {
  const clamped = (value: number) => 255 * Math.min(1, Math.max(0, value));
  let [most, sum] = [0, 0];
  for (const [i, value] of a.entries()) {
    const difference = Math.abs(clamped(value) - clamped(b[i] ?? Number.NaN));
    most = Math.max(most, difference);
    sum += difference;
  }
  return { most, mean: sum / a.length };
}
