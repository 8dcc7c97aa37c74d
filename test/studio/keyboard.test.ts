/** The list of keys, by key and by button. */

import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { axe } from './axe.ts';
import { launch } from './harness.ts';
import { openStandIn } from './stand-in.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

if (browserPath === undefined) console.warn(`test/studio/keyboard.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the keyboard', () => {
  let served: ServedStudio;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    served = await serveStudio(0);
    browser = await launch();
    context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  it('is listed in a dialog, which is loaded when it is wanted', async () => {
    const page = await openStandIn(context, served.url);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard' });
    await dialog.waitFor();
    expect(asked.filter((url) => url.includes('/later-'))).toHaveLength(1);
    for (const words of ['Undo', 'Redo', 'Full screen', 'Rename']) await dialog.getByText(words).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
    await page.getByRole('button', { name: 'Keyboard' }).click();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    expect(await dialog.count()).toBe(0);
    // The focus is back where it was, so the key does nothing there.
    await page.keyboard.press('?');
    expect(await dialog.count()).toBe(0);
  });
});
