/**
 * `STUDIO_SCREENSHOTS=1 npx vitest run test/studio/screenshots.test.ts` renews docs/screenshots. The Chinese
 * one needs a font with Chinese characters, such as that of `fonts-wqy-zenhei`.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { type Photograph, photographBytes } from '../../demo/photographs.ts';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath } from '../helpers/browser.ts';
import { root } from '../helpers/package.ts';
import { boxOf, drop, launch, openStudio, unfold, whole } from './harness.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const folder = join(root, 'docs', 'screenshots');
const isWanted = process.env.STUDIO_SCREENSHOTS === '1' && browserPath !== undefined;

describe.runIf(isWanted)('screenshots', () => {
  let served: ServedStudio;
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    served = await serveStudio(0);
    browser = await launch({ cameras: 1 });
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  /** Drops a photograph of the demo, which is free and not part of this package. */
  async function dropPhoto(page: Page, label: Photograph): Promise<void> {
    const small = await sharp(await photographBytes(label))
      .resize(1200, 1200, { fit: 'inside' })
      .jpeg({ quality: 90 })
      .toBuffer();
    await drop(page, small, `${label}.jpg`, 'image/jpeg');
    await whole(page);
  }

  async function take(page: Page, name: string): Promise<void> {
    await page.mouse.move(0, 0);
    await page.evaluate('document.activeElement?.blur()');
    await page.waitForTimeout(400);
    await sharp(await page.screenshot())
      .webp({ quality: 82 })
      .toFile(join(folder, `${name}.webp`));
  }

  const wide: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
  const phone: BrowserContextOptions = {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  };

  async function open(options: BrowserContextOptions, fragment = ''): Promise<Page> {
    return (await openStudio(browser, served.url + fragment, options)).page;
  }

  it('empty', async () => {
    const page = await open({ ...wide, reducedMotion: 'reduce' });
    await take(page, 'empty');
    await page.context().close();
  });

  it('before and after', async () => {
    const page = await open(wide, '#styles=night-sky');
    await dropPhoto(page, 'launch-pads');
    await page.getByRole('slider', { name: 'Before and after' }).fill('42');
    await take(page, 'before-after');
    await page.context().close();
  });

  it('mixture, dark', async () => {
    const page = await open(
      { ...wide, colorScheme: 'dark' },
      '#styles=ink-wash*0.4,impasto*0.35,cubist-facets*0.25',
    );
    await dropPhoto(page, 'touchdown');
    await take(page, 'mixture-dark');
    await page.context().close();
  });

  it('mask', async () => {
    const page = await open(wide, '#styles=stained-glass');
    await dropPhoto(page, 'earth');
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    await page.getByRole('slider', { name: 'Brush size' }).fill('28');
    const box = await boxOf(page.locator('.split'));
    const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(0.3, 0.3));
    await page.mouse.down();
    for (const [x, y] of [
      [0.7, 0.3],
      [0.6, 0.45],
      [0.4, 0.45],
      [0.5, 0.6],
    ] as const) {
      await page.mouse.move(...at(x, y), { steps: 6 });
    }
    await page.mouse.up();
    await whole(page);
    await page.locator('.panel').evaluate('(panel) => panel.scrollTo(0, panel.scrollHeight)');
    await take(page, 'mask');
    await page.context().close();
  });

  it('all methods, in Chinese', async () => {
    const page = await open({ ...wide, locale: 'zh-CN' }, '#styles=impasto');
    await dropPhoto(page, 'new-citizens');
    await unfold(page, '比较');
    await page.getByRole('radio', { name: '三者并列' }).check();
    await page.locator('.stage[aria-busy="true"]').waitFor();
    await page.locator('.stage[aria-busy="false"]').waitFor();
    await take(page, 'methods-chinese');
    await page.context().close();
  });

  it('camera', async () => {
    const page = await open(wide, '#styles=cut-paper');
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    await page.getByText(/^\d+\.\d pictures a second/).waitFor();
    await page.waitForTimeout(5000);
    await take(page, 'camera');
    await page.context().close();
  });

  it('phone', async () => {
    const page = await open({ ...phone, reducedMotion: 'reduce' }, '#styles=impasto');
    await take(page, 'phone-empty');
    await dropPhoto(page, 'moonlit-launch-pad');
    await take(page, 'phone');
    await page.context().close();
  });
});
