import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/images/image.ts';
import { writeImage } from '../../src/images/node/image-file.ts';
import { loadStylizer } from '../../src/stylize/node/stylizer.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, type Ended, startCli } from '../helpers/package.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';

let folder = '';
let path = '';
let model: string[] = [];
const at = (name: string): string => join(folder, name);
const run = (...args: string[]) =>
  cli(['sheet', ...args, ...model, '--size', '48', '--style-size', '48', '--cell', '64'], folder);
/** Start of a place on a sheet with cells of 64 pixels: see src/images/node/contact-sheet.test.ts. */
const start = (place: number): number => 24 + place * 68;

beforeAll(async () => {
  folder = await temporaryFolder();
  path = await writeRandomModel(folder);
  model = ['--model', path, '--threads', '1'];
  for (const name of ['photos', 'paintings']) await mkdir(at(name));
  await writeImage(plain(60, 60, [0.8, 0.1, 0.1]), at('photos/red.png'));
  await writeImage(plain(90, 60, [0.1, 0.7, 0.1]), at('photos/green.png'));
  await writeImage(drawnImage(1, 60, 60), at('paintings/klee.png'));
  await writeImage(plain(60, 60, [0.1, 0.1, 0.9]), at('paintings/blue.png'));
  await writeImage(plain(64, 48, [0.9, 0.8, 0.1]), at('paintings/monet.png'));
  await writeFile(at('text.jpg'), 'not a picture');
});

afterAll(() => rm(folder, { recursive: true }));

function plain(width: number, height: number, colour: readonly number[]): RgbImage {
  const size = width * height;
  return {
    width,
    height,
    data: Float32Array.from({ length: 3 * size }, (_, i) => colour[Math.floor(i / size)] ?? 0),
  };
}

/** Mean colour of a place in the sheet, over the middle of its square. */
async function middle(name: string, column: number, row: number): Promise<number[]> {
  const area = { left: start(column) + 16, top: start(row) + 16, width: 32, height: 32 };
  const { channels } = await sharp(await sharp(at(name)).extract(area).png().toBuffer()).stats();
  return channels.slice(0, 3).map(({ mean }) => mean);
}

function near(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

describe('a sheet', () => {
  it('has contents at the left, styles across the top, and prints one line', async () => {
    const { code, stdout, stderr } = await run('-c', 'photos', '-s', 'paintings', '-o', 'new/sheet.png');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^new\/sheet\.png {2}2×3 pictures {2}\d+×\d+ {2}[\d.]+ s\n$/);
    expect(code).toBe(0);
    const { width, height, format } = await sharp(at('new/sheet.png')).metadata();
    expect({ width, height, format }).toEqual({ width: start(4), height: start(3), format: 'png' });
    // Sorted by name: green before red, blue before klee.
    expect(near(await middle('new/sheet.png', 0, 1), [26, 179, 26])).toBeLessThan(2);
    expect(near(await middle('new/sheet.png', 0, 2), [204, 26, 26])).toBeLessThan(2);
    expect(near(await middle('new/sheet.png', 1, 0), [26, 26, 230])).toBeLessThan(2);
  });

  it('has each pair in its place', async () => {
    const stylizer = await loadStylizer({ model: path, threads: 1 });
    const distances: number[][] = [];
    for (const [r, content] of ['green', 'red'].entries()) {
      for (const [c, style] of ['blue', 'klee', 'monet'].entries()) {
        const prepared = await stylizer.prepareStyle(at(`paintings/${style}.png`), { size: 48 });
        const painted = await stylizer.stylize(at(`photos/${content}.png`), prepared, { contentSize: 48 });
        const { channels } = await sharp(await painted.toBuffer()).stats();
        const mean = channels.map((channel) => channel.mean);
        const found = [1, 2, 3].map((column) => middle('new/sheet.png', column, r + 1));
        distances.push((await Promise.all(found)).map((colour) => near(colour, mean)));
        expect(distances.at(-1)?.indexOf(Math.min(...(distances.at(-1) ?? [])))).toBe(c);
      }
    }
    await stylizer.dispose();
    expect(Math.max(...distances.map((line) => Math.min(...line)))).toBeLessThan(12);
  });

  it('is painted with the given strength', async () => {
    await run('-c', 'photos/red.png', '-s', 'paintings/klee.png', '-o', 'weak.png', '--Alpha', '0');
    expect(near(await middle('weak.png', 1, 1), [204, 26, 26])).toBeLessThan(2);
  });

  it.each([
    ['jpg', 'jpeg'],
    ['webp', 'webp'],
  ])('with the ending %s is written as %s', async (ending, format) => {
    const args = [
      '-c',
      'photos/red.png',
      '-s',
      'paintings/blue.png',
      '-o',
      `sheet.${ending}`,
      '--quality',
      '80',
    ];
    expect((await run(...args)).code).toBe(0);
    expect(await sharp(at(`sheet.${ending}`)).metadata()).toMatchObject({ format, width: start(2) });
  });

  it('takes style files, and shows their thumbnails', async () => {
    const encode = ['style', 'encode', 'paintings/blue.png', '-o', 'saved/blue.style', '--style-size', '48'];
    await cli([...encode, ...model], folder);
    const { code, stderr } = await run('-c', 'photos/red.png', '-s', 'saved', '-o', 'saved.png');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(near(await middle('saved.png', 1, 0), [26, 26, 230])).toBeLessThan(4);
    await run('-c', 'photos/red.png', '-s', 'paintings/blue.png', '-o', 'unsaved.png');
    expect(near(await middle('saved.png', 1, 1), await middle('unsaved.png', 1, 1))).toBeLessThan(1);
  });

  it('continues past bad pictures, reports them once, and ends with exit code 1', async () => {
    const { code, stdout, stderr } = await run(
      ...[
        '-c',
        'photos/red.png',
        'text.jpg',
        'gone.png',
        '-s',
        'text.jpg',
        'paintings/blue.png',
        '-o',
        'past.png',
      ],
    );
    expect(stderr.split('\n').slice(0, -1)).toEqual([
      'wasserfarbe: expected a picture file for gone.png but received no such file',
      'wasserfarbe: expected a whole picture file for text.jpg but received a file of another kind',
    ]);
    expect(stdout).toContain('past.png  1×1 pictures');
    expect(code).toBe(1);
    expect(await sharp(at('past.png')).metadata()).toMatchObject({ width: start(2), height: start(2) });
  });

  it('passes folders in folders over with a line, and enters them when asked', async () => {
    await mkdir(at('nested/inner'), { recursive: true });
    await writeImage(drawnImage(8, 40, 40), at('nested/inner/green.png'));
    const args = ['-s', 'paintings/blue.png', '-o', 'nested.png', '--force'];
    const { code, stderr } = await run('-c', 'nested', 'photos/red.png', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain('received none (nested); its sub-folders have some: add --recursive');
    await writeImage(drawnImage(9, 40, 40), at('nested/grey.png'));
    const flat = await run('-c', 'nested', ...args);
    expect(flat.stderr).toBe(
      'wasserfarbe: nested: 1 sub-folder with pictures is passed over; --recursive enters them\n',
    );
    expect(flat.stdout).toContain('nested.png  1×1 pictures');
    expect((await run('-c', 'nested', '--recursive', ...args)).stdout).toContain('2×1 pictures');
    expect((await run('-c', 'nested/**', ...args)).stdout).toContain('2×1 pictures');
  });

  it('is not written without any painted picture', async () => {
    const { code, stdout } = await run('-c', 'text.jpg', '-s', 'paintings/blue.png', '-o', 'nothing.png');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const none = await run('-c', 'photos/red.png', '-s', 'text.jpg', '-o', 'nothing.png');
    expect(none).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^wasserfarbe: [^\n]*\n$/),
    });
    expect(await readdir(folder)).not.toContain('nothing.png');
  });

  it('does not replace a file unless forced', async () => {
    await writeFile(at('mine.png'), 'mine');
    const args = ['-c', 'photos/red.png', '-s', 'paintings/blue.png', '-o', 'mine.png'];
    expect(await run(...args)).toMatchObject({
      code: 1,
      stderr:
        'wasserfarbe: expected a new file for --output but received mine.png, which exists; add --force to write over it\n',
    });
    expect((await run(...args, '--force')).code).toBe(0);
  });

  it('leaves nothing behind at Ctrl-C', { timeout: 60_000 }, async () => {
    await mkdir(at('large'));
    for (let i = 0; i < 8; i++) await writeImage(drawnImage(i, 300 + i, 300), at(`large/${i}.png`));
    const args = ['sheet', '-c', 'large', '-s', 'paintings', '-o', 'stopped.png', '--size', '1000', ...model];
    expect(await interrupted(args)).toEqual({
      code: 130,
      stdout: '',
      stderr: 'wasserfarbe: interrupted, nothing is written\n',
    });
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
  });
});

/** A run that is interrupted while it works. If it did not listen for the signal yet, a later try is made. */
async function interrupted(args: readonly string[]): Promise<Ended> {
  for (let wait = 1000; ; wait *= 2) {
    const running = startCli(args, folder);
    await new Promise((resolve) => setTimeout(resolve, wait));
    running.kill('SIGINT');
    const ended = await running.ended;
    if (ended.code !== 'SIGINT') return ended;
  }
}

describe('wrong usage ends with exit code 2 and one line', () => {
  const pair = ['-c', 'photos/red.png', '-s', 'paintings/blue.png'];
  it.each([
    [[...pair, '-o', 'x.avif'], 'expected the ending .png, .jpg or .webp for --output but received x.avif'],
    [['-s', 'a.png'], 'expected a picture, a folder or a pattern for --content but received nothing'],
    [
      ['-c', 'photos'],
      'expected a picture, a style file, a folder or a pattern for --style but received nothing',
    ],
    [[...pair, '--cell', '15'], 'Expected a whole number, 16 or more.'],
    [
      [...pair, '--cell', '9000'],
      'expected cells for a sheet of at most 134 megapixels for --cell but received 9000 for 1×1 pictures; set it to 5792 or less',
    ],
    [[...pair, '--sise', '64'], "unknown option '--sise' (Did you mean --size?)"],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await cli(['sheet', ...args, '--threads', '1'], folder);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^wasserfarbe: [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
