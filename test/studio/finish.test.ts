/** Finishing in the studio: it grows before one's eyes, is paused, taken back, and undone. */

import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeImage } from '../../src/images/node/encode.ts';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnImage } from '../helpers/pictures.ts';
import { download, drop, finishing, launch, openStudio, whole } from './harness.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

if (browserPath === undefined) console.warn(`test/studio/finish.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('finishing', () => {
  let served: ServedStudio;
  let browser: Browser;
  let page: Page;
  let problems: readonly string[] = [];

  beforeAll(async () => {
    served = await serveStudio(0);
    browser = await launch();
    ({ page, problems } = await openStudio(browser, served.url));
    const photo = Buffer.from(await encodeImage(drawnImage(3, 70, 60), 'png'));
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const moments = () => page.getByRole('slider', { name: 'Moments of finishing' });
  const painting = async () => [
    ...(await sharp((await download(page, 'PNG')).file)
      .removeAlpha()
      .raw()
      .toBuffer()),
  ];

  it('improves the picture, and keeps what is done when it is paused', async () => {
    const first = await painting();
    expect(await moments().isVisible()).toBe(false);
    await button('Finish').click();
    await finishing(page);
    expect(await button('Save').isDisabled()).toBe(true);
    await button('Pause').click();
    await whole(page);
    const paused = await painting();
    expect(paused).not.toEqual(first);
    expect(Number(await moments().inputValue())).toBeGreaterThan(0);

    await button('Go on').click();
    await finishing(page);
    await whole(page);
    const done = await painting();
    expect(done).not.toEqual(paused);
    expect(await moments().inputValue()).toBe(await moments().getAttribute('max'));

    // Every moment can be had again in full size, and every change can be undone.
    await moments().fill('0');
    await whole(page);
    expect(await painting()).toEqual(first);
    await moments().fill('1');
    await whole(page);
    const early = await painting();
    expect(early).not.toEqual(first);
    expect(early).not.toEqual(done);
    for (const expected of [first, done, paused, first]) {
      await page.keyboard.press('Control+z');
      await whole(page);
      expect(await painting()).toEqual(expected);
    }
    await button('Redo').click();
    await whole(page);
    expect(await painting()).toEqual(paused);
  });

  it('ends with other settings, whose painting it is not, and comes back with its own', async () => {
    const refined = await painting();
    await button('Go on').click();
    await page
      .locator('.status')
      .getByText(/Finishing/)
      .waitFor();
    await button('Mosaic: fish').or(page.locator('.thumb').nth(3)).first().click();
    await whole(page);
    const other = await painting();
    expect(other).not.toEqual(refined);
    expect(await button('Finish').isEnabled()).toBe(true);
    expect(await moments().isVisible()).toBe(false);
    await page.keyboard.press('Control+z');
    await whole(page);
    expect(await painting()).toEqual(refined);
    expect(problems).toEqual([]);
  });
});
