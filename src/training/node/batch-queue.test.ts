/** Batches are the same whenever, in whatever order, in whatever thread, and from wherever they are made. */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { BatchQueue } from './batch-queue.ts';
import { Batches, type BatchPlan } from './batches.ts';
import { openDataset, type Resizing } from './dataset.ts';
import { Gate } from './gate.ts';

let folder: string;
let plan: BatchPlan;
const resizing: Resizing = { shortSide: 40, resize: 'short-side' };

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder, 'content'), 'content', 5, { seed: 1, width: 80, height: 60 });
  await writePictures(join(folder, 'style'), 'style', 7, { seed: 100 });
  const whole = await sharp(join(folder, 'style', 'style-00.png'))
    .jpeg()
    .toBuffer();
  await writeFile(join(folder, 'style', 'short.jpg'), whole.subarray(0, whole.length - 200));
  const open = async (kind: string) => {
    const options = { ...resizing, minimumSide: 24, cacheDir: join(folder, 'cache') };
    return (await openDataset(join(folder, kind), options)).pictures;
  };
  plan = {
    pictures: { content: await open('content'), style: await open('style') },
    ...{ seed: 3, batchSize: 3, draws: 2, resizing },
    cropping: { size: 32, regionMin: 24, regionMax: 40, mirror: true },
  };
});
afterAll(() => rm(folder, { recursive: true }));

/** The draws of four steps in the order of a training. */
const order = [0, 1, 2, 3].flatMap((step) => [
  [step, 1],
  [step, 0],
]) as [number, number][];

/** Batches made one after the other in this thread, without a cache, and the lines that came. */
async function oneByOne(own = plan) {
  const lines: string[] = [];
  const batches = new Batches(own, (line) => lines.push(line));
  const made = [];
  for (const [step, draw] of order) made.push(await batches.batch(step, draw));
  return { made, lines };
}

/** Batches of the queue, with a pause before each. */
async function queued(own: BatchPlan, wishes = order, pause = 0) {
  const lines: string[] = [];
  const queue = new BatchQueue(own, (line) => lines.push(line));
  const made = [];
  try {
    for (const [step, draw] of wishes) {
      await setTimeout(pause);
      made.push(await queue.batch(step, draw));
    }
    return { made, lines, waited: queue.waited };
  } finally {
    await queue.close();
  }
}

describe('batches', () => {
  it('are the same in another order, in a thread, at any speed, with a cache and from it', async () => {
    const { made } = await oneByOne();
    expect(new Set(made.map(({ content }) => content.join())).size).toBe(order.length);
    const backwards = new Batches(plan, () => {});
    const last = await Promise.all(order.toReversed().map(([step, draw]) => backwards.batch(step, draw)));
    expect(last.toReversed()).toEqual(made);
    const cache = { folder: join(folder, 'kept'), room: 20_000 };
    for (const [own, pause] of [
      [plan, 0],
      [plan, 40],
      [{ ...plan, cache }, 0],
      [{ ...plan, cache: { ...cache, room: 0 } }, 5],
    ] as const) {
      expect((await queued(own, order, pause)).made).toEqual(made);
    }
    const kept = (await readdir(cache.folder, { recursive: true })).filter((name) => name.endsWith('.rgb'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(4);
  });

  it('are those that are set in a thread too: squares, not mirrored, with any number of draws', async () => {
    const { made: plain } = await oneByOne();
    for (const changed of [
      { resizing: { ...resizing, resize: 'square' } as const },
      { cropping: { ...plan.cropping, mirror: false } },
      { draws: 6 },
    ]) {
      const own = { ...plan, ...changed };
      const { made } = await queued(own);
      expect(made).toEqual((await oneByOne(own)).made);
      expect(made).not.toEqual(plain);
    }
  });

  it('are made again if they are asked for again, and from any step', async () => {
    const { made } = await oneByOne();
    const wishes: [number, number][] = [
      [2, 0],
      [0, 0],
      [2, 0],
      [2, 1],
    ];
    const again = await queued(plan, wishes);
    expect(again.made).toEqual([made[5], made[1], made[5], made[4]]);
    expect(again.waited).toBeGreaterThan(0);
  });

  it('have the next picture for a damaged one, which is said once', async () => {
    const { made, lines } = await oneByOne();
    expect(lines).toEqual([expect.stringMatching(/^skipped short\.jpg: expected a whole picture file/)]);
    const thread = await queued(plan);
    expect(thread.made).toEqual(made);
    expect(thread.lines).toEqual(lines);
    expect(made.every(({ style }) => style.every(Number.isFinite))).toBe(true);
  });

  it('find the only whole picture of a folder, wherever it is in the order', async () => {
    const style = plan.pictures.style.filter(({ name }) => /short\.jpg|style-00/.test(name));
    expect(style).toHaveLength(2);
    const batches = new Batches({ ...plan, pictures: { ...plan.pictures, style } }, () => {});
    for (let step = 0; step < 20; step++) await expect(batches.batch(step, 0)).resolves.toBeDefined();
  });

  it('end with a line if no picture can be decoded', async () => {
    const style = plan.pictures.style.filter(({ name }) => name === 'short.jpg');
    const own = { ...plan, pictures: { ...plan.pictures, style } };
    await expect(queued(own)).rejects.toThrow(
      'expected style pictures that can be decoded for a training folder but received 1 damaged ones',
    );
  });

  it('can be left while others are being made', async () => {
    const queue = new BatchQueue(plan, () => {});
    await queue.batch(0, 1);
    await queue.close();
    await expect(queue.batch(9, 0)).rejects.toThrow('pictures can no longer be decoded');
  });
});

it('a gate lets through in order what has room, and what is too large alone', async () => {
  const gate = new Gate(10);
  const log: string[] = [];
  let now = 0;
  let most = 0;
  const work = (name: string, cost: number) =>
    gate.pass(cost, async () => {
      log.push(name);
      now += cost;
      most = Math.max(most, cost > 10 ? 10 + now - cost : now);
      await setTimeout(5);
      now -= cost;
    });
  await Promise.all([work('a', 4), work('b', 4), work('huge', 99), work('c', 4), work('d', 6), work('e', 1)]);
  expect(log).toEqual(['a', 'b', 'huge', 'c', 'd', 'e']);
  expect(most).toBe(10);
  await expect(gate.pass(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.pass(10, async () => 'free again')).toBe('free again');
  const waiting = [work('f', 10), work('g', 10)];
  await setTimeout(0);
  gate.close();
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
