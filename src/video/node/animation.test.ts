import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { writeImage } from '../../images/node/image-file.ts';
import { openAnimation, writeAnimation } from './animation.ts';

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const seed of [1, 2, 3, 4]) await writeImage(drawnImage(seed, 20, 16), at(`${seed}.png`));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['as it is', 16, 0.016],
  ['as browsers show it', 10, 0.1],
])('takes a delay %s', async (_, delay, seconds) => {
  const path = at(`${delay}.webp`);
  await sharp([at('1.png'), at('2.png')], { join: { animated: true } })
    .webp({ delay: [delay, delay] })
    .toFile(path);
  const clip = await openAnimation(path, { fps: 24 });
  expect(clip.seconds).toBeCloseTo(2 * seconds, 6);
  await clip.close();
});

it.each([
  ['webp', 60],
  ['webp', 120],
  ['gif', 40],
  ['gif', 60],
])('writes a second of %s at %d frames a second', async (ending, fps) => {
  const frames = Array.from({ length: fps }, (_, i) => ({
    path: at(`${1 + (i % 4)}.png`),
    start: i / fps,
    duration: 1 / fps,
  }));
  const path = at(`whole.${ending}`);
  await writeAnimation(path, frames, {});
  const { delay = [] } = await sharp(path, { animated: true }).metadata();
  expect(Math.abs(delay.reduce((sum, ms) => sum + ms, 0) - 1000)).toBeLessThan(11);
});

it('writes nothing if it is aborted while it encodes', async () => {
  const aborting = new AbortController();
  const frames = [1, 2].map((n) => ({ path: at(`${n}.png`), start: n - 1, duration: 1 }));
  const written = writeAnimation(at('aborted.gif'), frames, { signal: aborting.signal });
  aborting.abort();
  await expect(written).rejects.toBe(aborting.signal.reason);
  expect(existsSync(at('aborted.gif'))).toBe(false);
});

it('shows the frames that last, where others are too brief', async () => {
  const frames = [0.1, 0.005, 0.5, 0.004].map((duration, i) => ({
    ...{ path: at(`${1 + i}.png`), start: 0, duration },
  }));
  await writeAnimation(at('brief.webp'), frames, { quality: 100 });
  const { delay } = await sharp(at('brief.webp'), { animated: true }).metadata();
  expect(delay).toEqual([105, 504]);
  const shown = await sharp(at('brief.webp'), { page: 1 }).removeAlpha().raw().toBuffer();
  const far = await Promise.all(
    frames.map(async ({ path }) => {
      const own = await sharp(path).removeAlpha().raw().toBuffer();
      return own.reduce((sum, value, k) => sum + Math.abs(value - (shown[k] ?? 0)), 0);
    }),
  );
  expect(far.indexOf(Math.min(...far))).toBe(2);
});
