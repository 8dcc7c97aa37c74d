/** The studio's Save menu, and looking at the picture: comparing, full screen. A stand-in paints. */

import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { download, drop, whole } from './harness.ts';
import { colourOf, shownColour } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

studioTests('the painting', (studio) => {
  let photo: Buffer;

  beforeAll(async () => {
    photo = await drawnPng(70, 60);
  });

  async function start(before = '', permissions: string[] = [], painting = 10): Promise<Page> {
    const page = await studio.open({ before, painting, context: { permissions } });
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    return page;
  }

  const menu = (page: Page) => page.getByRole('button', { name: 'Save', exact: true });
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  it('is saved as PNG, JPEG and WebP, in a quality and a size', async () => {
    const page = await start();
    expect(await download(page, 'PNG')).toMatchObject({ name: 'photo-painted.png' });
    const best = await download(page, 'WebP');
    expect(best.name).toBe('photo-painted.webp');
    expect(await sharp(best.file).metadata()).toMatchObject({ format: 'webp', width: 70, height: 60 });
    // Chromium writes no AVIF.
    expect(await page.getByRole('radio', { name: 'AVIF' }).count()).toBe(0);
    await menu(page).click();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('slider', { name: 'Size', exact: true }).fill('50');
    await page.locator('.save-menu').getByText('35 × 30 pixels').waitFor();
    await page.getByRole('slider', { name: 'Quality' }).fill('10');
    await page.keyboard.press('Escape');
    const small = await download(page, 'JPEG');
    expect(await sharp(small.file).metadata()).toMatchObject({ format: 'jpeg', width: 35, height: 30 });
    const [red = 0, green = 0] = await sharp(small.file).raw().toBuffer();
    const [wantedRed, wantedGreen] = colourOf('impasto');
    expect(Math.abs(red - wantedRed) + Math.abs(green - wantedGreen)).toBeLessThan(16);
    // The choice stays.
    await page.waitForTimeout(300);
    await page.reload();
    await whole(page);
    await menu(page).click();
    expect(await page.getByRole('slider', { name: 'Size', exact: true }).inputValue()).toBe('50');
    expect(await page.getByRole('radio', { name: 'JPEG' }).isChecked()).toBe(true);
  });

  it('frees what is painted anew for a lesser strength', async () => {
    // Counts the open bitmaps of paintings.
    const page = await start(`
      const { createImageBitmap: make } = globalThis;
      globalThis.open = new Set();
      globalThis.createImageBitmap = async (source, ...rest) => {
        const bitmap = await make(source, ...rest);
        if (source instanceof ImageData) open.add(bitmap);
        return bitmap;
      };
      const { close } = ImageBitmap.prototype;
      ImageBitmap.prototype.close = function () {
        open.delete(this);
        close.call(this);
      };`);
    await page.getByRole('slider', { name: 'Strength' }).fill('50');
    const before = await page.evaluate('open.size');
    for (let i = 0; i < 3; i++) await download(page, 'PNG');
    expect(await page.evaluate('open.size')).toBe(before);
  });

  it('is copied to the clipboard', async () => {
    const page = await start('', ['clipboard-read', 'clipboard-write']);
    await menu(page).click();
    await button(page, 'Copy').click();
    await page.locator('.notice').getByText('The picture is in the clipboard.').waitFor();
    const size = await page.evaluate(`navigator.clipboard.read()
      .then(([item]) => item.getType('image/png'))
      .then((blob) => createImageBitmap(blob))
      .then(({ width, height }) => [width, height])`);
    expect(size).toEqual([70, 60]);
    expect(await axe(page)).toEqual([]);
  });

  it('is shared where the browser shares, with a second click if the first is forgotten', async () => {
    const before = `
      globalThis.shared = [];
      navigator.canShare = () => true;
      navigator.share = async ({ files: [file] }) => {
        if (shared.push(file.name + ' ' + file.type) === 1) throw new DOMException('late', 'NotAllowedError');
      };`;
    const page = await start(before, [], 2000);
    await menu(page).click();
    await button(page, 'Share').click();
    await page.locator('.notice').getByText('The picture is ready to be shared.').waitFor();
    // The file is there, though the next painting is not yet.
    await page.getByRole('slider', { name: 'Strokes' }).fill('1');
    await page.locator('.stage[aria-busy="true"]').waitFor();
    await page.locator('.notice').getByRole('button', { name: 'Share' }).click();
    await expect
      .poll(() => page.evaluate('shared'))
      .toEqual(['photo-painted.png image/png', 'photo-painted.png image/png']);
    expect(await page.locator('.notice').isVisible()).toBe(false);
  });

  it('is compared with the photograph while a button or key is held', async () => {
    const page = await start();
    const painted = colourOf('impasto');
    expect(await shownColour(page)).toEqual(painted);
    await button(page, 'Hold to see the photograph (key C on the picture)').hover();
    await page.mouse.down();
    expect(await shownColour(page)).not.toEqual(painted);
    await page.mouse.up();
    expect(await shownColour(page)).toEqual(painted);
    await page.locator('.stage canvas').focus();
    for (const key of ['c', 'C']) {
      await page.keyboard.down(key);
      expect(await shownColour(page)).not.toEqual(painted);
      await page.keyboard.up(key);
      expect(await shownColour(page)).toEqual(painted);
    }
    await button(page, 'Hold to see the photograph (key C on the picture)').focus();
    await page.keyboard.down(' ');
    expect(await shownColour(page)).not.toEqual(painted);
    await page.keyboard.up(' ');
    expect(await shownColour(page)).toEqual(painted);
  });

  it('fills the screen, and leaves it again', async () => {
    const page = await start();
    const isFull = () => page.evaluate('document.fullscreenElement !== null');
    await page.locator('.stage canvas').focus();
    await page.keyboard.press('f');
    await expect.poll(isFull, { timeout: 20_000 }).toBe(true);
    expect(await page.locator('.panel').isVisible()).toBe(false);
    await page.locator('.split').waitFor();
    await button(page, 'Full screen (key F on the picture)').click();
    await expect.poll(isFull, { timeout: 20_000 }).toBe(false);
    await page.locator('.panel').waitFor();
  });
});
