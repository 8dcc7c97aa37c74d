/** The example page of the API, which paints by a server of another origin. */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawnPng, startApi } from '../helpers/api.ts';
import { browserPath, launchBrowser, noBrowser } from '../helpers/browser.ts';
import { root } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { serveSite } from '../helpers/site.ts';

if (browserPath === undefined) console.warn(`test/browser/api.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the page of the API', () => {
  it('paints, says what was wrong, and is refused elsewhere', { timeout: 120_000 }, async () => {
    const folder = await temporaryFolder();
    for (const [name, bytes] of [
      ['photo.png', await drawnPng(1)],
      ['painting.png', await drawnPng(2)],
      ['text.png', 'no picture'],
    ] as const) {
      await writeFile(join(folder, name), bytes);
    }
    const site = await serveSite({ folders: { '/': join(root, 'examples') } });
    const api = await startApi({ cors: [site.origin] });
    const stranger = await startApi();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${site.origin}/api/`);
      await page.getByLabel('Server').fill(api.url);
      await page.getByLabel('Painting').setInputFiles(join(folder, 'painting.png'));
      await page.getByLabel('Photograph').setInputFiles(join(folder, 'photo.png'));
      await page.getByRole('button', { name: 'Paint', exact: true }).click();
      await page.getByText('Painted.').waitFor({ timeout: 60_000 });
      const size =
        "(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])(document.querySelector('img'))";
      await page.waitForFunction("document.querySelector('img').complete", undefined, { timeout: 20_000 });
      expect(await page.evaluate(size)).toEqual([61, 43]);

      await page.getByLabel('Photograph').setInputFiles(join(folder, 'text.png'));
      await page.getByRole('button', { name: 'Paint', exact: true }).click();
      await page.getByText('expected a whole picture file for the content').waitFor({ timeout: 60_000 });

      await page.getByLabel('Server').fill(stranger.url);
      await page.getByRole('button', { name: 'Paint', exact: true }).click();
      await page.getByText('Failed to fetch').waitFor({ timeout: 60_000 });
    } finally {
      await browser.close();
      await Promise.all([site.close(), api.close(), stranger.close()]);
      await rm(folder, { recursive: true });
    }
  });
});
