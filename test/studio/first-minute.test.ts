/** The studio when nothing is chosen, and how its words, folds and messages lead on. A stand-in paints. */

import { stat } from 'node:fs/promises';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { root } from '../helpers/package.ts';
import { drawnPng } from './drawn.ts';
import { download, drop, unfold, whole } from './harness.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

it('ships its sample photographs small', async () => {
  const folder = join(root, 'photographs');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.avif'));
  expect(names.sort()).toEqual([
    'launch-pads-painted.avif',
    'launch-pads.avif',
    'skylab.avif',
    'sunrise.avif',
  ]);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
  for (const name of names) {
    expect(await sharp(join(folder, name)).metadata()).toMatchObject({ width: 640, height: 500 });
  }
});

studioTests('the first minute', (studio) => {
  let page: Page;

  async function open(context: BrowserContextOptions = {}): Promise<void> {
    page = await studio.open({ step: 20, context });
  }

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  /** Where the line over the sample is, in CSS pixels. */
  const line = () => page.locator('.sweep').evaluate((element) => element.getBoundingClientRect().x);

  it('shows a photograph that is half painted, under a line that moves once', async () => {
    await open();
    const loaded =
      "[...document.querySelectorAll('.sample img')].every((image) => image.naturalWidth === 640)";
    await expect.poll(() => page.evaluate(loaded)).toBe(true);
    const first = await line();
    await expect.poll(line).not.toBeCloseTo(first, 0);
    const seconds = "getComputedStyle(document.querySelector('.sweep')).animationDuration";
    expect(Number.parseFloat(await page.evaluate(seconds))).toBeLessThan(5);
  });

  it('moves nothing that is seen already, on a phone', async () => {
    const before = `globalThis.shifts = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))
        .observe({ type: 'layout-shift', buffered: true });`;
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    page = await studio.open({ before, context: phone });
    await page.getByText('It uses').waitFor();
    await page.waitForTimeout(500);
    const shifts = await page.evaluate<number[]>('shifts');
    expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.02);
  });

  it('does not move for people who do not want it', async () => {
    await open({ reducedMotion: 'reduce' });
    await page.waitForTimeout(700);
    const first = await line();
    await page.waitForTimeout(700);
    expect(await line()).toBe(first);
  });

  it('paints a sample photograph at a click', async () => {
    await open();
    await button('Try this photograph: A space shuttle at sunrise').click();
    await whole(page);
    await page.locator('.status').getByText('640 × 500 pixels').waitFor();
    expect((await download(page, 'PNG')).name).toBe('sunrise-painted.png');
  });

  it('takes a painting and a photograph where it says so', async () => {
    await open();
    await drop(page, await drawnPng(40, 30), 'own.png', 'image/png', '.painting-zone');
    await page.locator('.painting-zone').getByText('Your picture 1').waitFor();
    expect(await page.locator('.empty').isVisible()).toBe(true);
    await drop(page, await drawnPng(40, 30), 'photo.png', 'image/png', '.photo-zone');
    await whole(page);
    expect(await page.locator('.empty').isVisible()).toBe(false);
  });

  it('folds away what is not wanted, and unfolds what a link uses', async () => {
    await open();
    expect(await page.getByRole('radio', { name: 'SANet' }).isVisible()).toBe(false);
    expect(await button('Mix in another painting').isVisible()).toBe(false);
    await page.goto(`${studio.url}#styles=watercolour,mosaic&method=sanet-slim`);
    await page.reload();
    expect(await page.getByRole('radio', { name: 'SANet' }).isVisible()).toBe(true);
    expect(await button('Mix in another painting').isVisible()).toBe(true);
  });

  it('brings into sight what is unfolded at the lower edge', async () => {
    await open({ viewport: { width: 1280, height: 800 } });
    await unfold(page, 'Mix paintings');
    const add = button('Mix in another painting');
    await expect
      .poll(() => add.evaluate((element) => element.getBoundingClientRect().bottom))
      .toBeLessThan(800);
    await add.click();
    await page.getByText('takes the place of the framed one').waitFor();
  });

  it('has the tools of a mask at the stage, and shows that a mask is in use', async () => {
    await open();
    await drop(page, await drawnPng(80, 60), 'photo.png', 'image/png');
    await whole(page);
    const sign = button('Mask in use');
    expect(await sign.isVisible()).toBe(false);
    await unfold(page, 'Only a part of the picture');
    await button('Paint a mask').click();
    const bar = page.locator('.easel .mask-bar');
    expect(await bar.getByRole('slider', { name: 'Brush size' }).isVisible()).toBe(true);
    await page.locator('.stage canvas').click();
    await bar.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'Only a part of the picture' }).click();
    expect(await sign.isVisible()).toBe(true);
    await sign.click();
    await bar.getByRole('button', { name: 'Remove the mask' }).click();
    await bar.getByRole('button', { name: 'Done' }).click();
    expect(await sign.isVisible()).toBe(false);
  });

  it('covers no control with a message, and keeps none after success', async () => {
    await open();
    await drop(page, await drawnPng(80, 60), 'photo.png', 'image/png');
    await whole(page);
    await drop(page, Buffer.from('nothing'), 'notes.txt', 'image/png');
    await page.locator('.notice').waitFor();
    const covered = await page.evaluate(`(() => {
      const box = document.querySelector('.notice').getBoundingClientRect();
      return [...document.querySelectorAll('button, input, summary, canvas')].filter((control) => {
        if (control.closest('.notice') || !control.checkVisibility()) return false;
        const { left, right, top, bottom } = control.getBoundingClientRect();
        return left < box.right && right > box.left && top < box.bottom && bottom > box.top;
      }).length;
    })()`);
    expect(covered).toBe(0);
    await page
      .locator('.thumbs')
      .getByRole('button', { name: /^Mosaic/ })
      .click();
    await whole(page);
    await expect.poll(() => page.locator('.notice').isVisible()).toBe(false);
  });
});
