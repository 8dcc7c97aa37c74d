import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';

let folder = '';
let model: string[] = [];
const at = (name: string): string => join(folder, name);
const run = (...args: string[]) => cli(['stylize', ...args, ...model, '--style-size', '32'], folder);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-cli-'));
  model = ['--model', await writeRandomModel(folder), '--threads', '1'];
  for (const name of ['photos', 'paintings']) await mkdir(at(name));
  await picture('photos/lake.jpg', 40, 30);
  await picture('photos/hut.png', 33, 21);
  await picture('paintings/klee.png', 32, 32);
  await picture('paintings/monet, late.png', 32, 36);
  await writeFile(at('text.jpg'), 'not a picture');
});

afterAll(() => rm(folder, { recursive: true }));

async function picture(name: string, width: number, height: number): Promise<void> {
  const bytes = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7919) % 251);
  await sharp(bytes, { raw: { width, height, channels: 3 } }).toFile(at(name));
}

describe('one picture', () => {
  it('becomes a file of the content’s size, with one line of output', async () => {
    const { code, stdout, stderr } = await run(
      '--content',
      'photos/lake.jpg',
      '--style',
      'paintings/klee.png',
      '-o',
      'one/out.png',
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^one\/out\.png {2}40×30 {2}[\d.]+ s\n$/);
    expect(code).toBe(0);
    expect(await sharp(at('one/out.png')).metadata()).toMatchObject({ width: 40, height: 30, format: 'png' });
  });

  it('does not replace a file unless forced', async () => {
    await writeFile(at('mine.png'), 'mine');
    const args = ['--content', 'photos/lake.jpg', '--style', 'paintings/klee.png', '-o', 'mine.png'];
    const refused = await run(...args);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toBe(
      'wasserfarbe: expected a new file for --output but received mine.png, which exists; add --force to write over it\n',
    );
    expect(await readFile(at('mine.png'), 'utf8')).toBe('mine');
    expect((await run(...args, '--force')).code).toBe(0);
    expect((await sharp(at('mine.png')).metadata()).width).toBe(40);
  });

  it('is the content itself at strength 0, by any spelling of the flags', async () => {
    const { code } = await run(
      '--content',
      'photos/hut.png',
      '--style',
      'paintings/klee.png',
      '--output=same.png',
      '--Alpha',
      '0',
    );
    expect(code).toBe(0);
    const pixels = (name: string) => sharp(at(name)).raw().toBuffer();
    expect(await pixels('same.png')).toEqual(await pixels('photos/hut.png'));
    const sized = await run(
      '--content',
      'photos/hut.png',
      '--style',
      'paintings/klee.png',
      '-o',
      'sized.jpg',
      '--content_size',
      '42',
      '--quality',
      '50',
    );
    expect(sized.code).toBe(0);
    expect(await sharp(at('sized.jpg')).metadata()).toMatchObject({ width: 66, height: 42, format: 'jpeg' });
  });
});

describe('many pictures', () => {
  it('are every content with every style, from folders, lists and patterns', async () => {
    const names = [
      'hut_stylized_klee',
      'hut_stylized_monet, late',
      'lake_stylized_klee',
      'lake_stylized_monet, late',
    ];
    const folders = await run('--content', 'photos', '--style', 'paintings', '-o', 'cross');
    expect(folders).toMatchObject({ code: 0, stderr: '' });
    expect(await files('cross')).toEqual(names.map((name) => `${name}.jpg`));
    await run(
      '--content',
      'photos/lake.jpg,photos/hut.png',
      '--style',
      'paintings/klee.png',
      '--style',
      'paintings/monet, late.png',
      '-o',
      'lists',
      '--format',
      'webp',
    );
    expect(await files('lists')).toEqual(names.map((name) => `${name}.webp`));
    await run('--content', 'photos/*.jpg', '--style', 'paintings/k?ee.png', '-o', 'patterns/');
    expect(await files('patterns')).toEqual(['lake_stylized_klee.jpg']);
  });

  it('of one name are not written to one file', async () => {
    await mkdir(at('more'));
    await picture('more/lake.png', 20, 20);
    await run(
      '--content',
      'photos/lake.jpg',
      'more/lake.png',
      '--style',
      'paintings/klee.png',
      '-o',
      'names',
    );
    expect(await files('names')).toEqual(['lake_stylized_klee-2.jpg', 'lake_stylized_klee.jpg']);
  });

  it('are painted except for a bad one, which is reported once', async () => {
    const { code, stdout, stderr } = await run(
      '--content',
      'text.jpg,photos/lake.jpg,gone.png',
      '--style',
      'paintings',
      '-o',
      'past',
    );
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'wasserfarbe: expected a picture file for gone.png but received no such file',
      'wasserfarbe: expected a whole picture file for text.jpg but received a file of another kind',
      'wasserfarbe: not painted: 4 of 6 pictures; what failed:',
      '  gone.png',
      '  text.jpg',
    ]);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(await files('past')).toEqual(['lake_stylized_klee.jpg', 'lake_stylized_monet, late.jpg']);
  });

  it('that exist are kept, so that a run can be continued', async () => {
    const before = await stat(at('past/lake_stylized_klee.jpg'));
    const { code, stderr } = await run('--content', 'photos', '--style', 'paintings/klee.png', '-o', 'past');
    expect(code).toBe(0);
    expect(stderr).toBe('wasserfarbe: kept existing files: 1; --force writes over them\n');
    expect((await stat(at('past/lake_stylized_klee.jpg'))).mtimeMs).toBe(before.mtimeMs);
    expect(await files('past')).toContain('hut_stylized_klee.jpg');
  });
});

describe('--json', () => {
  it('prints one document with inputs, outputs, sizes, seconds and errors', async () => {
    const { code, stdout } = await run(
      '--content',
      'text.jpg,photos/lake.jpg',
      '--style',
      'paintings/klee.png',
      '-o',
      'json',
      '--json',
      '--strength',
      '0.5',
    );
    expect(code).toBe(1);
    const error = 'expected a whole picture file for text.jpg but received a file of another kind';
    const style = 'paintings/klee.png';
    expect(JSON.parse(stdout)).toEqual({
      method: 'wasserfarbe',
      model: at('random.safetensors'),
      device: 'cpu',
      strength: 0.5,
      interrupted: false,
      seconds: expect.any(Number),
      results: [
        {
          content: 'text.jpg',
          style,
          output: join('json', 'text_stylized_klee.jpg'),
          status: 'failed',
          error,
        },
        {
          content: 'photos/lake.jpg',
          style,
          output: join('json', 'lake_stylized_klee.jpg'),
          status: 'written',
          width: 40,
          height: 30,
          seconds: expect.any(Number),
        },
      ],
      errors: [error],
    });
  });

  it('prints a document even if nothing can be done', async () => {
    const { code, stdout } = await run('--content', 'gone.png', '--style', 'paintings/klee.png', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      method: null,
      results: [],
      errors: [expect.stringContaining('gone.png')],
    });
  });
});

describe('wrong usage ends with exit code 2 and one line', () => {
  const pair = ['--content', 'photos/lake.jpg', '--style', 'paintings/klee.png'];
  it.each([
    [['stylize', '--contnt', 'a'], "unknown option '--contnt' (Did you mean --content?)"],
    [['stylize', ...pair, '--paint-size', '9'], '--paint-size has gone; use --finest-size'],
    [['stylize', ...pair, '--style-scale=2'], '--style-scale has gone; use --stroke-size'],
    [['stylize', ...pair, '--alhpa', '1'], "unknown option '--alhpa' (Did you mean --alpha?)"],
    [['stilize'], "unknown command 'stilize' (Did you mean stylize?)"],
    [
      ['stylize', '--style', 'a.png'],
      'expected a picture, a folder or a pattern for --content but received nothing',
    ],
    [['stylize', ...pair, '--strength', '1.5'], 'Expected a number from 0 to 1.'],
    [['stylize', ...pair, '--strength='], 'Expected a number from 0 to 1.'],
    [['stylize', ...pair, '--content-size', '2.5'], 'Expected a whole number, 1 or more.'],
    [['stylize', ...pair, '--quality', '92.5'], 'Expected a whole number from 1 to 100.'],
    [['stylize', ...pair, '--device', 'abacus'], 'Allowed choices are auto, cpu, webgpu'],
    [
      ['stylize', ...pair, '-o', 'x.txt'],
      'expected the ending .png, .jpg, .webp, .avif or .tif for --output but received x.txt',
    ],
    [
      ['stylize', ...pair, 'photos/hut.png', '--style', 'photos', '-o', 'x.png'],
      'expected a folder for --output but received x.png for 3 pictures',
    ],
    [['stylize', ...pair, '-o', 'new.png', '--model', 'slimm'], 'for model but received slimm'],
    [
      ['stylize', ...pair, '-o', 'new.png', '--method', 'gatys'],
      'Allowed choices are wasserfarbe, sanet, adain',
    ],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await cli(args, folder);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^wasserfarbe: [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('help', () => {
  it('and version go to stdout and end with exit code 0', async () => {
    const [version, help, bare] = await Promise.all([
      cli(['--version'], folder),
      cli(['stylize', '--help'], folder),
      cli([], folder),
    ]);
    expect(version).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--content-size') });
    expect(bare).toMatchObject({ code: 0, stdout: expect.stringContaining('stylize') });
  });
});

it('keeps 16 bits, and metadata on request; paints a file that ends early, with one warning', async () => {
  const deep = Uint16Array.from({ length: 3 * 40 * 30 }, (_, i) => (i * 7919) % 65_521);
  await sharp(deep, { raw: { width: 40, height: 30, channels: 3 } })
    .toColourspace('rgb16')
    .withExif({ IFD0: { Copyright: 'Ada' } })
    .png()
    .toFile(at('deep.png'));
  const style = ['--style', 'paintings/'];
  expect((await run('--content', 'deep.png', ...style, '-o', 'deep', '--format', 'png')).code).toBe(0);
  const made = await sharp(at('deep/deep_stylized_klee.png')).metadata();
  expect(made).toMatchObject({ depth: 'ushort', width: 40, height: 30 });
  expect(made.exif).toBeUndefined();
  const kept = await run(
    '--content',
    'deep.png',
    ...style,
    '-o',
    'kept',
    '--format',
    'tif',
    '--keep-metadata',
  );
  expect(kept.stderr).toBe('');
  await sharp(at('photos/lake.jpg'))
    .resize(300, 200)
    .jpeg()
    .withExif({ IFD0: { Copyright: 'Ada' } })
    .toFile(at('whole.jpg'));
  const jpeg = await run('--content', 'whole.jpg', ...style, '-o', 'kept', '--keep-metadata');
  expect(jpeg.code).toBe(0);
  const { exif } = await sharp(at('kept/whole_stylized_klee.jpg')).metadata();
  expect(exif?.toString('latin1')).toContain('Ada');
  const bytes = await readFile(at('whole.jpg'));
  await writeFile(at('short.jpg'), bytes.subarray(0, bytes.length * 0.7));
  const short = await run('--content', 'short.jpg', ...style, '-o', 'short');
  expect(short.code).toBe(0);
  expect(short.stderr.trim().split('\n')).toHaveLength(1);
  expect(short.stderr).toContain('short.jpg');
});

describe('one picture in several styles', () => {
  const both = ['--content', 'photos/lake.jpg', '--style', 'paintings/'];
  const pixels = (name: string) => sharp(at(name)).removeAlpha().raw().toBuffer();

  it('is a mixture by weights, named after all of them', async () => {
    const { code, stderr, stdout } = await run(...both, '-o', 'mix', '--style-interpolation-weights', '2,1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^mix\/lake_stylized_klee\+monet, late\.jpg {2}40×30/);
  });

  it('shows each style where its mask is white, and the content where none is', async () => {
    await sharp({ create: { width: 40, height: 30, channels: 3, background: '#000' } })
      .composite([
        { input: { create: { width: 10, height: 30, channels: 3, background: '#fff' } }, left: 0, top: 0 },
      ])
      .toFile(at('left.png'));
    await sharp(at('photos/lake.jpg')).toFile(at('lake.png'));
    const one = ['--content', 'lake.png', '--style', 'paintings/klee.png'];
    expect((await run(...one, '-o', 'masked.png', '--mask', 'left.png')).stderr).toBe('');
    const [made, content] = [await pixels('masked.png'), await pixels('lake.png')];
    const column = (data: Buffer, x: number) => data.filter((_, i) => Math.floor(i / 3) % 40 === x);
    expect(column(made, 30)).toEqual(column(content, 30));
    expect(column(made, 2)).not.toEqual(column(content, 2));
    await copyFile(at('left.png'), at('left,half.png'));
    expect((await run(...one, '-o', 'comma.png', '--mask', 'left,half.png')).stderr).toBe('');
    expect(await pixels('comma.png')).toEqual(made);
    expect((await run(...one, '-o', 'mapped.png', '--strength-map', 'left.png')).stderr).toBe('');
    expect(await pixels('mapped.png')).toEqual(made);
    // A shape on clear ground is the usual mask of a paint program.
    await sharp({ create: { width: 40, height: 30, channels: 4, background: '#ffffff00' } })
      .composite([
        { input: { create: { width: 10, height: 30, channels: 4, background: '#fff' } }, left: 0, top: 0 },
      ])
      .toFile(at('clear.png'));
    expect((await run(...one, '-o', 'cut.png', '--mask', 'clear.png')).stderr).toBe('');
    expect(await pixels('cut.png')).toEqual(made);
    // What is drawn over the whole photograph is cropped with it: the middle square begins at column 5.
    expect((await run(...one, '-o', 'square.png', '--crop', '--mask', 'left.png')).stderr).toBe('');
    const square = await pixels('square.png');
    const edge = (x: number) => square.filter((_, i) => Math.floor(i / 3) % 30 === x);
    expect(edge(2)).not.toEqual(column(content, 7));
    expect(edge(8)).toEqual(column(content, 13));
  });

  it('keeps the colours of the content, and paints at another size and in tiles', async () => {
    const one = ['--content', 'photos/lake.jpg', '--style', 'paintings/klee.png'];
    for (const [name, ...flags] of [
      ['luma.png', '--preserve-color', 'luma'],
      ['coral.png', '--preserve-color', 'coral', '--style-size', '256'],
      ['small.png', '--finest-size', '20', '--stroke-size', '0.5', '--follow-detail', '0', '--detail', '0'],
      ['tiled.png', '--tile', '200', '--max-memory', '1.5GB'],
    ]) {
      expect(await run(...one, '-o', name ?? '', ...flags)).toMatchObject({ code: 0, stderr: '' });
      expect(await sharp(at(name ?? '')).metadata()).toMatchObject({ width: 40, height: 30 });
    }
  });

  it.each([
    [
      ['--style-interpolation-weights', '1,2,3'],
      'expected one for each of 2 styles for --style-interpolation-weights but received 3',
    ],
    [
      ['--style-interpolation-weights', '1,-2'],
      'Expected numbers from 0.001 to 1000 with commas between them',
    ],
    [['--mask', 'left.png'], 'expected one for each of 2 styles for --mask but received 1'],
    [['--mask', 'gone.png,gone.png'], 'expected a picture file for gone.png but received no such file'],
    [['--max-memory', 'much'], 'Expected a number of bytes, as in 2GB'],
    [['--tile', 'none'], 'Expected a whole number'],
  ])('is refused with %j', async (flags, message) => {
    const { code, stderr } = await run(...both, '-o', 'refused', ...flags);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

it('ends properly at Ctrl-C: no half files, and a report of its progress', async () => {
  await mkdir(at('large'));
  for (let i = 0; i < 12; i++) await picture(`large/${i}.png`, 400, 300);
  const running = startCli(
    ['stylize', '--content', 'large', '--style', 'paintings', '-o', 'stopped', ...model],
    folder,
  );
  await firstFile('stopped');
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  const written = await readdir(at('stopped'));
  expect(stderr).toBe(`wasserfarbe: interrupted after ${written.length} pictures\n`);
  expect(written.length).toBeLessThan(24);
  for (const name of written)
    expect((await sharp(at(join('stopped', name))).stats()).channels).toHaveLength(3);
});

it('ends at Ctrl-C although it waits for a standard input that does not end', async () => {
  const args = ['--content', 'photos/lake.jpg', '-', '--style', 'paintings/klee.png', '--format', 'jpg'];
  const running = startCli(['stylize', ...args, '-o', 'waiting', ...model], folder, {}, 'pipe');
  await firstFile('waiting');
  running.kill('SIGINT');
  expect(await running.ended).toMatchObject({
    code: 130,
    stderr: 'wasserfarbe: interrupted after 1 pictures\n',
  });
});

async function files(name: string): Promise<string[]> {
  return (await readdir(at(name))).sort();
}

async function firstFile(name: string): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    const found = await readdir(at(name)).catch(() => []);
    if (found.some((file) => file.endsWith('.jpg'))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nothing was written');
}
