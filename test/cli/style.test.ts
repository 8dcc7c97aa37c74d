import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeImage } from '../../src/images/node/image-file.ts';
import { tinyGenerator, writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';

let folder = '';
let model: string[] = [];
let other: string[] = [];
const at = (name: string): string => join(folder, name);
const run = (...args: string[]) => cli(args, folder);
const encode = (...args: string[]) => run('style', 'encode', ...args, '--style-size', '64', ...model);
const files = async (name: string) => (await readdir(at(name))).sort();

beforeAll(async () => {
  folder = await temporaryFolder();
  model = ['--model', await writeRandomModel(folder), '--threads', '1'];
  other = ['--model', await writeRandomModel(folder, tinyGenerator, { name: 'other', seed: 2 })];
  for (const name of ['paintings', 'mixed']) await mkdir(at(name));
  await writeImage(drawnImage(1, 80, 64), at('paintings/klee.png'));
  await writeImage(drawnImage(2, 64, 70), at('paintings/monet, late.jpg'));
  await writeImage(drawnImage(3, 40, 30), at('photo.png'));
  await writeFile(at('text.jpg'), 'not a picture');
  await encode('paintings/klee.png', '-o', 'klee.style');
});

afterAll(() => rm(folder, { recursive: true }));

describe('style encode', () => {
  it('writes a style file and prints one line', async () => {
    const { code, stdout, stderr } = await encode('paintings/klee.png', '-o', 'new/one.style');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^new\/one\.style {2}80×64 {2}\d+ kB {2}[\d.]+ s\n$/);
    expect(code).toBe(0);
    expect(await files('new')).toEqual(['one.style']);
  });

  it('of many pictures fills a folder, skips a bad one, and keeps existing files', async () => {
    const first = await encode('paintings', 'text.jpg', '-o', 'styles');
    expect(first.code).toBe(1);
    expect(first.stderr).toBe(
      'wasserfarbe: expected a whole picture file for text.jpg but received a file of another kind\n',
    );
    expect(await files('styles')).toEqual(['klee.style', 'monet, late.style']);
    const before = await stat(at('styles/klee.style'));
    await writeImage(drawnImage(4, 50, 50), at('second.png'));
    const second = await encode('paintings/*', 'second.png', '-o', 'styles/');
    expect(second).toMatchObject({
      code: 0,
      stderr: 'wasserfarbe: kept existing files: 2; --force writes over them\n',
    });
    expect(await files('styles')).toEqual(['klee.style', 'monet, late.style', 'second.style']);
    expect((await stat(at('styles/klee.style'))).mtimeMs).toBe(before.mtimeMs);
    await encode('paintings/klee.png', 'paintings/klee.png,klee.png', '-o', 'styles', '--force');
    expect((await stat(at('styles/klee.style'))).mtimeMs).toBeGreaterThan(before.mtimeMs);
  });

  it('passes folders in folders over with a line, enters them when asked, and keeps them', async () => {
    await mkdir(at('album/early'), { recursive: true });
    await writeImage(drawnImage(6, 40, 40), at('album/sea.png'));
    await writeImage(drawnImage(7, 40, 40), at('album/early/sea.png'));
    const flat = await encode('album', '-o', 'flat/');
    expect(flat).toMatchObject({
      code: 0,
      stderr: 'wasserfarbe: album: 1 sub-folder with pictures is passed over; --recursive enters them\n',
    });
    expect(await files('flat')).toEqual(['sea.style']);
    for (const [paths, output] of [
      [['album', '--recursive'], 'deep'],
      [['album/**'], 'stars'],
    ] as const) {
      expect(await encode(...paths, '-o', `${output}/`)).toMatchObject({ code: 0, stderr: '' });
      expect(await files(output)).toEqual(['early', 'sea.style']);
      expect(await files(join(output, 'early'))).toEqual(['sea.style']);
    }
  });

  it('refuses to write pictures of one name to one file', async () => {
    await writeImage(drawnImage(5, 40, 40), at('klee.jpg'));
    await encode('paintings/klee.png', 'klee.jpg', '-o', 'names');
    expect(await files('names')).toEqual(['klee-2.style', 'klee.style']);
  });

  it('does not replace a file unless forced', async () => {
    await writeFile(at('mine.style'), 'mine');
    const refused = await encode('paintings/klee.png', '-o', 'mine.style');
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'wasserfarbe: expected a new file for --output but received mine.style, which exists; add --force to write over it\n',
    });
    expect(await readFile(at('mine.style'), 'utf8')).toBe('mine');
    expect((await encode('paintings/klee.png', '-o', 'mine.style', '--force')).code).toBe(0);
  });

  it.each([
    [['encode', 'photo.png', '-o', 'x.png'], 'expected the ending .style, or a folder for --output'],
    [
      ['encode', 'photo.png', 'klee.jpg', '-o', 'x.style'],
      'expected a folder for --output but received x.style for 2',
    ],
    [['encode'], "missing required argument 'pictures'"],
    [['encode', 'photo.png', '--style-size', '0'], 'Expected a whole number, 1 or more.'],
    [['encode', 'photo.png', '--model', 'slimm', '-o', 'z.style'], 'for model but received slimm'],
    [['encod'], "unknown command 'encod'"],
    [[], 'expected a command'],
    [['thumbnail', 'klee.style'], 'expected a picture file for --output but received nothing'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stdout, stderr } = await run('style', ...args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^wasserfarbe: [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('ends properly at Ctrl-C', async () => {
    await mkdir(at('many'));
    const bytes = await readFile(at('photo.png'));
    for (let i = 0; i < 60; i++) await writeFile(at(`many/${i}.png`), bytes);
    const running = startCli(['style', 'encode', 'many', '-o', 'stopped', ...model], folder);
    await firstFile('stopped');
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'wasserfarbe: interrupted\n' });
    const written = await files('stopped');
    expect(written.length).toBeLessThan(60);
    expect(written.filter((name) => !name.endsWith('.style'))).toEqual([]);
  });
});

describe('style info', () => {
  it('describes a file', async () => {
    const { code, stdout, stderr } = await run('style', 'info', 'klee.style');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^klee\.style\n {2}source +klee\.png\n {2}size +80×64 pixels\n {2}model +random\.safetensors \([0-9a-f]{8}\)\n/,
    );
    expect(stdout).toMatch(/thumbnail +image\/webp, \d+ kB\n {2}file +\d+ kB, written by wasserfarbe \d/);
  });

  it('describes it as JSON', async () => {
    const { stdout } = await run('style', 'info', 'klee.style', '--json');
    expect(JSON.parse(stdout)).toEqual({
      file: 'klee.style',
      bytes: (await stat(at('klee.style'))).size,
      model: { name: 'random.safetensors', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      width: 80,
      height: 64,
      source: 'klee.png',
      version: expect.any(String),
      thumbnail: { type: 'image/webp', bytes: expect.any(Number) },
      tensors: expect.objectContaining({ 'relu4_1.keys': [1, 12, 20] }),
    });
  });

  it.each([
    ['photo.png', 'received a file of another kind (photo.png)'],
    ['none.style', 'expected a style file for none.style but received no such file'],
    ['cut.style', '(cut.style); the file is damaged or incomplete: encode the picture again'],
    ['flipped.style', 'expected a whole zlib stream for the tensors'],
  ])('of %s reports one line of error', async (name, message) => {
    const bytes = await readFile(at('klee.style'));
    await writeFile(at('cut.style'), bytes.subarray(0, -5));
    bytes[bytes.length - 40] = (bytes.at(-40) ?? 0) ^ 0xff;
    await writeFile(at('flipped.style'), bytes);
    const { code, stdout, stderr } = await run('style', 'info', name);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^wasserfarbe: [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('style thumbnail', () => {
  it('writes the small picture in the format of the ending', async () => {
    const { code, stdout } = await run('style', 'thumbnail', 'klee.style', '-o', 'small.png');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'small.png  128×102\n' });
    expect(await sharp(at('small.png')).metadata()).toMatchObject({ width: 128, height: 102, format: 'png' });
    const [small, whole] = await Promise.all(
      ['small.png', 'paintings/klee.png'].map((name) => sharp(at(name)).stats()),
    );
    for (const c of [0, 1, 2]) {
      const [a, b] = [small?.channels[c]?.mean ?? 0, whole?.channels[c]?.mean ?? 99];
      expect(Math.abs(a - b)).toBeLessThan(4);
    }
    const again = await run('style', 'thumbnail', 'klee.style', '-o', 'small.png');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('small.png, which exists') });
  });
});

describe('stylize', () => {
  const stylize = (style: string, output: string, used = model) =>
    run('stylize', '--content', 'photo.png', '--style', style, '-o', output, '--style-size', '64', ...used);
  const pixels = (name: string) => sharp(at(name)).raw().toBuffer();

  it('takes a style file in place of a picture, under any name', async () => {
    await copyFile(at('klee.style'), at('disguised.png'));
    const ended = await Promise.all([
      stylize('paintings/klee.png', 'picture.png'),
      stylize('klee.style', 'file.png'),
      stylize('disguised.png', 'disguised-out.png'),
    ]);
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(3).fill({ code: 0, stderr: '' }),
    );
    const [picture, file, disguised] = await Promise.all(
      ['picture.png', 'file.png', 'disguised-out.png'].map(pixels),
    );
    expect(disguised).toEqual(file);
    const differences = [...(picture ?? [])].map((value, i) => Math.abs(value - (file?.[i] ?? 255)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  it('takes folders with style files in them', async () => {
    await copyFile(at('klee.style'), at('mixed/a.style'));
    await copyFile(at('paintings/klee.png'), at('mixed/b.png'));
    await writeFile(at('mixed/.hidden.style'), '');
    expect((await stylize('mixed', 'out-mixed')).code).toBe(0);
    expect(await files('out-mixed')).toEqual(['photo_stylized_a.jpg', 'photo_stylized_b.jpg']);
    await mkdir(at('only'));
    await copyFile(at('klee.style'), at('only/a.style'));
    expect(await stylize('only,klee.style', 'out-only')).toMatchObject({ code: 0, stderr: '' });
    expect(await files('out-only')).toEqual(['photo_stylized_a.jpg', 'photo_stylized_klee.jpg']);
  });

  it('reports a style of another model once, with both models and a remedy, and continues', async () => {
    const ended = await run(
      ...[
        'stylize',
        '--content',
        'photo.png',
        'klee.jpg',
        '--style',
        'klee.style,paintings/klee.png',
        '-o',
        'wrong',
      ],
      ...['--style-size', '64', ...other],
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^wasserfarbe: expected a style of the model in use, other\.safetensors \([0-9a-f]{8}\), for klee\.style but received one of model random\.safetensors \([0-9a-f]{8}\); encode it again: wasserfarbe style encode klee\.png -o klee\.style --model \S+other\.safetensors --style-size 64 --force\nwasserfarbe: not painted: 2 of 4 pictures; what failed:\n {2}klee\.style\n$/,
    );
    expect(await files('wrong')).toHaveLength(2);
  });

  it('succeeds with the command from that line', async () => {
    const { stderr } = await stylize('klee.style', 'x.png', other);
    const command = /wasserfarbe (style encode .*)\n/.exec(stderr)?.[1]?.split(' ') ?? [];
    expect(await cli(command, at('paintings'))).toMatchObject({ code: 0 });
    expect((await stylize('paintings/klee.style', 'x.png', other)).code).toBe(0);
    await rm(at('paintings/klee.style'));
  });
});

async function firstFile(name: string): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if ((await readdir(at(name)).catch(() => [])).some((file) => file.endsWith('.style'))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nothing was written');
}
