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
  for (const seed of [1, 2]) await writeImage(drawnImage(seed, 20, 16), at(`${seed}.png`));
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
  ['gif', 40],
])('writes a second of %s at %d frames a second', async (ending, fps) => {
  const frames = Array.from({ length: fps }, (_, i) => ({
    path: at(`${1 + (i % 2)}.png`),
    start: i / fps,
    duration: 1 / fps,
  }));
  const path = at(`whole.${ending}`);
  await writeAnimation(path, frames, {});
  const { delay = [] } = await sharp(path, { animated: true }).metadata();
  expect(Math.abs(delay.reduce((sum, ms) => sum + ms, 0) - 1000)).toBeLessThan(11);
});
