/** The studio by the rules of axe, WCAG 2.2 AA: light, dark, on a phone, in all its states. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnPng } from './drawn.ts';
import { axe } from './axe.ts';
import { drop, launch, openStudio, whole } from './harness.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

if (browserPath === undefined) console.warn(`test/studio/access.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the studio is accessible', () => {
  let served: ServedStudio;
  let browser: Browser;

  beforeAll(async () => {
    served = await serveStudio(0);
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  it.each([
    { what: 'light', colorScheme: 'light', viewport: { width: 1280, height: 860 }, locale: 'en-US' },
    { what: 'dark', colorScheme: 'dark', viewport: { width: 1600, height: 1000 }, locale: 'en-US' },
    { what: 'a phone', colorScheme: 'light', viewport: { width: 360, height: 740 }, locale: 'zh-CN' },
  ] as const)('$what', async ({ what, ...options }) => {
    const { page, problems } = await openStudio(
      browser,
      `${served.url}#styles=impasto,mosaic,woodcut`,
      // Reduced motion, since colours in transition should not be judged.
      { ...options, reducedMotion: 'reduce' },
    );
    const fits = () => page.evaluate('document.documentElement.scrollWidth <= innerWidth');
    expect(await axe(page), 'empty').toEqual([]);
    expect(await fits()).toBe(true);
    await drop(page, await drawnPng(240, 200), 'photo.png', 'image/png');
    await whole(page);
    expect(await axe(page), 'painted').toEqual([]);
    expect(await fits()).toBe(true);
    await page.locator('[popovertarget="download-menu"]').click();
    await page.locator('.menu').waitFor();
    expect(await axe(page), 'download').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^(Paint a mask|涂抹蒙版)$/ }).click();
    expect(await axe(page), 'mask').toEqual([]);
    await page.getByRole('button', { name: /^(Done|完成)$/ }).click();
    await drop(page, Buffer.from('nothing'), 'notes.txt', 'image/png');
    await page.locator('.notice').waitFor();
    expect(await axe(page), 'a message').toEqual([]);
    await page.getByRole('radio', { name: /^(All three|三者并列)$/ }).check();
    await page.locator('.pane-labels .chip').first().waitFor();
    expect(await axe(page), 'all methods').toEqual([]);
    expect(await fits()).toBe(true);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('reaches everything once by Tab', async () => {
    const { page } = await openStudio(browser, served.url);
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const name: string = await page.evaluate(
        "document.activeElement.ariaLabel ?? document.activeElement.textContent.trim() ?? ''",
      );
      if (seen.includes(name)) break;
      seen.push(name);
    }
    for (const name of [
      'Choose a photograph',
      'Use the camera',
      'Mosaic: two fish',
      'Mix in another painting',
    ]) {
      expect(seen).toContain(name);
    }
  });
});
