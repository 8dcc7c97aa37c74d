/** What results are made of: it is never written over, nor painted twice, and its faults are told. */

import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readImage, writeImage } from '../../src/images/node/image-file.ts';
import { toInterleaved } from '../../src/images/image.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, root, start } from '../helpers/package.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
let model: string[] = [];
const at = (...names: string[]) => join(folder, ...names);
const run = (...args: string[]) => cli([...args, ...model], folder);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = ['--model', await writeRandomModel(folder), '--threads', '1', '--style-size', '32'];
  for (const [i, name] of ['p.jpg', 's.jpg', 't.jpg', 'mask.png'].entries()) {
    await writeImage(drawnImage(i, 64, 48), at(name));
  }
  const whole = await readFile(at('s.jpg'));
  await writeFile(at('cut.jpg'), whole.subarray(0, 0.7 * whole.length));
  await symlink('p.jpg', at('link.jpg'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('input stays as it is', () => {
  it.each([
    ['the content', ['stylize', 'p.jpg', 's.jpg', 'p.jpg']],
    ['the content behind a link', ['stylize', 'p.jpg', 's.jpg', 'link.jpg']],
    ['the style', ['stylize', 'p.jpg', 's.jpg', 's.jpg']],
    ['a mask', ['stylize', 'p.jpg', 's.jpg', 'mask.png', '--mask', 'mask.png']],
    ['the style of a sheet', ['sheet', '-c', 'p.jpg', '-s', 's.jpg', '-o', 's.jpg']],
  ])('with --force too: %s', async (_, args) => {
    const names = ['p.jpg', 's.jpg', 'mask.png'];
    const before = await Promise.all(names.map((name) => readFile(at(name))));
    const ended = await run(...args, '--force');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(
      /^[^\n]*expected another place than that of the input for --output[^\n]*\n$/,
    );
    expect(await Promise.all(names.map((name) => readFile(at(name))))).toEqual(before);
  });

  it('models that are averaged too', async () => {
    const [, file = ''] = model;
    const before = await readFile(file);
    const ended = await cli(['weights', 'average', file, file, '-o', file, '--force'], folder);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('expected another place') });
    expect(await readFile(file)).toEqual(before);
  });

  it('a style that is baked into an exported network too', async () => {
    await copyFile(at('s.jpg'), at('s.onnx'));
    const ended = await cli(['export', '--style', 's.onnx', '-o', 's.onnx', '--force'], folder);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('expected another place') });
    expect(await readFile(at('s.onnx'))).toEqual(await readFile(at('s.jpg')));
  });
});

it('results in the folder of the contents, or of the styles, are not painted again', async () => {
  const left = 'left out 1 picture that this command itself writes, such as ';
  for (const [own, ...args] of [
    ['photos', '--content', 'photos', '--style', 's.jpg'],
    ['paintings', '--content', 'p.jpg', '--style', 'paintings'],
  ] as const) {
    await mkdir(at(own));
    await copyFile(at('t.jpg'), at(own, 't.jpg'));
    expect(await run('stylize', ...args, '-o', own)).toMatchObject({ code: 0, stderr: '' });
    const before = (await readdir(at(own))).sort();
    expect(before).toHaveLength(2);
    for (const flags of [['--force'], ['--skip-existing']]) {
      const again = await run('stylize', ...args, '-o', own, ...flags);
      expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining(left) });
      expect((await readdir(at(own))).sort()).toEqual(before);
    }
  }
  await mkdir(at('sheets'));
  await copyFile(at('p.jpg'), at('sheets', 'p.jpg'));
  for (let i = 0; i < 2; i++) {
    const ended = await run('sheet', '-c', 'sheets', '-s', 's.jpg', '-o', 'sheets/sheet.png', '--force');
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1×1 pictures') });
  }
});

it('a style that is cut short is painted with a warning, and encoded with one', async () => {
  const warned = {
    code: 0,
    stderr: expect.stringMatching(/^wasserfarbe: cut\.jpg ends before its picture does[^\n]*\n$/),
  };
  expect(await run('stylize', 'p.jpg', 'cut.jpg', 'cut.png')).toMatchObject(warned);
  expect(await run('style', 'encode', 'cut.jpg', '-o', 'cut.style')).toMatchObject(warned);
  expect(await run('sheet', '-c', 'cut.jpg', '-s', 'cut.jpg', '-o', 'cut.webp')).toMatchObject(warned);
});

it('a style that is named twice comes twice in a mixture and in a clip, and once from folders', async () => {
  const mixed = async (name: string, weights: string, ...styles: string[]) => {
    const flags = ['--style', ...styles, '--style-interpolation-weights', weights, '-o', name];
    expect(await run('stylize', '--content', 'p.jpg', ...flags)).toMatchObject({ code: 0, stderr: '' });
    return toInterleaved(await readImage(at(name)));
  };
  const twice = await mixed('twice.png', '1,2,1', 's.jpg', 't.jpg', 's.jpg');
  const once = await mixed('once.png', '1,1', 's.jpg', 't.jpg');
  const difference = twice.map((value, i) => Math.abs(value - (once[i] ?? 0)));
  expect(Math.max(...difference)).toBeLessThanOrEqual(1);
  await mkdir(at('both'));
  await copyFile(at('s.jpg'), at('both', 's.jpg'));
  expect(await mixed('folder.png', '1', 'both', 'both/s.*')).toBeDefined();
  await sharp([at('p.jpg'), at('s.jpg'), at('t.jpg')], { join: { animated: true } }).toFile(at('clip.gif'));
  const starts = ['--style-starts', '0.1,0.2', '--fade', '0'];
  const clip = await run('video', 'clip.gif', '-s', 's.jpg', 't.jpg', 's.jpg', ...starts, '-o', 'aba.gif');
  expect(clip).toMatchObject({ code: 0, stderr: '' });
});

it('counts pictures whose style or content was not found', async () => {
  const ended = await run('stylize', '-c', 'p.jpg', '-s', 's.jpg', 't.jpg', 'none.jpg', '-o', 'counted');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('not painted: 1 of 3 pictures; what failed:\n  none.jpg\n');
});

describe('says in one line what is wrong with', () => {
  it.each([
    [['p.jpg', 's.jpg', '-o', ''], 'expected a value for --output but received an empty text'],
    [['--content', '', '-s', 's.jpg'], 'expected a value for --content but received an empty text'],
    [['p.jpg', ''], 'expected a value for stylize but received an empty text'],
    [['p.jpg', 's.jpg', 'x.png', '--refine-method', 'gatys'], 'expected --refine for --refine-method'],
    [['p.jpg', 's.jpg', 'x.png', '--loss-network', 'x'], 'expected --refine for --loss-network'],
    [['p.jpg', 's.jpg', 'x.png', '--style-interpolation-weights', '1e308'], 'numbers from 0.001 to 1000'],
  ])('stylize %o', async (args, line) => {
    const ended = await run('stylize', ...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(line);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  it.runIf(process.platform === 'linux')('a full disk behind the standard output', async () => {
    const painting = [join(root, 'dist', 'cli', 'main.js'), 'stylize', 'p.jpg', 's.jpg', '-', ...model];
    const command = [process.execPath, ...painting].map((word) => `'${word}'`).join(' ');
    const full = await start('sh', ['-c', `${command} > /dev/full`], folder).ended;
    expect(full).toMatchObject({
      code: 1,
      stderr: 'wasserfarbe: expected room for standard output but received a full disk\n',
    });
    const closed = await start('sh', ['-c', `${command} | true`], folder).ended;
    expect(closed).toMatchObject({ code: 0, stderr: '' });
  });
});
