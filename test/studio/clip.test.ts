/** Clips in the studio: sought, painted whole with their sound, stopped, and animated pictures among them. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../helpers/pictures.ts';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { drawnFilm, END, framesOf, HEIGHT, lightAt, soundOf, STARTS, WIDTH } from './drawn-film.ts';
import { drop, unfold, whole } from './harness.ts';
import { colourOf } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

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
    await page.evaluate(`{
      globalThis.spoken = [];
      const hear = () => {
        for (const { textContent } of document.querySelectorAll('dialog [role=status]')) spoken.push(textContent);
      };
      new MutationObserver(hear).observe(document.body, { subtree: true, childList: true, characterData: true });
    }`);
    const { name, file } = await rendered(page);
    expect(name).toMatch(/^clip-painted\.(mp4|webm)$/);
    await page.getByText(`${STARTS.length} frames are painted, and saved as ${name}.`).waitFor();
    expect(await page.evaluate<string[]>('spoken')).not.toContainEqual(expect.stringMatching(/^Frame/));
    expect(await axe(page)).toEqual([]);
    const frames = await framesOf(file, join(folder, name));
    expect(frames).toHaveLength(STARTS.length);
    for (const [i, { start, colour, width, height }] of frames.entries()) {
      expect(start).toBeCloseTo(STARTS[i] ?? 0, 2);
      expect([width, height]).toEqual([WIDTH, HEIGHT]);
      expect([colour, near(colour, colourOf('impasto'))]).toEqual([colour, true]);
    }
    // Colours that are broken would stay where they are while things move.
    expect(await page.evaluate('movingPainted')).toBeGreaterThan(STARTS.length);
    const sound = await soundOf(film);
    expect(sound.length).toBeGreaterThan(40);
    expect(await soundOf(file)).toEqual(sound);
    const shown = await page.evaluate<number>(`document.querySelector('dialog video').duration`);
    expect(shown).toBeCloseTo(END, 1);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('leave their buttons where they are from the first moment on', async () => {
    const page = await studio.open({ painting: 400 });
    await page.evaluate(`{
      window.places = new Set();
      const look = () => {
        const button = [...document.querySelectorAll('.live-bar button')].find((one) => one.offsetParent);
        const { x, y } = button?.getBoundingClientRect() ?? {};
        if (button) window.places.add(x + ' ' + y);
        requestAnimationFrame(look);
      };
      look();
    }`);
    await drop(page, film, 'clip.webm', 'video/webm');
    await page.getByText('pictures a second').waitFor();
    expect(await page.evaluate<string[]>('[...window.places]')).toHaveLength(1);
  });

  it('leave their buttons where they are while the rate changes, and at a pause', async () => {
    const page = await studio.open();
    await drop(page, film, 'clip.webm', 'video/webm');
    const [rate, button] = [page.locator('.rate'), page.locator('.live-bar button:visible').first()];
    await button.waitFor();
    const places: unknown[] = [];
    for (const text of [
      'Getting ready …',
      '9.9 pictures a second, 96 px',
      '119.9 pictures a second, 1080 px',
      '',
    ]) {
      await rate.evaluate((element: { textContent: string }, words) => {
        element.textContent = words;
      }, text);
      places.push(await button.boundingBox());
    }
    expect(places).toEqual(places.map(() => places[0]));
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    expect(await button.boundingBox()).toEqual(places[0]);
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
    const frames = await framesOf(file, join(folder, 'stopped.webm'));
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(frames.length).toBeLessThan(STARTS.length);
    const [sound, whole] = [await soundOf(file), await soundOf(film)];
    expect(sound.length).toBeGreaterThan(0);
    expect(sound).toEqual(whole.slice(0, sound.length));
    expect(sound.length).toBeLessThan(whole.length);
  });

  it('are saved up to a frame that cannot be painted, and say why they end there', async () => {
    const page = await studio.open({ before: 'globalThis.framesThatWork = 3' });
    await drop(page, film, 'clip.webm', 'video/webm');
    const { file } = await rendered(page);
    await page.getByText(/^That did not work: card lost\.? 3 frames are painted, and saved as/).waitFor();
    expect(await framesOf(file, join(folder, 'lost.webm'))).toHaveLength(3);
    await page.evaluate('globalThis.framesThatWork = 0');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'Paint the clip' }).click();
    await page.getByRole('button', { name: 'Paint it' }).click();
    await page.getByText(/^That did not work: card lost\.?$/).waitFor();
  });

  it('are painted by one method, and again when a mask is undone at a pause', async () => {
    const page = await studio.open();
    await drop(page, await drawnPng(70, 60), 'photo.png', 'image/png');
    await whole(page);
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    await page.locator('.stage canvas').click();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await drop(page, film, 'clip.webm', 'video/webm');
    await page.getByText('pictures a second').waitFor();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await page.waitForTimeout(500);
    const before = await page.evaluate<number>('framesPainted');
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.evaluate('framesPainted'), { timeout: 10_000 }).toBe(before + 1);
    await unfold(page, 'Compare');
    expect(await page.getByRole('radio', { name: 'All three' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    expect(await page.getByRole('radio', { name: 'All three' }).isDisabled()).toBe(false);

    // A comparison is there again after a clip.
    await page.getByRole('radio', { name: 'All three' }).check();
    await drop(page, film, 'clip.webm', 'video/webm');
    await page.getByText('pictures a second').waitFor();
    expect(await page.getByRole('radio', { name: 'Ours' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    expect(await page.getByRole('radio', { name: 'All three' }).isChecked()).toBe(true);
  });

  it('may be animated pictures, and single ones stay photographs', async () => {
    const page = await studio.open();
    await drop(page, await drawnGif(), 'dance.gif', 'image/gif');
    await page.getByRole('slider', { name: 'Time in the clip' }).waitFor();
    const { name, file } = await rendered(page);
    const frames = await framesOf(file, join(folder, name));
    expect(frames.map(({ start }) => Number(start.toFixed(2)))).toEqual(STARTS.map((_, i) => i / 10));
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    const still = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'red' } })
      .gif()
      .toBuffer();
    await drop(page, still, 'still.gif', 'image/gif');
    await page.locator('.live-bar').waitFor({ state: 'hidden' });
    await page.locator('[popovertarget="download-menu"]:enabled').waitFor();
  });

  it('never override what was opened after them, however slowly they open, and are closed', async () => {
    // Counts decoders that are open; each frame takes a while.
    const page = await studio.open({
      before: `
        const { decode, close } = ImageDecoder.prototype;
        globalThis.decoded = 0;
        globalThis.decoders = new Set();
        ImageDecoder.prototype.decode = async function (...all) {
          decoders.add(this);
          decoded++;
          await new Promise((done) => setTimeout(done, 100));
          return decode.apply(this, all);
        };
        ImageDecoder.prototype.close = function () {
          decoders.delete(this);
          close.call(this);
        };`,
    });
    const gif = await drawnGif();
    const decoders = () => page.evaluate<number>('decoders.size');
    await drop(page, gif, 'dance.gif', 'image/gif');
    await expect.poll(() => page.evaluate('decoded'), { timeout: 20_000 }).toBeGreaterThan(2);
    await drop(page, await drawnPng(70, 60), 'photo.png', 'image/png');
    await whole(page);
    await expect.poll(decoders, { timeout: 20_000 }).toBe(0);
    // Time for a clip that would still come.
    await page.waitForTimeout(1500);
    expect(await page.locator('.live-bar').isVisible()).toBe(false);
    expect(await decoders()).toBe(0);

    await drop(page, gif, 'dance.gif', 'image/gif');
    await expect.poll(decoders, { timeout: 20_000 }).toBeGreaterThan(0);
    await drop(page, film, 'clip.webm', 'video/webm');
    const slider = page.getByRole('slider', { name: 'Time in the clip' });
    await slider.waitFor();
    await expect.poll(decoders, { timeout: 20_000 }).toBe(0);
    await page.waitForTimeout(1500);
    expect(await decoders()).toBe(0);
    // The film still plays: it is a second long, and the picture 0.7.
    expect(Number(await slider.getAttribute('max'))).toBeCloseTo(END, 1);
  });

  it('show the frame of the newest settings, though an older one takes longer', async () => {
    // The slow one is of the mosaic's colour.
    const page = await studio.open({
      before: `
        const { createImageBitmap: make } = globalThis;
        globalThis.late = 0;
        globalThis.createImageBitmap = async (source, ...rest) => {
          const isSlow = source instanceof ImageData && source.data[0] === ${colourOf('mosaic')[0]};
          if (isSlow) await new Promise((done) => setTimeout(done, 1500));
          late += isSlow ? 1 : 0;
          return make(source, ...rest);
        };`,
    });
    await drop(page, film, 'clip.webm', 'video/webm');
    await page.getByText(/pictures a second/).waitFor();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    for (const name of [/^Mosaic/, /^Watercolour/]) {
      await page.locator('.thumbs').getByRole('button', { name }).click();
    }
    await expect.poll(() => page.evaluate('late'), { timeout: 20_000 }).toBeGreaterThan(0);
    await page.waitForTimeout(300);
    const colour = await page.evaluate<number[]>(`(() => {
      const canvas = document.querySelector('.stage canvas');
      const { data } = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
      return [...data.slice(0, 3)];
    })()`);
    expect(colour).toEqual(colourOf('watercolour'));
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
