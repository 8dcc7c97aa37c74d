/** Turning and cropping in the studio: by keys and pointer, undone, kept, on a phone. */

import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { boxOf, download, drop, paste, unfold, whole } from './harness.ts';
import { colourOf, paintedCount, shownColour } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

studioTests('the photograph', (studio) => {
  async function start(context: BrowserContextOptions = {}): Promise<Page> {
    const page = await studio.open({ context });
    await drop(page, await drawnPng(200, 100), 'photo.png', 'image/png');
    await whole(page);
    return page;
  }

  const open = (page: Page) => page.getByRole('button', { name: 'Turn and crop the photograph' }).click();
  const apply = (page: Page) => page.getByRole('button', { name: 'Crop', exact: true }).click();
  const size = (page: Page, words: string) =>
    page.locator('.stage-bar').getByText(`${words} pixels`, { exact: true }).waitFor();

  it('has one dialog after two clicks, and nothing changes behind it', async () => {
    const page = await start();
    await page.getByRole('button', { name: 'Turn and crop the photograph' }).dblclick();
    const dialog = page.getByRole('dialog');
    await dialog.first().waitFor();
    await page.waitForTimeout(500);
    expect(await dialog.count()).toBe(1);
    const other = await drawnPng(60, 50);
    await paste(page, other, 'other.png', 'image/png');
    await drop(page, other, 'other.png', 'image/png');
    await dialog.getByRole('button', { name: 'Turn right' }).click();
    await apply(page);
    await size(page, '100 × 200');
  });

  it('is turned and cropped by keys, undone, and kept', async () => {
    const page = await start();
    await open(page);
    expect(await axe(page)).toEqual([]);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Turn right' }).press('Enter');
    await dialog.getByText('100 × 200 pixels').waitFor();
    const corner = dialog.getByRole('slider', { name: 'Bottom right corner' });
    const place = () => corner.getAttribute('aria-valuetext');
    expect(await place()).toBe('100 pixels from the left, 200 from the top');
    for (const key of ['Shift+ArrowLeft', 'Shift+ArrowUp', 'Shift+ArrowUp', 'ArrowUp'])
      await corner.press(key);
    await dialog.getByText('90 × 158 pixels').waitFor();
    expect(await place()).toBe('90 pixels from the left, 158 from the top');
    await apply(page);
    await size(page, '90 × 158');
    await whole(page);
    const { file } = await download(page, 'PNG');
    const { width, height } = await sharp(file).metadata();
    expect([width, height]).toEqual([90, 158]);

    // Waits until the page has nothing left to write, its painting included.
    await page.waitForTimeout(1200);
    await page.reload();
    await size(page, '90 × 158');
    expect(await paintedCount(page)).toBe(0);
    await page.keyboard.press('Control+z');
    await size(page, '200 × 100');
    await page.keyboard.press('Control+y');
    await size(page, '90 × 158');
    // The dialog shows what was cropped before.
    await open(page);
    await dialog.getByText('90 × 158 pixels').waitFor();
    // Keys of the page do not reach what is behind it.
    await page.keyboard.press('Control+z');
    await page.waitForTimeout(500);
    await size(page, '90 × 158');
    await dialog.getByRole('button', { name: 'All of it' }).click();
    await apply(page);
    await size(page, '200 × 100');

    // A new photograph has no crop, and undo gives it none.
    await page.keyboard.press('Control+z');
    await size(page, '90 × 158');
    await drop(page, await drawnPng(120, 110), 'other.png', 'image/png');
    await size(page, '120 × 110');
    await page.keyboard.press('Control+y');
    await page.keyboard.press('Control+z');
    await size(page, '120 × 110');
  });

  it('shows the part that was chosen, the right way up', async () => {
    const page = await start();
    const halves = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#ff0000' } })
      .extend({ right: 40, background: '#0000ff' })
      .png()
      .toBuffer();
    await drop(page, halves, 'halves.png', 'image/png');
    await size(page, '80 × 40');
    await open(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Turn right' }).click();
    await dialog.getByRole('radio', { name: '1:1' }).check();
    await dialog.getByText('40 × 40 pixels').waitFor();
    const frame = dialog.getByRole('slider', { name: /^The part that stays/ });
    for (let i = 0; i < 5; i++) await frame.press('Shift+ArrowUp');
    expect(await frame.getAttribute('aria-valuetext')).toBe('0 pixels from the left, 0 from the top');
    await apply(page);
    await size(page, '40 × 40');
    await page.getByRole('slider', { name: 'Before and after' }).fill('100');
    const colour = await page.evaluate<
      number[]
    >(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector('.stage canvas');
      done([...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]);
    })))`);
    // A right turn brings the left half to the top.
    expect(colour).toEqual([255, 0, 0, 255]);
  });

  it('takes its mask along, and another photograph does not', async () => {
    const page = await start();
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    await page.getByRole('slider', { name: 'Brush size' }).fill('60');
    const canvas = page.locator('.stage canvas');
    const area = await boxOf(canvas);
    await canvas.click({ position: { x: area.width / 4, y: area.height / 2 } });
    /** Brightness of the stage at a place of the canvas, 0–1: a veil lies where no mask is. */
    const brightness = (x: number, y: number) =>
      page.evaluate<number>(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
        const { width, height } = document.querySelector('.stage canvas');
        const context = document.querySelector('.stage canvas').getContext('2d');
        done(context.getImageData(${x} * width, ${y} * height, 1, 1).data.slice(0, 3).reduce((a, b) => a + b));
      })))`);
    const plain = await brightness(0.25, 0.5);
    expect(await brightness(0.75, 0.5)).toBeLessThan(plain - 30);
    await page.getByRole('button', { name: 'Done', exact: true }).click();

    await open(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Turn right' }).click();
    await apply(page);
    await size(page, '100 × 200');
    await whole(page);
    await page.getByRole('button', { name: 'Mask in use' }).click();
    // A right turn brings the left to the top.
    expect(await brightness(0.5, 0.25)).toBeGreaterThan((await brightness(0.5, 0.75)) + 30);
    await page.getByRole('button', { name: 'Done', exact: true }).click();

    await drop(page, await drawnPng(120, 110), 'other.png', 'image/png');
    await page.getByText('The mask was of the photograph before').waitFor();
    await size(page, '120 × 110');
    expect(await page.getByRole('button', { name: 'Mask in use' }).isVisible()).toBe(false);
    // The message is about the mask, whatever is changed before its button is pressed.
    const strength = page.getByRole('slider', { name: 'Strength' });
    await strength.fill('80');
    await page.locator('.notice').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Mask in use' }).waitFor();
    expect(await strength.inputValue()).toBe('80');
  });

  it('comes back with its finished painting', async () => {
    const page = await start();
    const cut = async () => {
      await open(page);
      await page.getByRole('slider', { name: 'Bottom right corner' }).press('Shift+ArrowLeft');
      await apply(page);
      await whole(page);
    };
    await cut();
    await page.getByRole('button', { name: 'Finish', exact: true }).click();
    await page.getByRole('button', { name: 'Go on', exact: true }).waitFor();
    expect(await shownColour(page)).toEqual(colourOf('impasto', 10));
    // The same crop again is no other picture.
    await open(page);
    await apply(page);
    await page.waitForTimeout(300);
    expect(await shownColour(page)).toEqual(colourOf('impasto', 10));
    await cut();
    await expect.poll(() => shownColour(page)).toEqual(colourOf('impasto'));
    await page.keyboard.press('Control+z');
    await expect.poll(() => shownColour(page)).toEqual(colourOf('impasto', 10));
    expect(await page.getByRole('slider', { name: 'Moments of finishing' }).isVisible()).toBe(true);
  });

  it('is cropped by the main button only', async () => {
    const page = await start();
    await open(page);
    const corner = await boxOf(page.getByRole('slider', { name: 'Bottom right corner' }));
    const [x, y] = [corner.x + corner.width / 2, corner.y + corner.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down({ button: 'right' });
    await page.mouse.move(x - 100, y - 50, { steps: 4 });
    await page.mouse.up({ button: 'right' });
    expect(await page.getByRole('dialog').getByText('200 × 100 pixels').isVisible()).toBe(true);
  });

  it('says why it cannot be cropped when its file has gone', async () => {
    const page = await start();
    await page.evaluate('globalThis.createImageBitmap = () => Promise.reject(new Error("gone"))');
    await open(page);
    await page
      .locator('.notice')
      .getByText('photo.png is not a picture that this browser can read')
      .waitFor();
  });

  it('is not cropped to what is too small to be painted', async () => {
    const page = await start();
    await drop(page, await drawnPng(20, 20), 'small.png', 'image/png');
    await size(page, '20 × 20');
    await open(page);
    const dialog = page.getByRole('dialog');
    const done = dialog.getByRole('button', { name: 'Crop', exact: true });
    const words = dialog.getByText('at least 16 pixels');
    expect([await words.isVisible(), await done.isEnabled()]).toEqual([false, true]);
    await dialog.getByRole('radio', { name: '16:9' }).check();
    await dialog.getByText(/^20 × 1[12] pixels$/).waitFor();
    expect([await words.isVisible(), await done.isEnabled()]).toEqual([true, false]);
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('radio', { name: '1:1' }).check();
    expect([await words.isVisible(), await done.isEnabled()]).toEqual([false, true]);
  });

  it('is cropped by fingers on a phone, and not at all by Escape', async () => {
    const page = await start({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await open(page);
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const dialog = page.getByRole('dialog');
    const corner = await boxOf(dialog.getByRole('slider', { name: 'Top left corner' }));
    const area = await boxOf(page.locator('.crop-area'));
    await page.mouse.move(corner.x + corner.width / 2, corner.y + corner.height / 2);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width / 2, area.y + area.height / 4, { steps: 4 });
    await page.mouse.up();
    await dialog.getByText('100 × 75 pixels').waitFor();
    await page.keyboard.press('Escape');
    await size(page, '200 × 100');
    expect(await page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true);
  });
});
