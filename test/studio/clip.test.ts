/** Clips in the studio: sought, painted whole with their sound, stopped, and animated pictures among them. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { addPictures } from '../../src/video/film-tracks.ts';
import { mediabunny } from '../../src/video/node/mediabunny.ts';
import { openClip } from '../../src/video/node/open-clip.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { axe } from './axe.ts';
import { drop } from './harness.ts';
import { colourOf } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Uneven, as telephones film. */
const STARTS = [0, 0.1, 0.3, 0.4, 0.6, 0.7, 0.9];
const END = 1;
const [WIDTH, HEIGHT] = [160, 120];

/** Of the left half: dark at first, then ever lighter; the right half is its opposite. */
const lightAt = (i: number): number => 0.1 + (0.8 * i) / (STARTS.length - 1);

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

async function drawnFilm(): Promise<Buffer> {
  const bunny = await mediabunny();
  const target = new bunny.BufferTarget();
  const film = new bunny.Output({ format: new bunny.WebMOutputFormat(), target });
  const pictures = addPictures(bunny, film, { codec: 'vp9', quality: 90, bitrate: 1_000_000 });
  const sound = new bunny.AudioSampleSource({ codec: 'opus', bitrate: 64_000 });
  film.addAudioTrack(sound);
  await film.start();
  for (const [i, start] of STARTS.entries()) {
    const halves = (_: unknown, place: number) => (place % WIDTH < WIDTH / 2 ? lightAt(i) : 1 - lightAt(i));
    const data = Float32Array.from({ length: 3 * WIDTH * HEIGHT }, halves);
    await pictures.add({ width: WIDTH, height: HEIGHT, data }, start, (STARTS[i + 1] ?? END) - start);
  }
  const wave = Float32Array.from({ length: 48_000 }, (_, i) => 0.5 * Math.sin(i / 17));
  const about = { format: 'f32', numberOfChannels: 1, sampleRate: 48_000, timestamp: 0 } as const;
  await sound.add(new bunny.AudioSample({ data: wave, ...about }));
  await film.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}

async function drawnGif(): Promise<Buffer> {
  const frames = STARTS.map((_, i) => {
    const own = { r: Math.round(255 * lightAt(i)), g: 90, b: 60 };
    return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: own } })
      .png()
      .toBuffer();
  });
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif({ delay: STARTS.map(() => 100) })
    .toBuffer();
}

/** Frames of a file: when they begin, and the colour of their middle, 0–255. */
async function framesOf(file: Buffer, name: string) {
  const path = join(folder, name);
  await writeFile(path, file);
  const clip = await openClip(path, { fps: 25 });
  const read: { start: number; colour: number[]; width: number; height: number }[] = [];
  for await (const { image, start } of clip.frames()) {
    const { width, height, data } = image;
    const middle = (width * height + width) / 2;
    const colour = [0, 1, 2].map((c) => Math.round(255 * (data[c * width * height + middle] ?? 0)));
    read.push({ start, colour, width, height });
  }
  await clip.close();
  return read;
}

/** Packets of a film's sound. */
async function soundOf(file: Buffer) {
  const bunny = await mediabunny();
  const input = new bunny.Input({
    formats: bunny.ALL_FORMATS,
    source: new bunny.BufferSource(new Uint8Array(file)),
  });
  const track = await input.getPrimaryAudioTrack();
  const packets: number[][] = [];
  if (track !== null) {
    for await (const { data } of new bunny.EncodedPacketSink(track).packets()) packets.push([...data]);
  }
  input.dispose();
  return packets;
}

/** Paints the whole clip that is open, in its own size, and gives the file. */
async function rendered(page: Page): Promise<{ name: string; file: Buffer }> {
  await page.getByRole('button', { name: 'Paint the clip' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await axe(page)).toEqual([]);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Paint it' }).click();
  const came = await coming;
  return { name: came.suggestedFilename(), file: await readFile(await came.path()) };
}

function near(colour: readonly number[], wanted: readonly number[]): boolean {
  return colour.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 8);
}

studioTests('clips', (studio) => {
  let film: Buffer;
  beforeAll(async () => {
    film = await drawnFilm();
  });

  it('are painted whole, with their times and their sound, and shown', async () => {
    const page = await studio.open();
    await drop(page, film, 'clip.webm', 'video/webm');
    const { name, file } = await rendered(page);
    expect(name).toMatch(/^clip-painted\.(mp4|webm)$/);
    await page.getByText(`${STARTS.length} frames are painted, and saved as ${name}.`).waitFor();
    expect(await axe(page)).toEqual([]);
    const frames = await framesOf(file, name);
    expect(frames).toHaveLength(STARTS.length);
    for (const [i, { start, colour, width, height }] of frames.entries()) {
      expect(start).toBeCloseTo(STARTS[i] ?? 0, 2);
      expect([width, height]).toEqual([WIDTH, HEIGHT]);
      expect([colour, near(colour, colourOf('watercolour'))]).toEqual([colour, true]);
    }
    const sound = await soundOf(film);
    expect(sound.length).toBeGreaterThan(40);
    expect(await soundOf(file)).toEqual(sound);
    const shown = await page.evaluate<number>(`document.querySelector('dialog video').duration`);
    expect(shown).toBeCloseTo(END, 1);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('are stopped with what is done, sound and all', async () => {
    const page = await studio.open({ painting: 400 });
    await drop(page, film, 'clip.webm', 'video/webm');
    await page.getByRole('button', { name: 'Paint the clip' }).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Paint it' }).click();
    await page.getByText(/^Frame [23] of 7/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Stop, keep what is done' }).click();
    const file = await readFile(await (await coming).path());
    const frames = await framesOf(file, 'stopped.webm');
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(frames.length).toBeLessThan(STARTS.length);
    const [sound, whole] = [await soundOf(file), await soundOf(film)];
    expect(sound.length).toBeGreaterThan(0);
    expect(sound).toEqual(whole.slice(0, sound.length));
    expect(sound.length).toBeLessThan(whole.length);
  });

  it('may be animated pictures, and single ones stay photographs', async () => {
    const page = await studio.open();
    await drop(page, await drawnGif(), 'dance.gif', 'image/gif');
    await page.getByRole('slider', { name: 'Time in the clip' }).waitFor();
    const { name, file } = await rendered(page);
    const frames = await framesOf(file, name);
    expect(frames.map(({ start }) => Number(start.toFixed(2)))).toEqual(STARTS.map((_, i) => i / 10));
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    const still = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'red' } })
      .gif()
      .toBuffer();
    await drop(page, still, 'still.gif', 'image/gif');
    await page.locator('.live-bar').waitFor({ state: 'hidden' });
    await page.locator('[popovertarget="download-menu"]:enabled').waitFor();
  });

  it('say what is missing to render them', async () => {
    const page = await studio.open();
    await page.route('**/mediabunny.min.mjs', (route) => route.fulfill({ status: 404, body: 'none' }));
    await drop(page, film, 'clip.webm', 'video/webm');
    await page.getByRole('button', { name: 'Paint the clip' }).click();
    await page.getByRole('button', { name: 'Paint it' }).click();
    await page.getByText('npm install mediabunny').waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  });

  it('are sought, and the painting follows', async () => {
    const { page, problems } = await studio.openReal();
    await drop(page, film, 'clip.webm', 'video/webm');
    const slider = page.getByRole('slider', { name: 'Time in the clip' });
    await slider.waitFor();
    await page.getByText(/^\d+\.\d pictures a second/).waitFor();
    expect(await axe(page)).toEqual([]);
    const seek = async (seconds: number) => {
      await slider.evaluate((input: { value: string; dispatchEvent(event: unknown): void }, value) => {
        input.value = `${value}`;
        for (const kind of ['input', 'change']) input.dispatchEvent(new Event(kind));
      }, seconds);
      expect(await slider.getAttribute('aria-valuetext')).toBe(`${seconds.toFixed(1)} of 1.0 seconds`);
    };
    /** How much lighter the left half is painted than the right one, 0–255. */
    const slope = () =>
      page.evaluate<number>(`(() => {
        const canvas = document.querySelector('.stage canvas');
        const light = (x) => {
          const { data } = canvas.getContext('2d').getImageData(x, canvas.height / 2 - 20, 40, 40);
          return data.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (data.length * 0.75);
        };
        return light(canvas.width / 2 - 100) - light(canvas.width / 2 + 60);
      })()`);
    await seek(0.05);
    await expect.poll(slope, { timeout: 30_000 }).toBeLessThan(-30);
    await seek(0.95);
    await expect.poll(slope, { timeout: 30_000 }).toBeGreaterThan(30);
    // It stays paused there.
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    // This test itself reads the canvas again and again.
    expect(problems.filter((text) => !text.includes('willReadFrequently'))).toEqual([]);
  });
});
