/** Batches without a server: parts painted by processes that are killed, stopped, and begun again. */

import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { collected, expectAll, plan, quick, writeBatchInputs } from '../helpers/batches.ts';
import { cli, startCli } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const PICTURES = 24;
let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const reader = (batch: string) => (output: string) => readFile(at(batch, output));
const one = ['--painters', '1'];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeBatchInputs(folder, PICTURES);
});
afterAll(() => rm(folder, { recursive: true }));

/** The painting files of a batch; hidden ones are what killed processes were writing. */
async function painted(batch: string): Promise<string[]> {
  const names = await readdir(at(batch, 'painted')).catch(() => []);
  return names.filter((name) => !name.startsWith('.'));
}

/** Waits until a batch has so many paintings. */
async function until(batch: string, count: number): Promise<void> {
  await vi.waitFor(async () => expect((await painted(batch)).length).toBeGreaterThanOrEqual(count), {
    ...{ timeout: 60_000, interval: 20 },
  });
}

it('gives every painting once, as the folder run does, whoever is killed', async () => {
  expect(await plan(folder, 'killed', '--chunk', '5')).toMatchObject({
    code: 0,
    stdout: `killed  ${2 * (PICTURES + 1)} paintings in 5 chunks, of which 0 are done\n`,
  });
  for (const kill of [2, 9, 20, 33]) {
    const shards = [0, 1].map((i) =>
      startCli(['batch', 'run', 'killed', '--shard', `${i}/2`, ...one], folder),
    );
    await until('killed', kill);
    for (const shard of shards) shard.kill('SIGKILL');
    for (const { ended } of shards) await ended;
  }
  const incomplete = await collected(folder, 'killed');
  expect(incomplete.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('not painted yet: ') });
  for (const i of [0, 1]) {
    const shard = await cli(['batch', 'run', 'killed', '--shard', `${i}/2`, ...one], folder);
    expect(shard.code).toBe(0);
  }
  const { ended, lines } = await collected(folder, 'killed');
  expect(lines).toHaveLength(2 * (PICTURES + 1));
  await expectAll(folder, lines, reader('killed'));
  expect(await painted('killed')).toHaveLength(2 * PICTURES);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/48 painted, 2 failed, 0 missing\n {2}expected .*photo-broken\.png.*\n$/);
  const quarantine = (await readFile(at('killed', 'quarantine.ndjson'), 'utf8')).trim().split('\n');
  expect(quarantine.map((line) => JSON.parse(line).style)).toEqual(['s0', 's1']);
});

it('begun again does nothing, and planned again keeps what is done', async () => {
  await plan(folder, 'again', '--chunk', '5');
  const manifest = await readFile(at('again', 'manifest.ndjson'), 'utf8');
  expect((await cli(['batch', 'run', 'again', ...one], folder)).code).toBe(0);
  const before = (await painted('again')).sort();
  expect(await cli(['batch', 'run', 'again'], folder)).toMatchObject({
    ...{ code: 0, stderr: '', stdout: 'again: nothing left of 5 chunks\n' },
  });
  expect((await plan(folder, 'again', '--chunk', '5')).stdout).toContain('5 chunks, of which 5 are done');
  expect(await readFile(at('again', 'manifest.ndjson'), 'utf8')).toBe(manifest);

  // Other chunks of the same paintings find these.
  await plan(folder, 'again', '--chunk', '7');
  const run = await cli(['batch', 'run', 'again', ...one], folder);
  expect(run.stdout).toContain(`0 paintings, ${2 * PICTURES} there before, 2 failed`);
  // Other options give other paintings.
  await plan(folder, 'again', '--strength', '0.5');
  await cli(['batch', 'run', 'again', ...one], folder);
  expect((await painted('again')).filter((name) => !before.includes(name))).toHaveLength(2 * PICTURES);
});

it('ends by SIGTERM after the pictures at work, and goes on with the rest', async () => {
  await plan(folder, 'ended');
  const run = startCli(['batch', 'run', 'ended', ...one], folder);
  await until('ended', 3);
  run.kill('SIGTERM');
  const { code, stderr, stdout } = await run.ended;
  expect({ code, stderr }).toEqual({
    code: 130,
    stderr:
      'wasserfarbe: ending after the pictures at work\nwasserfarbe: interrupted; the same command goes on\n',
  });
  const [, count] = /0 chunks done, (\d+) paintings/.exec(stdout) ?? [];
  expect(await painted('ended')).toHaveLength(Number(count));
  expect(Number(count)).toBeLessThan(2 * PICTURES);
  const rest = await cli(['batch', 'run', 'ended', ...one], folder);
  expect(rest.stdout).toContain(`1 chunks done, ${2 * PICTURES - Number(count)} paintings, ${count} there`);
});

it('names the picture with which workers die', async () => {
  await plan(folder, 'deadly');
  const poison = 'photo-11.png';
  const id = (await readdir(at('deadly', 'chunks')))[0]?.replace('.ndjson', '') ?? '';
  /** Plays the system that ends a process for its memory, whenever it has come to that picture. */
  const die = async () => {
    const began = Date.now();
    const run = startCli(['batch', 'run', 'deadly', ...one], folder);
    const mark = at('deadly', 'marks', `${id}.json`);
    const watch = setInterval(async () => {
      // That of the one before does not count.
      const written = (await stat(mark).catch(() => undefined))?.mtimeMs ?? 0;
      const text = written < began ? '{}' : await readFile(mark, 'utf8');
      const part: string[] = JSON.parse(text || '{}').part ?? [];
      const done = (await painted('deadly')).map((name) => name.split('_')[0] ?? '');
      const first = part.find((path) => !done.some((name) => path.includes(name)));
      if (first?.endsWith(poison)) run.kill('SIGKILL');
    }, 5);
    const { code } = await run.ended;
    clearInterval(watch);
    return code;
  };
  let deaths = 0;
  while ((await die()) !== 0) expect(++deaths).toBeLessThan(12);
  expect(deaths).toBeGreaterThan(1);
  const { lines, ended } = await collected(folder, 'deadly');
  expect(ended.stderr).toContain(`${poison}: three workers have died with it, each alone with it`);
  await expectAll(folder, lines, reader('deadly'), /broken|photo-11/);
});

it('planned again does not take its own files, when it lies among the pictures', async () => {
  await mkdir(at('own-files'));
  await writeFile(at('own-files', 'a.png'), await readFile(at('photos', 'photo-03.png')));
  const planned = () => plan(folder, 'own-files', '--content', 'own-files', '--recursive');
  const first = await planned();
  const manifest = await readFile(at('own-files', 'manifest.ndjson'), 'utf8');
  await mkdir(at('own-files', 'painted', 'in'), { recursive: true });
  await writeFile(at('own-files', 'painted', 'in', 'b.png'), await readFile(at('photos', 'photo-03.png')));
  expect(await planned()).toEqual(first);
  expect(first.stdout).toContain('2 paintings in 1 chunks');
  expect(await readFile(at('own-files', 'manifest.ndjson'), 'utf8')).toBe(manifest);
  expect((await plan(folder, 'own-files', '--content', 'own-files/painted', '--recursive')).stderr).toContain(
    'expected pictures for --content but received none but those of the batch itself',
  );
});

describe('a picture', () => {
  it('that was removed or changed after planning is named', async () => {
    await mkdir(at('own'));
    for (const name of ['a', 'b', 'c']) {
      await writeFile(at('own', `${name}.png`), await readFile(at('photos', 'photo-03.png')));
    }
    await plan(folder, 'changed', '--content', 'own');
    await rm(at('own', 'a.png'));
    await writeFile(at('own', 'b.png'), await readFile(at('photos', 'photo-04.png')));
    expect((await cli(['batch', 'run', 'changed', ...one], folder)).code).toBe(0);
    const { lines, ended } = await collected(folder, 'changed');
    expect(lines.map(({ error }) => error)).toEqual([
      ...Array(2).fill(
        `expected the picture that was planned for ${at('own/a.png')} but received no such file`,
      ),
      ...Array(2).fill(
        `expected the picture that was planned for ${at('own/b.png')} but received another one; plan the batch anew`,
      ),
      ...Array(2).fill(undefined),
    ]);
    expect(ended.code).toBe(1);
  });

  it('known by its date is another one after a touch', async () => {
    await mkdir(at('dated'));
    for (const name of ['a.png', 'b.png']) {
      await writeFile(at('dated', name), await readFile(at('photos', 'photo-03.png')));
    }
    await plan(folder, 'touched', '--content', 'dated', '--by-date');
    await utimes(at('dated', 'b.png'), 1, 1);
    await cli(['batch', 'run', 'touched', ...one], folder);
    const { lines } = await collected(folder, 'touched');
    expect(lines.map(({ error }) => error?.includes('received another one'))).toEqual([
      ...[undefined, undefined, true, true],
    ]);
  });

  it('of a name that others have, and of a folder in a folder, has a painting of its own', async () => {
    await mkdir(at('deep', 'in'), { recursive: true });
    await writeFile(at('deep', 'a.png'), await readFile(at('photos', 'photo-05.png')));
    await writeFile(at('deep', 'a.webp'), await readFile(at('photos', 'photo-06.png')));
    await writeFile(at('deep', 'in', 'a.png'), await readFile(at('photos', 'photo-05.png')));
    await plan(folder, 'names', '--content', 'deep', '--recursive');
    await cli(['batch', 'run', 'names', ...one], folder);
    const { lines, ended } = await collected(folder, 'names');
    expect(ended.code).toBe(0);
    expect(new Set(lines.map(({ output }) => output)).size).toBe(6);
    expect(lines.filter(({ output }) => output?.startsWith('painted/in/a_stylized_s'))).toHaveLength(2);
  });
});

it('mixes styles as the folder run does', async () => {
  const mixed = ['--style-interpolation-weights', '2,1', '--content', 'photos/photo-05.png'];
  await plan(folder, 'mixed', ...mixed);
  await cli(['batch', 'run', 'mixed', ...one], folder);
  const { lines } = await collected(folder, 'mixed');
  expect(lines.map(({ style }) => style)).toEqual(['s0+s1.mix']);
  const args = ['--style', 'styles', '--model', './random.safetensors', ...quick, '--threads', '1'];
  await cli(['stylize', ...mixed, ...args, '-o', 'mixed.png'], folder);
  expect((await readFile(at('mixed.png'))).equals(await reader('mixed')(lines[0]?.output ?? ''))).toBe(true);
});

it('says how far it is', async () => {
  await plan(folder, 'far', '--chunk', '13');
  await cli(['batch', 'run', 'far', '--shard', '1/2', ...one], folder);
  expect((await cli(['batch', 'status', 'far'], folder)).stdout).toBe(
    'chunks     1 of 2 done\npaintings  24 of 50 done: 22 painted, 2 failed\n',
  );
  expect(JSON.parse((await cli(['batch', 'status', 'far', '--json'], folder)).stdout)).toEqual({
    ...{ chunks: { done: 1, all: 2 }, paintings: { done: 24, all: 50, failed: 2 } },
  });
});
