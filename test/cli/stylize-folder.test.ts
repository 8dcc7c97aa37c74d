/** Folders in several styles: bad files, resumed runs, rehearsals; and pictures painted in bands. */

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeImage } from '../../src/images/node/image-file.ts';
import { tinyTiled, writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';
import { drawnImage, temporaryFolder, writePictures } from '../helpers/pictures.ts';

let folder = '';
let flags: string[] = [];
const at = (name: string): string => join(folder, name);
const run = (...args: string[]) => cli(['stylize', ...args, ...flags], folder);
const files = async (name: string) => (await readdir(at(name))).sort();

beforeAll(async () => {
  folder = await temporaryFolder();
  flags = ['--model', await writeRandomModel(folder, tinyTiled), '--threads', '1', '--style-size', '32'];
  await writePictures(at('photos'), 'photo', 5);
  await writePictures(at('paintings'), 'painting', 2, { seed: 9 });
  const whole = await readFile(at('photos/photo-00.png'));
  await writeFile(at('photos/photo-02-cut.png'), whole.subarray(0, whole.length / 2));
});

afterAll(() => rm(folder, { recursive: true }));

const all = ['--content', 'photos', '--style', 'paintings'];
const names = ['00', '01', '02', '03', '04'].flatMap((photo) =>
  ['00', '01'].map((painting) => `photo-${photo}_stylized_painting-${painting}.jpg`),
);

describe('a folder with a damaged picture', () => {
  it('is rehearsed without writing a file', async () => {
    const { code, stdout, stderr } = await run(...all, '-o', 'rehearsed', '--dry-run');
    // The damage lies behind the header, which a rehearsal does not check.
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe(`${join('rehearsed', names[0] ?? '')}  48×40`);
    expect(await readdir(folder)).not.toContain('rehearsed');
  });

  it('is painted by several processes as by one', async () => {
    const one = await run(...all, '-o', 'one');
    const several = await run(...all, '-o', 'several', '--processes', '2');
    expect(several.code).toBe(1);
    // libvips has one buffer of reasons for all decodes at a time, so a reason may be missing.
    const plain = (text: string) => text.replaceAll(/(a damaged one): .*/g, '$1');
    expect(plain(several.stderr)).toBe(plain(one.stderr.replaceAll('one/', 'several/')));
    expect(await files('several')).toEqual(names);
    for (const name of names) {
      const [a, b] = [await readFile(at(`one/${name}`)), await readFile(at(`several/${name}`))];
      expect(a.equals(b), name).toBe(true);
    }
    const again = await run(...all, '-o', 'several', '--processes', '2', '--json', '--skip-existing');
    const { results } = JSON.parse(again.stdout);
    expect(results.filter(({ status }: { status: string }) => status === 'kept')).toHaveLength(10);
    const wrong = await run(...all, '-o', 'wrong', '--processes', '2', '--refine');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('for --processes but received --refine');
  });

  it('is painted except for that one, which is named at the end', async () => {
    const { code, stdout, stderr } = await run(...all, '-o', 'made', '--jobs', '3');
    expect(code).toBe(1);
    expect(await files('made')).toEqual(names);
    // The order is by contents, then styles, whichever was ready first.
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('  ')[0]),
    ).toEqual(names.map((name) => join('made', name)));
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^wasserfarbe: expected .* photos\/photo-02-cut\.png/);
    expect(lines.slice(1)).toEqual([
      'wasserfarbe: not painted: 2 of 12 pictures; what failed:',
      '  photos/photo-02-cut.png',
    ]);
  });

  it('gives the same pictures as separate pairs, with any number of jobs', async () => {
    await run(...all, '-o', 'one-by-one', '--jobs', '1');
    const pair = ['--content', 'photos/photo-03.png', '--style', 'paintings/painting-01.png'];
    await run(...pair, '-o', 'pair.jpg');
    const name = 'photo-03_stylized_painting-01.jpg';
    const expected = await pixels('pair.jpg');
    for (const made of [`made/${name}`, `one-by-one/${name}`]) {
      expect((await pixels(made)).every((v, i) => Math.abs(v - (expected[i] ?? Number.NaN)) <= 2)).toBe(true);
    }
  });

  it('is continued only where files are missing', async () => {
    const [gone = '', kept = ''] = names;
    await rm(at(join('made', gone)));
    const before = await stat(at(join('made', kept)));
    const { stderr, stdout } = await run(...all, '-o', 'made', '--skip-existing');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stdout).toContain(gone);
    expect(stderr).toContain('kept existing files: 9');
    expect((await stat(at(join('made', kept)))).mtimeMs).toBe(before.mtimeMs);
    expect(await files('made')).toEqual(names);
  });
});

describe('a file that exists', () => {
  const one = ['--content', 'photos/photo-00.png', '--style', 'paintings/painting-00.png', '-o', 'mine.jpg'];

  it('is not an error with --skip-existing, and stays', async () => {
    await writeFile(at('mine.jpg'), 'mine');
    expect(await run(...one, '--skip-existing')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await run(...one, '--dry-run')).code).toBe(1);
    expect(await readFile(at('mine.jpg'), 'utf8')).toBe('mine');
  });

  it('cannot be both kept and replaced', async () => {
    expect(await run(...one, '--skip-existing', '--force')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'wasserfarbe: expected one of them for --force and --skip-existing but received both\n',
    });
  });
});

it('a rehearsal reports files that are no pictures, and files that stay', async () => {
  await mkdir(at('text'));
  await writeFile(at('text/text.jpg'), 'not a picture');
  const args = ['--content', 'photos,text', '--style', 'paintings', '-o', 'made', '--dry-run', '--json'];
  const { code, stdout } = await run(...args);
  expect(code).toBe(1);
  const { results, errors, method } = JSON.parse(stdout);
  const count = (status: string) => results.filter((r: { status: string }) => r.status === status).length;
  expect({ method, kept: count('kept'), failed: count('failed'), planned: count('planned') }).toEqual({
    method: null,
    kept: 10,
    failed: 2,
    planned: 2,
  });
  expect(errors).toEqual([expect.stringContaining('text/text.jpg')]);
});

describe('a picture that is large for the memory', () => {
  const args = ['--content', 'large', '--style', 'paintings', '--max-memory', '400MB'];
  beforeAll(async () => {
    await mkdir(at('large'));
    // More pixels than are decoded ahead.
    await writeImage(drawnImage(1, 2600, 1700), at('large/large.png'));
  });

  it('goes from file to file in bands and leaves no other files', { timeout: 120_000 }, async () => {
    const { code, stderr } = await run(
      ...args,
      '--style',
      'paintings/painting-00.png',
      '-o',
      'bands',
      '--json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await files('bands')).toEqual([
      'large_stylized_painting-00.jpg',
      'large_stylized_painting-01.jpg',
    ]);
    const made = await sharp(at('bands/large_stylized_painting-01.jpg')).metadata();
    expect(made).toMatchObject({ width: 2600, height: 1700 });
  });

  it('leaves nothing behind at Ctrl-C', { timeout: 120_000 }, async () => {
    const running = startCli(['stylize', ...args, '-o', 'stopped', ...flags], folder);
    // The file of painted rows exists once painting has begun.
    while (!(await readdir(at('stopped')).catch(() => [])).some((name) => name.endsWith('.pixels.tif'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({
      code: 130,
      stderr: 'wasserfarbe: interrupted after 0 pictures\n',
    });
    expect(await files('stopped')).toEqual([]);
  });

  it('is refused before it is read if memory does not suffice', async () => {
    const refused = await run(...args, '-o', 'refused', '--max-memory', '252MB');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('set the finest size (its short side) to');
    expect((await run(...args, '-o', 'refused', '--max-memory', '200MB')).stderr).toBe(
      'wasserfarbe: expected more than the 250MB of the program itself for --max-memory but received 200MB\n',
    );
    expect(await readdir(folder)).not.toContain('refused');
  });
});

function pixels(name: string): Promise<Buffer> {
  return sharp(at(name)).raw().toBuffer();
}
