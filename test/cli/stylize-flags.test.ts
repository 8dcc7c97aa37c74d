/** Flags as users of other programs type them, names without flags, settings files, folders, streams. */

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, root, start } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';

let folder = '';
let model: string[] = [];
const at = (name: string): string => join(folder, name);
const run = (...args: string[]) => cli(['stylize', ...args, ...model, '--style-size', '32'], folder);
const made = async (name: string) =>
  (await readdir(at(name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at(name).length + 1))
    .sort();

async function picture(name: string, width: number, height: number, channels: 3 | 4 = 3): Promise<void> {
  const bytes = Uint8Array.from({ length: channels * width * height }, (_, i) => (i * 7919) % 251);
  await sharp(bytes, { raw: { width, height, channels } }).toFile(at(name));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  model = ['--model', await writeRandomModel(folder), '--threads', '1'];
  for (const name of ['photos/inner/deep', 'photos/bare', 'paintings', 'nested/only']) {
    await mkdir(at(name), { recursive: true });
  }
  await picture('photos/lake.jpg', 48, 32);
  await picture('photos/inner/lake.jpg', 40, 32);
  await picture('photos/inner/deep/glass.png', 32, 32, 4);
  await picture('nested/only/lake.jpg', 32, 32);
  await picture('paintings/klee.png', 32, 32);
});
afterAll(() => rm(folder, { recursive: true }));

describe('flags of AdaIN', () => {
  it('crop, choose the ending and keep colours without a word for it, and a word may follow', async () => {
    const flags = ['--content_dir', 'photos', '--style_dir', 'paintings', '--preserve_color', '--crop'];
    const sizes = ['--content_size', '24', '--save_ext', '.png', '--output', 'field'];
    expect(await run(...flags, ...sizes)).toMatchObject({ code: 0 });
    expect(await made('field')).toEqual(['lake_stylized_klee.png']);
    expect(await sharp(at('field/lake_stylized_klee.png')).metadata()).toMatchObject({
      width: 24,
      height: 24,
    });
    const paths = ['--preserve-color', 'photos/lake.jpg', 'paintings/klee.png', 'word.png', '--alpha', '0'];
    expect(await run(...paths)).toMatchObject({ code: 0, stderr: '' });
  });

  it('cut the middle of the content', async () => {
    const flags = ['--alpha', '0', '--crop'];
    await run('photos/lake.jpg', 'paintings/klee.png', 'middle.png', ...flags);
    const whole = sharp(at('photos/lake.jpg')).extract({ left: 8, top: 0, width: 32, height: 32 });
    expect(await sharp(at('middle.png')).raw().toBuffer()).toEqual(await whole.raw().toBuffer());
  });

  it.each([
    [['--vgg', 'x.pth'], /^wasserfarbe: unknown option '--vgg'; encoder, .* are one model here: --model/],
    [['--gpu', '0'], /unknown option '--gpu'; use --device/],
    [['a', 'b', 'c', 'd'], /expected at most 3 names beside the flags .* received 4, first a; for several/],
    [
      ['photos/lake.jpg', 'paintings/klee.png', 'c.png', '--format', 'webp'],
      /expected the format of c\.png for --format but received webp/,
    ],
    [['--save_ext', '.bmp'], /Allowed choices are jpg, png, webp, avif, tif/],
  ])('%o are answered with what to do', async (flags, message) => {
    const { code, stderr } = await run(...flags);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('Did you mean');
  });
});

it.each([
  [
    ['photo.jpg', 'painting.jpg'],
    "unknown command 'photo.jpg'; to paint: wasserfarbe stylize photo.jpg painting.jpg",
  ],
  [['--content', 'a.jpg'], "unknown option '--content'; to paint: wasserfarbe stylize"],
  [['stylise', 'a.jpg'], "unknown command 'stylise' (Did you mean stylize?)\n"],
])('%o without a command says how to paint', async (args, message) => {
  const { code, stderr } = await cli(args, folder);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

describe('a settings file', () => {
  it('sets flags in any spelling, and those of the command line win', async () => {
    const settings = { content: 'photos/lake.jpg', alpha: 0, content_size: 16, crop: true, force: false };
    await writeFile(at('settings.json'), JSON.stringify(settings));
    const flags = ['--config', 'settings.json', '--style', 'paintings/klee.png', '-o', 'config.png'];
    expect(await run(...flags, '--content-size', '20', '--quiet')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(await sharp(at('config.png')).metadata()).toMatchObject({ width: 20, height: 20 });
  });

  it.each([
    ['{"strenth": 1}', 'expected names of flags for --config but received strenth, which is none (bad.json)'],
    ['{"strength": 2}', 'expected a number from 0 to 1 for strength but received 2 (bad.json)'],
    ['{"crop": "yes"}', 'expected true or false for crop but received "yes" (bad.json)'],
    ['[]', 'expected a JSON object for --config but received something else (bad.json)'],
  ])('with %s is refused', async (text, message) => {
    await writeFile(at('bad.json'), text);
    expect(await run('--config', 'bad.json')).toMatchObject({ code: 2, stderr: `wasserfarbe: ${message}\n` });
  });
});

describe('folders in folders', () => {
  it('are passed over with a line, and entered when they are asked for; they are kept', async () => {
    const flat = await run('--content', 'photos', '-s', 'paintings', '-o', 'photos/out', '--dry-run');
    expect(flat.stderr).toBe(
      'wasserfarbe: photos: 1 sub-folder with pictures is passed over; --recursive enters them\n',
    );
    const deep = [
      join('inner', 'deep', 'glass_stylized_klee.png'),
      join('inner', 'lake_stylized_klee.jpg'),
      'lake_stylized_klee.jpg',
    ];
    const flags = ['-s', 'paintings', '-o', 'photos/out'];
    expect((await run('--content', 'photos', '--recursive', ...flags)).code).toBe(0);
    expect(await made('photos/out')).toEqual(deep);
    // What is written there is not painted again.
    const again = await run('--content', 'photos', '--recursive', ...flags);
    expect(again.stderr).toContain('kept existing files: 3;');
    await rm(at('photos/out'), { recursive: true });
    expect((await run('--content', 'photos/**', '-s', 'paintings', '-o', 'stars')).code).toBe(0);
    expect(await made('stars')).toEqual(deep);
  });

  it('say so if they alone have pictures', async () => {
    const { code, stderr } = await run('--content', 'nested', '-s', 'paintings', '-o', 'none');
    expect(code).toBe(1);
    expect(stderr).toContain('received none (nested); its sub-folders have some: add --recursive');
  });
});

it('a folder keeps transparency, and says so, unless it is told the format', async () => {
  const flags = ['--content', 'photos/inner/deep', '-s', 'paintings', '-o', 'clear'];
  expect((await run(...flags)).stderr).toMatch(
    /^wasserfarbe: 1 picture with an alpha channel: written as PNG;/,
  );
  expect((await sharp(at('clear/glass_stylized_klee.png')).metadata()).hasAlpha).toBe(true);
  expect((await run(...flags, '--format', 'jpg')).stderr).toBe('');
  expect(await made('clear')).toContain('glass_stylized_klee.jpg');
});

describe('standard streams', () => {
  const shell = (line: string) => {
    const program = `"${process.execPath}" "${join(root, 'dist', 'cli', 'main.js')}" stylize`;
    const flags = [...model, '--style-size', '32', '--strength', '0'].map((word) => `"${word}"`).join(' ');
    return start('/bin/sh', ['-c', line.replace('wasserfarbe', program).replace('FLAGS', flags)], folder)
      .ended;
  };

  it('take and give a picture, and nothing else', async () => {
    const line = 'wasserfarbe - paintings/klee.png - --format png FLAGS < photos/lake.jpg > piped.png';
    expect(await shell(line)).toEqual({ code: 0, stdout: '', stderr: '' });
    const pixels = (name: string) => sharp(at(name)).raw().toBuffer();
    expect(await pixels('piped.png')).toEqual(await pixels('photos/lake.jpg'));
  });

  it.each([
    ['wasserfarbe - - x.png FLAGS < photos/lake.jpg', /expected one picture for standard input/],
    [
      'wasserfarbe - paintings/klee.png x.png FLAGS < settings.json',
      /expected a whole picture file for standard input/,
    ],
    [
      'wasserfarbe --content photos photos/inner --style paintings/klee.png -o - FLAGS',
      /a folder for --output .* - for 2/,
    ],
    ['wasserfarbe photos/lake.jpg paintings/klee.png - --json FLAGS', /one thing for standard output/],
  ])('%s is refused', async (line, message) => {
    const { code, stdout, stderr } = await shell(line);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });
});

it('completion of bash knows commands, flags and their words', async () => {
  const { stdout, code } = await cli(['completion', 'bash'], folder);
  expect(code).toBe(0);
  const complete = (...words: string[]) =>
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _wasserfarbe; echo "\${COMPREPLY[*]}"`;
  await writeFile(
    at('complete.sh'),
    [
      stdout,
      complete('wasserfarbe', 'sty'),
      complete('wasserfarbe', 'stylize', '--content'),
      complete('wasserfarbe', 'style', 'encode', 'x.jpg', '--method', 'a'),
      complete('wasserfarbe', 'stylize', 'pho'),
    ].join('\n'),
  );
  const shown = await start('bash', ['complete.sh'], folder).ended;
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout.split('\n').slice(0, 4)).toEqual([
    'stylize style',
    '--content --content-size',
    'adain avatar',
    '',
  ]);
  for (const name of ['zsh', 'fish']) {
    expect((await cli(['completion', name], folder)).stdout).toContain('content-size');
  }
});
