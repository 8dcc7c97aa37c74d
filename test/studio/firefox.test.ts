/** The studio in Firefox: opens, paints, is there after a reload, saves, and works offline. */

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, launch, type Page } from 'puppeteer-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { firefoxPath, noFirefox } from '../helpers/firefox.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { drawnPng } from './drawn.ts';
import { drawnFilm, framesOf, STARTS } from './drawn-film.ts';
import { colourOf, standInScript } from './stand-in.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

if (firefoxPath === undefined) console.warn(`test/studio/firefox.test.ts is skipped: ${noFirefox}`);

describe.runIf(firefoxPath !== undefined)('the studio in Firefox', () => {
  let served: ServedStudio;
  let browser: Browser;
  let context: BrowserContext;
  let folder: string;
  let photo: Buffer;

  beforeAll(async () => {
    served = await serveStudio(0);
    folder = await temporaryFolder();
    browser = await launch({
      browser: 'firefox',
      ...(firefoxPath === undefined ? {} : { executablePath: firefoxPath }),
      extraPrefsFirefox: {
        'browser.download.folderList': 2,
        'browser.download.dir': folder,
        'browser.download.useDownloadDir': true,
        'intl.accept_languages': 'en-US',
      },
    });
    photo = await drawnPng(240, 200);
  });

  afterEach(() => context?.close());

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** @param isReal with the network, not its stand-in */
  async function open(isReal: boolean): Promise<Page> {
    context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(90_000);
    await page.setViewport({ width: 1280, height: 860 });
    if (!isReal) {
      await page.setRequestInterception(true);
      page.on('request', (request) => {
        const isEngine = request.url().endsWith('/studio/page/engine.js');
        const body = standInScript({ painting: 10, step: 10 });
        const answer = isEngine
          ? request.respond({ contentType: 'text/javascript', body })
          : request.continue();
        // The page may have given it up by then.
        answer.catch(() => undefined);
      });
    }
    await page.goto(served.url);
    await page.waitForSelector('.thumb');
    return page;
  }

  const dropPhoto = (page: Page) => drop(page, photo, 'photo.png', 'image/png');

  async function drop(page: Page, file: Buffer, name: string, type: string): Promise<void> {
    await page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob('${file.toString('base64')}'), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], '${name}', { type: '${type}' }));
      for (const kind of ['dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
      }
    })()`);
  }

  async function whole(page: Page): Promise<void> {
    await page.waitForSelector('.stage[aria-busy="false"]');
    await page.waitForSelector('[popovertarget="download-menu"]:enabled');
  }

  async function shown(page: Page): Promise<unknown> {
    await whole(page);
    return page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector('.stage canvas');
      const context = canvas.getContext('2d');
      done([...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data.slice(0, 3)]);
    })))`);
  }

  /** The newest saved file, once it is whole. */
  async function saved(page: Page): Promise<Buffer> {
    await page.click('[popovertarget="download-menu"]');
    await page.click('.save-menu .primary');
    const path = join(folder, 'photo-painted.png');
    await expect.poll(() => readdir(folder), { timeout: 20_000 }).toEqual(['photo-painted.png']);
    const file = await readFile(path);
    await rm(path);
    return file;
  }

  it('opens, paints, saves, and is there after a reload', async () => {
    const page = await open(false);
    await dropPhoto(page);
    expect(await shown(page)).toEqual(colourOf('impasto'));
    const { data, info } = await sharp(await saved(page))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, ...data.subarray(0, 3)]).toEqual([240, 200, ...colourOf('impasto')]);
    // Waits until the page has nothing left to write, its painting included.
    await new Promise((done) => setTimeout(done, 2000));
    await page.reload();
    expect(await shown(page)).toEqual(colourOf('impasto'));
    expect(await page.evaluate('globalThis.paintedCount ?? 0')).toBe(0);
  });

  it('paints whole clips', async () => {
    const page = await open(false);
    await drop(page, await drawnFilm(), 'clip.webm', 'video/webm');
    await page.locator('::-p-text(Paint the clip)').click();
    await page.locator('dialog ::-p-text(Paint it)').click();
    await page.locator(`dialog ::-p-text(${STARTS.length} frames are painted)`).wait();
    await expect.poll(() => readdir(folder)).toEqual([expect.stringMatching(/^clip-painted\.(mp4|webm)$/)]);
    const path = join(folder, (await readdir(folder))[0] ?? '');
    const frames = await framesOf(await readFile(path), path);
    await rm(path);
    expect(frames.map(({ start }) => start)).toEqual(STARTS.map((start) => expect.closeTo(start, 2)));
    for (const [c, value] of colourOf('impasto').entries()) {
      expect(Math.abs((frames[0]?.colour[c] ?? 0) - value)).toBeLessThan(8);
    }
  });

  it('paints for real, also after its server has gone', async () => {
    const page = await open(true);
    await dropPhoto(page);
    await whole(page);
    const first = await sharp(await saved(page)).stats();
    expect(first.channels[0]?.stdev).toBeGreaterThan(5);
    const kept = () =>
      page.evaluate(`caches.keys().then(([name]) => caches.open(name)).then((cache) => cache.keys())
        .then((all) => all.some(({ url }) => url.endsWith('/models/eye.safetensors')))`);
    await expect.poll(kept, { timeout: 30_000 }).toBe(true);
    // Until then Firefox holds back every request of the page, also with a server.
    const state = () => page.evaluate('navigator.serviceWorker.ready.then(({ active }) => active.state)');
    await expect.poll(state).toBe('activated');
    await served.close();
    await page.reload();
    await whole(page);
    const mosaic = '.thumb[aria-label="Mosaic: two fish"]';
    await page.click(mosaic);
    await page.waitForSelector(`${mosaic}[aria-pressed="true"]`);
    await whole(page);
    const second = await sharp(await saved(page)).stats();
    expect(second.channels[0]?.mean).not.toBe(first.channels[0]?.mean);
  });
});
