/** `wasserfarbe stylize --refine`: steps or seconds, folders, and Ctrl-C, which loses nothing. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../helpers/pictures.ts';

let folder = '';
let model = '';
const at = (name: string): string => join(folder, name);
const arguments_ = (...args: string[]) => [
  ...['stylize', '--content', 'photos', '--style', 'paintings', '--format', 'png', '--model', model],
  ...['--threads', '1', ...args],
];
const run = (...args: string[]) => cli(arguments_(...args), folder);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = await writeRandomModel(folder);
  await writePictures(at('photos'), 'photo', 2);
  await writePictures(at('paintings'), 'painting', 1);
});
const isPicture = (name: string) => name.endsWith('.png');
afterAll(() => rm(folder, { recursive: true }));

it('refines every picture of a folder, the same for the same seed', async () => {
  const { code, stdout, stderr } = await run('-o', 'out', '--refine', '2');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n')).toHaveLength(2);
  expect((await run('-o', 'again', '--refine', '2')).code).toBe(0);
  expect((await run('-o', 'other', '--refine', '2', '--seed', '7')).code).toBe(0);
  expect((await run('-o', 'plain')).code).toBe(0);
  const pixels = (name: string) => sharp(at(name)).raw().toBuffer();
  for (const name of await readdir(at('out'))) {
    const made = await pixels(`out/${name}`);
    expect(await pixels(`again/${name}`)).toEqual(made);
    expect(await pixels(`other/${name}`)).not.toEqual(made);
    expect(await pixels(`plain/${name}`)).not.toEqual(made);
  }
});

it('writes what is done at Ctrl-C', { timeout: 120_000 }, async () => {
  const running = startCli(arguments_('-o', 'stopped', '--refine', '5s'), folder);
  const written = async () => (await readdir(at('stopped')).catch(() => [])).filter(isPicture).length;
  while ((await written()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  // The second picture is being refined.
  const begun = performance.now();
  running.kill('SIGINT');
  const { code, stdout } = await running.ended;
  expect(performance.now() - begun).toBeLessThan(4500);
  expect(code).toBe(130);
  expect(stdout.trim().split('\n')).toHaveLength(2);
  expect(await written()).toBe(2);
});

it('refines by the method that is named, and through the network that is given', async () => {
  await writeTinyLossNetwork(at('loss.safetensors'));
  const gatys = ['--refine', '2', '--refine-method', 'gatys'];
  expect(await run('-o', 'gatys', ...gatys)).toMatchObject({ code: 0, stderr: '' });
  expect(await run('-o', 'vgg', ...gatys, '--loss-network', 'loss.safetensors')).toMatchObject({ code: 0 });
  expect(await run('-o', 'sliced', '--refine', '2')).toMatchObject({ code: 0 });
  const [name = ''] = (await readdir(at('gatys'))).filter(isPicture);
  const pixels = (folder: string) =>
    sharp(at(`${folder}/${name}`))
      .raw()
      .toBuffer();
  const made = await Promise.all(['gatys', 'vgg', 'sliced'].map(pixels));
  expect(new Set(made.map((data) => data.toString('base64'))).size).toBe(3);
  const { code, stderr } = await run('-o', 'no', '--refine', '2', '--refine-method', 'gatis');
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toContain('gatys');
});

it('refuses other words for a time, and styles that are encoded', async () => {
  for (const time of ['5x', '0', '-3s', '1.5']) {
    expect((await run('-o', 'no', `--refine=${time}`)).stderr).toContain(
      'Expected a number of steps, as in 50, or of seconds, as in 30s.',
    );
  }
  const encoding = ['style', 'encode', 'paintings', '-o', 'painting.style', '--model', model];
  expect((await cli(encoding, folder)).code).toBe(0);
  const { code, stderr } = await cli(
    ['stylize', '-c', 'photos', '-s', 'painting.style', '-o', 'no', '--refine', '2', '--model', model],
    folder,
  );
  expect(code).toBe(2);
  expect(stderr).toContain('expected a style picture for refine but received an encoded style');
});
