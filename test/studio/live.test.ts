/** The studio with a camera: live painting, snapshots, recording. Chromium provides a camera for tests. */

import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { axe } from './axe.ts';
import { download, drop, launch, openStudio, type StudioPage, whole } from './harness.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

if (browserPath === undefined) console.warn(`test/studio/live.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the camera', () => {
  let served: ServedStudio;
  let browser: Browser;
  let studio: StudioPage;

  beforeAll(async () => {
    served = await serveStudio(0);
    browser = await launch({ cameras: 1 });
    studio = await openStudio(browser, served.url);
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  it('is painted live with its rate, recorded, and taken as a picture', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    await page.getByText(/^\d+\.\d pictures a second, \d+ px$/).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    // Frames for which the network has no time are dropped.
    await page.waitForTimeout(2000);
    expect(await page.locator('.rate').getAttribute('title')).toMatch(/^[1-9]\d* frames left out$/);
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Stop recording' }).click();
    const recorded = await coming;
    expect(recorded.suggestedFilename()).toMatch(/^recording\.(webm|mp4)$/);
    const film = await readFile(await recorded.path());
    expect(film.length).toBeGreaterThan(1000);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Take a picture' }).click();
    await whole(page);
    const { name, file } = await download(page, 'JPEG');
    expect(name).toBe('snapshot-painted.jpg');
    expect(file.length).toBeGreaterThan(1000);

    // The recording is a video that can be opened.
    await drop(
      page,
      film,
      recorded.suggestedFilename(),
      recorded.suggestedFilename().endsWith('mp4') ? 'video/mp4' : 'video/webm',
    );
    await page.getByText(/^\d+\.\d pictures a second/).waitFor();
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await whole(page);
    expect(studio.problems).toEqual([]);
  });
});
