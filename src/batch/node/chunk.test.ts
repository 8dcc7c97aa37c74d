/** Chunks painted by workers that paint nothing, end, die, or find the store full. */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { writeRandomModel } from '../../../test/helpers/model.ts';
import { packageManifest } from '../../files/package.ts';
import { type Batch, paintChunk } from './chunk.ts';
import { FolderStore } from './folder-store.ts';
import { type Painting, type PlannedPicture, readChunk, readManifest } from './manifest.ts';
import { writePlan } from './plan.ts';
import { linesOf, receipted } from './receipts.ts';
import { StoreError } from './store.ts';
import type { Outcome } from './workshop.ts';

let folder = '';
let model = '';
let batch: Batch;
let chunk = '';
let count = 0;
const { version } = packageManifest();
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await temporaryFolder();
  model = await writeRandomModel(folder);
  await writePictures(join(folder, 'styles'), 's', 2);
});
afterAll(() => rm(folder, { recursive: true }));

/** Pictures that exist only by name. */
function pictures(names: number): PlannedPicture[] {
  return Array.from({ length: names }, (_, i) => ({
    ...{ picture: `/p/${i}.png`, identity: `sha256:${i}`, name: `${i}`, ending: 'png' },
  }));
}

async function planned(names: number, chunk = 64): Promise<Batch> {
  const store = new FolderStore(join(folder, `batch-${count++}`));
  const styles = [0, 1].map((i) => ({
    name: `s${i}`,
    parts: [{ path: join(folder, 'styles', `s-0${i}.png`) }],
  }));
  const manifest = await writePlan(store, { model, options: {}, styles, pictures: pictures(names), chunk });
  return { store, manifest };
}

beforeEach(async () => {
  batch = await planned(16);
  chunk = batch.manifest.chunks[0]?.chunk ?? '';
});

class Death extends Error {}

/** A worker: `deadly` kills it, `bad` is no picture, and so on; the rest is painted. */
function worker(does: Partial<Record<string, 'deadly' | 'bad' | 'missing' | 'full'>> = {}) {
  const painted: string[] = [];
  return {
    painted,
    lanes: 2,
    async paint(paintings: readonly Painting[]): Promise<Outcome[]> {
      const outcomes: Outcome[] = [];
      for (const { picture, style, output } of paintings) {
        const names = { picture: picture.picture, style: style.style };
        const what = does[picture.name];
        if (what === 'full') throw new StoreError('no room');
        if (what === 'bad') outcomes.push({ ...names, error: 'bad', reason: 'picture' });
        else if (what === 'missing') outcomes.push({ ...names, error: 'missing', reason: 'missing' });
        else {
          await batch.store.put(output, new Uint8Array([1]));
          painted.push(output);
          outcomes.push({ ...names, output, width: 1, height: 1, seconds: 1 });
        }
      }
      return outcomes;
    },
  };
}

/** Paints the chunk by workers that die with some pictures; returns how many have died. */
async function deaths(deadly: readonly string[], bad: readonly string[] = []): Promise<number> {
  for (let died = 0; died < 40; died++) {
    const own = worker(Object.fromEntries(bad.map((name) => [name, 'bad'])));
    // What a killed process would have done after its death must not happen: the mark is not taken back.
    let dead = false;
    const put = FolderStore.prototype.put.bind(batch.store);
    batch.store.put = async (key, bytes) => {
      if (dead) throw new Death();
      await put(key, bytes);
    };
    const paint = async (paintings: readonly Painting[]) => {
      if (paintings.some(({ picture }) => deadly.includes(picture.name))) dead = true;
      if (dead) throw new Death();
      return own.paint(paintings);
    };
    const end = await paintChunk(batch, chunk, { ...own, paint }, never).catch((error: unknown) => {
      if (!dead) throw error;
      return undefined;
    });
    batch.store.put = put;
    if (end === 'done') return died;
  }
  throw new Error('it goes on for ever');
}

async function lines() {
  const all = [];
  for await (const own of linesOf(batch)) all.push(...own);
  return all;
}

it('is painted once, and its receipt says so', async () => {
  const own = worker();
  expect(await paintChunk(batch, chunk, own, never)).toBe('done');
  expect(own.painted).toHaveLength(32);
  expect(new Set(own.painted).size).toBe(32);
  expect(await paintChunk(batch, chunk, worker({ 0: 'full' }), never)).toBe('done before');
  expect((await lines()).map(({ output }) => output)).toEqual(own.painted.sort(byOrder));
  expect(await receipted(batch)).toEqual(new Set([chunk]));
});

/** The order of the plan. */
function byOrder(a: string, b: string): number {
  const at = (name: string) => Number(/painted\/(\d+)/.exec(name)?.[1]) + (name.includes('_s1-') ? 0.5 : 0);
  return at(a) - at(b);
}

it('is not painted again where a picture is there', async () => {
  await deaths([]);
  await rm(join(batch.store.address, 'receipts'), { recursive: true });
  const again = worker();
  const [first] = (await readdir(join(batch.store.address, 'painted'))).sort();
  await rm(join(batch.store.address, 'painted', first ?? ''));
  expect(await paintChunk(batch, chunk, again, never)).toBe('done');
  expect(again.painted).toEqual([`painted/${first}`]);
});

describe('a bad picture', () => {
  it('is in the receipt and not tried again', async () => {
    expect(await paintChunk(batch, chunk, worker({ 3: 'bad' }), never)).toBe('done');
    const failed = (await lines()).filter(({ error }) => error !== undefined);
    expect(failed.map(({ picture, style }) => [picture, style])).toEqual([
      ['/p/3.png', 's0'],
      ['/p/3.png', 's1'],
    ]);
  });

  it('that is gone is named; if all are gone, it is the machine’s fault and nothing is written down', async () => {
    await paintChunk(batch, chunk, worker({ 3: 'missing' }), never);
    expect((await lines()).filter(({ error }) => error === 'missing')).toHaveLength(2);
    batch = await planned(3);
    chunk = batch.manifest.chunks[0]?.chunk ?? '';
    const blind = worker({ 0: 'missing', 1: 'missing', 2: 'missing' });
    await expect(paintChunk(batch, chunk, blind, never)).rejects.toThrow(
      /^expected a picture that can be painted for chunk .* but received none; missing; look at this machine/,
    );
    expect(await receipted(batch)).toEqual(new Set());
    expect(await paintChunk(batch, chunk, worker(), never)).toBe('done');
  });
});

describe('a picture with which workers die', () => {
  it.each([0, 7, 15])('is found by halving, wherever it is: %i', async (place) => {
    // In a part of 16, 8, 4, 2, and three times in one of 1; in fewer the later it comes.
    expect(await deaths([`${place}`])).toBeLessThanOrEqual(7);
    const all = await lines();
    expect(all.filter(({ output }) => output !== undefined)).toHaveLength(30);
    expect(new Set(all.flatMap(({ error, picture }) => (error ? [picture] : [])))).toEqual(
      new Set([`/p/${place}.png`]),
    );
  });

  it('does not hide a second one', async () => {
    await deaths(['4', '9']);
    const bad = (await lines()).flatMap(({ error, picture }) => (error ? [picture] : []));
    expect([...new Set(bad)]).toEqual(['/p/4.png', '/p/9.png']);
  });

  it('is found among bad ones, which every worker tries again', async () => {
    expect(await deaths(['4'], ['0', '3', '9'])).toBeLessThanOrEqual(8);
    const bad = (await lines()).flatMap(({ error, picture }) => (error ? [picture] : []));
    expect([...new Set(bad)]).toEqual(['/p/0.png', '/p/3.png', '/p/4.png', '/p/9.png']);
  });

  it('is not one with which a worker has died once, by chance', async () => {
    let chance = true;
    const own = worker();
    const paint = async (paintings: readonly Painting[]) => {
      if (chance && paintings[0]?.picture.name === '5') {
        chance = false;
        batch.store.put = () => Promise.reject(new Death());
        throw new Death();
      }
      return own.paint(paintings);
    };
    await expect(paintChunk(batch, chunk, { ...own, paint }, never)).rejects.toThrow(Death);
    batch.store.put = FolderStore.prototype.put;
    expect(await paintChunk(batch, chunk, worker(), never)).toBe('done');
    expect((await lines()).every(({ output }) => output !== undefined)).toBe(true);
  });
});

it('has no bad picture because others, who are slow, have it at work', async () => {
  batch = await planned(2);
  chunk = batch.manifest.chunks[0]?.chunk ?? '';
  // Three workers seem to have died, each alone with the first picture.
  const mark = { part: ['/p/0.png'], deaths: { '/p/0.png': 2 }, poison: [] };
  await batch.store.put(`marks/${chunk}.json`, new TextEncoder().encode(JSON.stringify(mark)));
  const [own, slow] = [worker(), worker()];
  const paintings = await readChunk(batch.store, batch.manifest, chunk);
  const first = paintings.filter(({ picture }) => picture.name === '0');
  const paint = async (part: readonly Painting[]) => {
    await slow.paint(first);
    return own.paint(part);
  };
  expect(await paintChunk(batch, chunk, { ...own, paint }, never)).toBe('done');
  expect(own.painted).toHaveLength(2);
  expect((await lines()).map(({ output }) => output).sort()).toEqual(
    [...slow.painted, ...own.painted].sort(),
  );
});

it('is handed back by an interruption, and done by the next', async () => {
  const controller = new AbortController();
  const own = worker();
  const paint = (paintings: readonly Painting[]) => {
    if (own.painted.length >= 6) controller.abort();
    return controller.signal.aborted ? Promise.resolve([]) : own.paint(paintings);
  };
  expect(await paintChunk(batch, chunk, { ...own, paint }, controller.signal)).toBe('handed back');
  const rest = worker();
  expect(await paintChunk(batch, chunk, rest, never)).toBe('done');
  expect(own.painted.length + rest.painted.length).toBe(32);
  expect(rest.painted.length).toBeGreaterThan(0);
});

it('fails without a receipt if the store does, and without a death', async () => {
  await expect(paintChunk(batch, chunk, worker({ 3: 'full' }), never)).rejects.toThrow('no room');
  const mark = await batch.store.get(`marks/${chunk}.json`);
  expect(JSON.parse(new TextDecoder().decode(mark))).toMatchObject({ part: [], deaths: {}, poison: [] });
  expect(await paintChunk(batch, chunk, worker(), never)).toBe('done');
});

it('whose file was changed is refused', async () => {
  const path = join(batch.store.address, 'chunks', `${chunk}.ndjson`);
  const text = new TextDecoder().decode(await batch.store.get(`chunks/${chunk}.ndjson`));
  await writeFile(path, text.replace('/p/3.png', '/p/x.png'));
  await expect(paintChunk(batch, chunk, worker(), never)).rejects.toThrow(/as it was planned/);
  await writeFile(path, text.replace('"name":"3"', '"name":"../3"'));
  await expect(paintChunk(batch, chunk, worker(), never)).rejects.toThrow(/a path inside of the batch/);
});

describe('a plan', () => {
  const ids = (own: Batch) => own.manifest.chunks.map(({ chunk }) => chunk);

  it('has ids that say what is painted', async () => {
    const [first, same] = [await planned(16), await planned(16)];
    expect(ids(same)).toEqual(ids(first));
    const { store } = first;
    const base = { model, chunk: 64, pictures: pictures(16) };
    const styles = [0, 1].map((i) => ({
      name: `s${i}`,
      parts: [{ path: join(folder, 'styles', `s-0${i}.png`) }],
    }));
    const [other, more] = [pictures(16), pictures(17)];
    other[3] = { ...(other[3] as PlannedPicture), identity: 'sha256:x' };
    const seen = new Set(ids(first));
    for (const change of [
      { options: { strength: 0.5 }, styles },
      { options: {}, styles: styles.slice(1) },
      {
        options: {},
        styles: styles.map((style) => ({
          ...style,
          parts: [{ ...style.parts[0], path: style.parts[0]?.path ?? '', weight: 2 }],
        })),
      },
      { options: {}, styles, pictures: other },
      { options: {}, styles, pictures: more },
      { options: {}, styles, model: await writeRandomModel(folder, undefined, { name: 'other', seed: 2 }) },
    ]) {
      const { chunks } = await writePlan(store, { ...base, ...change });
      for (const { chunk } of chunks) {
        expect(seen.has(chunk)).toBe(false);
        seen.add(chunk);
      }
    }
  });

  it('keeps the chunks that it shares with one before', async () => {
    const few = await planned(16, 8);
    const more = await planned(20, 8);
    expect(ids(more).slice(0, 2)).toEqual(ids(few));
  });

  it('is read as it was written, by its version alone', async () => {
    expect(await readManifest(batch.store, version)).toEqual(batch.manifest);
    const paintings = await readChunk(batch.store, batch.manifest, chunk);
    expect(paintings).toHaveLength(32);
    await expect(readManifest(batch.store, '9.9.9')).rejects.toThrow(
      `expected wasserfarbe ${version}, which has planned this batch, for ${batch.store.address} but received 9.9.9`,
    );
  });

  it('makes chunks of more than 16 styles', async () => {
    const parts = [{ path: join(folder, 'styles', 's-00.png') }];
    const styles = Array.from({ length: 20 }, (_, i) => ({ name: `s${i}`, parts }));
    const own = {
      store: batch.store,
      manifest: await writePlan(batch.store, {
        model,
        options: {},
        styles,
        pictures: pictures(3),
        chunk: 64,
      }),
    };
    expect(own.manifest.chunks.map(({ paintings }) => paintings)).toEqual([48, 12]);
  });
});
