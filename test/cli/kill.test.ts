/**
 * Processes killed at random moments: what was written is whole, nothing stands in the way of the next run,
 * and that ends with the same files. `KILLS=50 npx vitest run test/cli/kill` kills each 50 times,
 * `KILL_SEED=7` at other moments.
 */

import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RandomGenerator, stream, uniformFloat64 } from '../../src/random.ts';
import { readCheckpoint } from '../../src/training/node/checkpoint.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';
import { temporaryFolder, writePictures } from '../helpers/pictures.ts';

const KILLS = Number(process.env.KILLS ?? 1);
const SEED = Number(process.env.KILL_SEED ?? 1);
const timeout = 60_000 + KILLS * 20_000;

let folder = '';
let model: string[] = [];
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = ['--model', await writeRandomModel(folder), '--threads', '1'];
  await writePictures(at('photos'), 'photo', KILLS > 5 ? 40 : 12, { width: 96, height: 64 });
  await mkdir(at('styles'));
  await copyFile(at('photos', 'photo-00.png'), at('styles', 's.png'));
  await writePictures(at('set'), 'set', 3, { seed: 5 });
});

afterAll(() => rm(folder, { recursive: true }));

/** The share of a run's time that the commands take before they do anything, about. */
const BEGINNING_MS = 250;

/** Starts a command and kills it, unless it ends before. Gives its exit code then. */
async function killed(
  args: readonly string[],
  random: RandomGenerator,
  most: number,
): Promise<number | undefined> {
  const running = startCli(args, folder);
  const timer = setTimeout(() => running.kill('SIGKILL'), BEGINNING_MS + uniformFloat64(random) * most);
  const { code, stderr } = await running.ended;
  clearTimeout(timer);
  if (code === 'SIGKILL') return undefined;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('internal') });
  return 0;
}

/** The files of a folder that are no leftovers, with their bytes. */
async function filesIn(name: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(at(name)).catch(() => [])).filter((file) => !file.startsWith('.'));
  return Object.fromEntries(
    await Promise.all(names.sort().map(async (file) => [file, await readFile(at(name, file))])),
  );
}

describe.each([
  [
    'a folder run',
    ['stylize', '--content', 'photos', '--style', 'styles', '--format', 'png', '--skip-existing'],
    1200,
  ],
  ['style encoding', ['style', 'encode', 'photos'], 1200],
] as const)('%s', (what, command, most) => {
  it(`is taken up again after each of ${KILLS} kills, with the same files`, { timeout }, async () => {
    const [whole, part] = [`${command[0]}-whole`, `${command[0]}-part`];
    const args = [...command, ...model, '--style-size', '32', '-o'];
    expect(await cli([...args, whole], folder)).toMatchObject({ code: 0, stderr: '' });
    const expected = await filesIn(whole);
    const random = stream(SEED, what);
    for (let kills = 0; kills < KILLS; ) {
      if ((await killed([...args, part], random, most)) === 0) await rm(at(part), { recursive: true });
      else kills++;
      for (const [file, bytes] of Object.entries(await filesIn(part))) {
        expect(bytes.equals(expected[file] ?? Buffer.alloc(0)), file).toBe(true);
      }
    }
    expect((await cli([...args, part], folder)).code).toBe(0);
    expect(await filesIn(part)).toEqual(expected);
  });
});

describe('training', () => {
  it(`goes on after each of ${KILLS} kills, to the same weights`, { timeout: 2 * timeout }, async () => {
    const flags = ['--stage', 'distil', '--content-dir', 'set', '--style-dir', 'set', '--threads', '1'];
    const small = ['--crop-size', '32', '--region-min', '24', '--batch-size', '1', '--log-every', '1'];
    const held = ['--holdout-contents', '1', '--holdout-styles', '1', '--save-minutes', '0.0001'];
    const iterations = ['--iterations', '30'];
    const args = (run: string) => [
      'train',
      ...flags,
      ...small,
      ...held,
      ...iterations,
      '--save-dir',
      `runs/${run}`,
    ];
    expect(await cli(args('whole'), folder)).toMatchObject({ code: 0, stderr: '' });
    const checkpoint = at('runs/part', 'checkpoint.safetensors');
    const again = () => (existsSync(checkpoint) ? ['--resume'] : []);
    const random = stream(SEED, 'training');
    const compare = async (): Promise<void> => {
      const [whole, part] = await Promise.all(
        ['whole', 'part'].map((run) => readCheckpoint(at(`runs/${run}`, 'checkpoint.safetensors'))),
      );
      expect(part?.step).toBe(whole?.step);
      expect(part?.states).toEqual(whole?.states);
      const model = (run: string) => readFile(at(`runs/${run}`, 'model.safetensors'));
      expect((await model('part')).equals(await model('whole'))).toBe(true);
    };
    let steps = 0;
    for (let kills = 0; kills < KILLS; ) {
      if ((await killed([...args('part'), ...again()], random, 2500)) === 0) {
        // It was quicker: the next one begins anew.
        await compare();
        await rm(at('runs/part'), { recursive: true });
        steps = 0;
      } else kills++;
      if (!existsSync(checkpoint)) continue;
      const { step } = await readCheckpoint(checkpoint);
      expect(step).toBeGreaterThanOrEqual(steps);
      steps = step;
    }
    expect(await cli([...args('part'), ...again()], folder)).toMatchObject({ code: 0, stderr: '' });
    await compare();
    const log = (await readFile(at('runs/part', 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((line) => JSON.parse(line).step)).toEqual(log.map((_, i) => i + 1));
    expect(await readdir(at('runs/part'))).not.toContain('run.lock');
  });
});
