/** What the studio must not do while things are changed faster than it paints. A stand-in paints. */

import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, it, vi } from 'vitest';
import { encodeImage } from '../../src/images/node/encode.ts';
import { drawnImage } from '../helpers/pictures.ts';
import { download, drop, finishing, unfold, whole } from './harness.ts';
import { colourOf } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

studioTests('the studio, while things change', (studio) => {
  let page: Page;
  let photo: Buffer;

  beforeAll(async () => {
    photo = Buffer.from(await encodeImage(drawnImage(3, 70, 60), 'png'));
  });

  async function open(painting: number, context: BrowserContextOptions = {}): Promise<void> {
    page = await studio.open({ painting, step: 150, context });
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
  }

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const styleButton = (name: RegExp) => page.locator('.thumbs').getByRole('button', { name });
  const colour = async (file: Buffer) => [
    ...(await sharp(file).removeAlpha().extract({ left: 9, top: 9, width: 1, height: 1 }).raw().toBuffer()),
  ];

  it('shows the photograph around a mask while it finishes, too', async () => {
    page = await studio.open({ step: 500 });
    const white = { width: 70, height: 60, channels: 3, background: '#ffffff' } as const;
    await drop(page, await sharp({ create: white }).png().toBuffer(), 'white.png', 'image/png');
    await whole(page);
    await unfold(page, 'Only a part of the picture');
    await button('Paint a mask').click();
    await page.locator('.stage canvas').click();
    await button('Done').click();
    await whole(page);
    await button('Finish').click();
    await page.getByText(/^Finishing, \d+ s left$/).waitFor();
    /** The colours in the middle of the picture, which is that of the stage, and above the mask. */
    const colours = () =>
      page.evaluate<number[][]>(`(() => {
        const { width, height } = document.querySelector('.stage canvas');
        const context = document.querySelector('.stage canvas').getContext('2d');
        return [height / 2, height / 2 - 70].map((y) => [...context.getImageData(width / 2, y, 1, 1).data.slice(0, 3)]);
      })()`);
    const steps = Array.from({ length: 10 }, (_, i) => [colourOf('impasto', i + 1), [255, 255, 255]]);
    await expect
      .poll(colours, { timeout: 10_000 })
      .toSatisfy((found: number[][]) => steps.some((step) => JSON.stringify(step) === JSON.stringify(found)));
  });

  it('offers no file of an earlier painting', async () => {
    await open(800);
    expect(await colour((await download(page, 'PNG')).file)).toEqual(colourOf('impasto'));
    await styleButton(/^Mosaic/).click();
    expect(await button('Save').isDisabled()).toBe(true);
    await whole(page);
    expect(await colour((await download(page, 'PNG')).file)).toEqual(colourOf('mosaic'));
  });

  it('downloads what was shown at the click, whatever is changed meanwhile', async () => {
    await open(800);
    await page.getByRole('slider', { name: 'Strength' }).fill('50');
    await button('Save').click();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as PNG' }).click();
    await styleButton(/^Mosaic/).click();
    const half = await sharp(await (await coming).path())
      .removeAlpha()
      .raw()
      .toBuffer();
    expect([...half.subarray(0, 3)]).toEqual(colourOf('impasto').map((value) => Math.round(value / 2)));
    await whole(page);
    await page.getByRole('slider', { name: 'Strength' }).fill('100');
    expect(await colour((await download(page, 'PNG')).file)).toEqual(colourOf('mosaic'));
  });

  it('offers no photograph’s painting while the camera runs, and frees the camera for a photograph', async () => {
    await open(10, { permissions: ['camera'] });
    await page.evaluate(`(() => {
      const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => (globalThis.stream = await own(wanted));
    })()`);
    await page.locator('.stage-bar').getByRole('button', { name: 'Use the camera' }).click();
    await page.getByText(/pictures a second/).waitFor();
    expect(await button('Save').isDisabled()).toBe(true);
    const saved = page.waitForEvent('download');
    await button('Record').click();
    await page.waitForTimeout(500);
    await drop(page, photo, 'photo.png', 'image/png');
    expect((await saved).suggestedFilename()).toMatch(/^recording\./);
    await whole(page);
    const states = await page.evaluate('stream.getTracks().map(({ readyState }) => readyState)');
    expect(states).toEqual(['ended']);
  });

  it('finishes, pauses, and takes back, without a moment lost', async () => {
    await open(10);
    await button('Finish').click();
    await finishing(page);
    await button('Pause').click();
    await whole(page);
    const [, , steps = 0] = await colour((await download(page, 'PNG')).file);
    expect(steps).toBeGreaterThan(0);
    await button('Go on').click();
    await whole(page);
    const done = await colour((await download(page, 'PNG')).file);
    expect(done).toEqual(colourOf('impasto', steps + 10));
    await page.getByRole('slider', { name: 'Strength' }).fill('50');
    expect(await colour((await download(page, 'PNG')).file)).toEqual(
      done.map((value) => Math.round(value / 2)),
    );
  });
});
