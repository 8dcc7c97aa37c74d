import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { toInterleaved } from '../../images/image.ts';
import { readImage, writeImage } from '../../images/node/image-file.ts';
import { turned } from '../turned.ts';
import { checkAnimation, openAnimation, writeAnimation } from './animation.ts';
import type { Clip } from './clip.ts';
import { openClip } from './open-clip.ts';

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

async function imagesOf(clip: Clip) {
  const images = [];
  for await (const { image } of clip.frames()) images.push(image);
  await clip.close();
  return images;
}

/** An animation of which only a share is there. */
async function cutAt(share: number, ending: 'gif' | 'webp'): Promise<string> {
  const whole = await sharp([at('1.png'), at('2.png')], { join: { animated: true } })
    .toFormat(ending)
    .toBuffer();
  const path = at(`cut-${share}.${ending}`);
  await writeFile(path, whole.subarray(0, Math.floor(share * whole.length)));
  return path;
}

it('turns frames upright', async () => {
  const path = at('turned.webp');
  await sharp([at('1.png'), at('2.png')], { join: { animated: true } })
    .withMetadata({ orientation: 6 })
    .webp({ lossless: true })
    .toFile(path);
  const clip = await openAnimation(path, { fps: 25 });
  expect(clip).toMatchObject({ width: 16, height: 20, count: 2 });
  const images = await imagesOf(clip);
  const wanted = await Promise.all([1, 2].map(async (n) => turned(await readImage(at(`${n}.png`)), 90)));
  expect(images.map(toInterleaved)).toEqual(wanted.map(toInterleaved));
});

it('reads a GIF that ends in its first frame as far as it goes', async () => {
  const warnings: string[] = [];
  const path = await cutAt(0.48, 'gif');
  const clip = await openClip(path, { fps: 25, onWarning: (line) => warnings.push(line) });
  expect(clip).toMatchObject({ width: 20, height: 16, count: 1 });
  const [{ alpha = [] } = {}, ...others] = await imagesOf(clip);
  expect(others).toEqual([]);
  expect([alpha[0], alpha.at(-1)]).toEqual([1, 0]);
  expect(warnings).toEqual([
    `${path} ends before its pictures do: the rest is missing; fetch or export it again`,
  ]);
});

it.each([
  ['gif', 0.02],
  ['webp', 0.02],
  ['webp', 0.3],
  ['webp', 0.9],
] as const)('says that a %s of which %d is there is damaged', async (ending, share) => {
  const read = openClip(await cutAt(share, ending), { fps: 25 }).then(imagesOf);
  await expect(read).rejects.toThrow(/^expected a whole picture file for .* but received a damaged one/);
});

it('says which frame is damaged', async () => {
  const path = await cutAt(1, 'webp');
  const bytes = await readFile(path);
  const second = bytes.lastIndexOf('ANMF');
  bytes.fill(0xff, second + 24 + 8 + 10);
  await writeFile(path, bytes);
  const read = openClip(path, { fps: 25 }).then(imagesOf);
  await expect(read).rejects.toThrow(
    `expected a whole picture file for frame 2 of ${path} but received a damaged one`,
  );
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

it('says before it is painted that an animation is too large for the memory', () => {
  const clip = { width: 1920, height: 1080, count: 1000, seconds: 40 };
  expect(() => checkAnimation('long.gif', clip, 16e9)).not.toThrow();
  // Of briefer frames some are left out.
  expect(() => checkAnimation('brief.gif', { ...clip, seconds: 4 }, 4e9)).not.toThrow();
  expect(() => checkAnimation('long.gif', clip, 4e9)).toThrow(
    /4\.0 GB of free memory for long\.gif but received 1000 frames of 1920×1080 pixels, which take 10\.4 GB; write \.mp4, or a folder$/,
  );
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
