/** Batches of drawn pictures: what they should give, and what they gave. */

import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { writeRandomModel } from './model.ts';
import { cli, type Ended } from './package.ts';
import { writePictures } from './pictures.ts';

/** A line of `batch collect`. */
export interface CollectedLine {
  readonly picture: string;
  readonly style: string;
  readonly chunk: string;
  readonly output?: string;
  readonly error?: string;
}

/** Options of painting that make it quick. */
export const quick = ['--style-size', '32', '--finest-size', '64'];

/**
 * Writes `count` photographs, one that is none, two styles and a tiny model into `folder`, and paints them as
 * a folder into `expected`.
 */
export async function writeBatchInputs(folder: string, count: number): Promise<void> {
  await writeRandomModel(folder);
  await writePictures(join(folder, 'photos'), 'photo', count);
  await writeFile(join(folder, 'photos', 'photo-broken.png'), '\x89PNG\r\n\x1a\nand then nothing');
  await mkdir(join(folder, 'styles'));
  for (const i of [0, 1])
    await copyFile(join(folder, 'photos', `photo-0${i}.png`), join(folder, 'styles', `s${i}.png`));
  const args = ['--content', 'photos', '--style', 'styles', '--model', './random.safetensors', ...quick];
  await cli(['stylize', ...args, '--format', 'png', '--threads', '1', '-o', 'expected'], folder);
  expect(await readdir(join(folder, 'expected'))).toHaveLength(2 * count);
}

/** Plans the inputs as a batch. */
export async function plan(folder: string, batch: string, ...flags: string[]): Promise<Ended> {
  const args = ['--style', 'styles', '--model', './random.safetensors', ...quick, '--format', 'png'];
  const content = flags.includes('--content') ? [] : ['--content', 'photos'];
  return cli(['batch', 'plan', ...content, ...args, '-o', batch, ...flags], folder);
}

/** What `batch collect` prints. */
export async function collected(
  folder: string,
  batch: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ ended: Ended; lines: CollectedLine[] }> {
  const ended = await cli(['batch', 'collect', batch], folder, env);
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  return { ended, lines: lines.map((line) => JSON.parse(line)) };
}

/**
 * Checks that every painting is there once and has the bytes of the folder run, and that only pictures with
 * `bad` in their names lack.
 *
 * @param read the bytes of a painting by its key
 */
export async function expectAll(
  folder: string,
  lines: readonly CollectedLine[],
  read: (output: string) => Promise<Uint8Array>,
  bad = /broken/,
): Promise<void> {
  const good = lines.filter(({ picture }) => !bad.test(picture));
  expect(lines.filter(({ error }) => error !== undefined).map(({ picture }) => basename(picture))).toEqual(
    lines.filter((line) => !good.includes(line)).map(({ picture }) => basename(picture)),
  );
  expect(new Set(good.map(({ output }) => output)).size).toBe(good.length);
  for (const { picture, style, output = '' } of good) {
    const name = `${basename(picture, '.png')}_stylized_${style}.png`;
    const expected = await readFile(join(folder, 'expected', name));
    expect(expected.equals(await read(output)), name).toBe(true);
  }
}
