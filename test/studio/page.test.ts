/** The studio in a real browser, from a dropped photograph to a downloaded picture, the same as in Node. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toSamples } from '../../src/images/image.ts';
import { writeImage } from '../../src/images/node/image-file.ts';
import { loadStylizer } from '../../src/node.ts';
import { buildStudio } from '../../src/studio/node/build.ts';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';
import { type Site, serveSite } from '../helpers/site.ts';
import {
  boxOf,
  download,
  drop,
  launch,
  openStudio,
  paste,
  type StudioPage,
  unfold,
  whole,
} from './harness.ts';

// Networks run in the browser, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

if (browserPath === undefined) console.warn(`test/studio/page.test.ts is skipped: ${noBrowser}`);

const [WIDTH, HEIGHT] = [330, 300];

describe.runIf(browserPath !== undefined)('the studio', () => {
  let folder = '';
  let served: ServedStudio;
  let browser: Browser;
  let studio: StudioPage;
  let page: Page;
  let photo: Buffer;
  let painting: Buffer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeImage(drawnImage(3, WIDTH, HEIGHT), join(folder, 'photo.png'));
    await writeImage(drawnImage(8, 160, 120), join(folder, 'painting.png'));
    photo = await sharp(join(folder, 'photo.png')).png().toBuffer();
    painting = await sharp(join(folder, 'painting.png')).png().toBuffer();
    served = await serveStudio(0);
    browser = await launch();
    studio = await openStudio(browser, served.url);
    page = studio.page;
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(folder, { recursive: true });
  });

  /** Largest difference of 255 between two pictures. */
  function worst(a: Uint8Array, b: Uint8Array): number {
    expect(a.length).toBe(b.length);
    return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
  }

  const pixels = async (file: Buffer) => new Uint8Array(await sharp(file).removeAlpha().raw().toBuffer());
  const notice = () => page.getByRole('alert');

  it('is isolated for threads and names the device', async () => {
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await page.getByText('It uses the processor').waitFor();
  });

  it('reports a faulty file and continues', async () => {
    await drop(page, Buffer.from('no picture'), 'notes.png', 'image/png');
    await notice().getByText('notes.png is not a picture that this browser can read').waitFor();
    const huge = sharp({ create: { width: 8300, height: 8000, channels: 3, background: 'grey' } });
    await drop(page, await huge.png().toBuffer(), 'huge.png', 'image/png');
    await notice().getByText('This picture has 67 megapixels').waitFor();
    await drop(page, Buffer.from('no video'), 'film.mp4', 'video/mp4');
    await notice().getByText('film.mp4 is not a video').waitFor();
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    await notice().getByText('No camera was found').waitFor();
    await page.getByRole('button', { name: 'Close this message' }).click();
    expect(await page.locator('.notice').isVisible()).toBe(false);
  });

  it('paints a dropped photograph in the style of a dropped painting, as Node does', async () => {
    await drop(page, painting, 'painting.png', 'image/png', '.thumbs');
    await page.getByRole('button', { name: 'Your picture 1', exact: true }).waitFor();
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    const { name, file } = await download(page, 'PNG');
    expect(name).toBe('photo-painted.png');

    const stylizer = await loadStylizer();
    const style = await stylizer.prepareStyle(join(folder, 'painting.png'), { size: 512 });
    const paint = async (strength: number) =>
      Uint8Array.from(
        toSamples(await stylizer.stylize(join(folder, 'photo.png'), style, { strength }), 8, 3),
      );
    expect(worst(await pixels(file), await paint(1))).toBeLessThanOrEqual(2);

    await page.getByRole('slider', { name: 'Strength' }).fill('60');
    expect(worst(await pixels((await download(page, 'PNG')).file), await paint(0.6))).toBeLessThanOrEqual(2);
    const jpeg = await download(page, 'JPEG');
    expect(jpeg.name).toBe('photo-painted.jpg');
    expect(await sharp(jpeg.file).metadata()).toMatchObject({ format: 'jpeg', width: WIDTH, height: HEIGHT });
    await stylizer.dispose();
    await page.getByRole('slider', { name: 'Strength' }).fill('100');
  });

  it('takes a pasted or chosen photograph', async () => {
    const status = page.locator('.status');
    const small = await sharp(photo).resize(200, 180).png().toBuffer();
    await paste(page, small, 'clip.png', 'image/png');
    await status.getByText('200 × 180 pixels').waitFor();
    const asked = page.waitForEvent('filechooser');
    await page.locator('.stage-bar').getByRole('button', { name: 'Choose a photograph' }).click();
    await (await asked).setFiles({ name: 'photo.png', mimeType: 'image/png', buffer: photo });
    await status.getByText(`${WIDTH} × ${HEIGHT} pixels`).waitFor();
    await whole(page);
  });

  it('shows before and after side by side', async () => {
    /** Visible colour at a fraction of the picture's width. */
    const at = async (part: number) => {
      const box = await boxOf(page.locator('.split'));
      const seen = sharp(await page.screenshot()).removeAlpha();
      const place = {
        left: Math.round(box.x + part * box.width),
        top: Math.round(box.y + 0.25 * box.height),
      };
      return [
        ...(await seen
          .extract({ ...place, width: 1, height: 1 })
          .raw()
          .toBuffer()),
      ].join();
    };
    const painted = await at(0.2);
    const split = page.getByRole('slider', { name: 'Before and after' });
    await split.fill('50');
    await expect.poll(() => at(0.2)).not.toBe(painted);
    const right = await at(0.8);
    await split.fill('0');
    await expect.poll(() => at(0.2)).toBe(painted);
    expect(await at(0.8)).toBe(right);
  });

  it('zooms and moves by keys, wheel and buttons', async () => {
    const zoom = page.locator('.percent');
    const canvas = page.locator('.stage canvas');
    const before = await zoom.textContent();
    await canvas.focus();
    await page.keyboard.press('+');
    await expect.poll(() => zoom.textContent()).not.toBe(before);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('0');
    await expect.poll(() => zoom.textContent()).toBe(before);
    await canvas.hover();
    await page.mouse.wheel(0, -300);
    await expect.poll(() => zoom.textContent()).not.toBe(before);
    await page.getByRole('button', { name: 'Show the whole picture' }).click();
    await expect.poll(() => zoom.textContent()).toBe(before);
  });

  it('mixes three paintings by a point, with mouse and keys, and undoes it', async () => {
    await unfold(page, 'Mix paintings');
    const add = page.getByRole('button', { name: 'Mix in another painting' });
    await page.getByRole('button', { name: 'Woodcut: boat at sunrise', exact: true }).click();
    await add.click();
    await add.click();
    const shares = () => page.locator('.share:visible').allTextContents();
    expect(await shares()).toEqual(['33 %', '33 %', '33 %']);
    await page.locator('.pad').scrollIntoViewIfNeeded();
    const box = await boxOf(page.locator('.pad-area'));
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.3, { steps: 5 });
    await page.mouse.up();
    expect(await shares()).toEqual(['70 %', '15 %', '15 %']);
    await page.getByRole('slider', { name: /^Mixture/ }).press('ArrowDown');
    const [first] = await shares();
    expect(first).toBe('65 %');
    await whole(page);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await shares()).toEqual(['33 %', '33 %', '33 %']);
    await page.getByRole('button', { name: 'Redo' }).click();
    expect(await shares()).toEqual(['70 %', '15 %', '15 %']);
    await page.getByRole('button', { name: /^Take Impasto/ }).click();
    await page.getByRole('button', { name: /^Take Pointillism/ }).click();
    expect(await page.locator('.pad').isVisible()).toBe(false);
    await whole(page);
  });

  it('paints only where a mask is', async () => {
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    const canvas = page.locator('.stage canvas');
    const split = await boxOf(page.locator('.split'));
    const y = split.y + split.height * 0.3;
    await page.mouse.move(split.x + split.width * 0.2, y);
    await page.mouse.down();
    await page.mouse.move(split.x + split.width * 0.3, y, { steps: 4 });
    await page.mouse.up();
    await whole(page);
    const content = await pixels(photo);
    const differing = async (column: number) => {
      const found = await pixels((await download(page, 'PNG')).file);
      const at = 3 * (Math.round(HEIGHT * 0.3) * WIDTH + column);
      return [0, 1, 2].some((c) => Math.abs((found[at + c] ?? 0) - (content[at + c] ?? 0)) > 8);
    };
    expect(await differing(Math.round(WIDTH * 0.25))).toBe(true);
    expect(await differing(Math.round(WIDTH * 0.9))).toBe(false);
    // By keys: the brush moves right from the pointer's last position.
    await canvas.focus();
    for (let i = 0; i < 16; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press(' ');
    await whole(page);
    expect(await differing(Math.round(WIDTH * 0.94))).toBe(true);
    await page.locator('.mask-bar').getByRole('button', { name: 'Remove the mask' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await whole(page);
  });

  it('keeps colours, changes strokes, and shows all methods side by side', async () => {
    const before = await pixels((await download(page, 'PNG')).file);
    for (const name of ['Photo', 'Blended']) {
      await page.getByRole('radio', { name, exact: true }).check();
      await whole(page);
      expect(worst(await pixels((await download(page, 'PNG')).file), before)).toBeGreaterThan(8);
    }
    await page.getByRole('radio', { name: 'Painting', exact: true }).check();
    const strokes = page.getByRole('slider', { name: 'Strokes' });
    const follow = page.getByRole('slider', { name: 'Detail' });
    expect(await strokes.getAttribute('aria-valuetext')).toBe('100 %');
    await strokes.press('End');
    await strokes.press('ArrowLeft');
    expect(await strokes.getAttribute('aria-valuetext')).toBe('367 %');
    await whole(page);
    expect(worst(await pixels((await download(page, 'PNG')).file), before)).toBeGreaterThan(8);
    await follow.fill('80');
    await page.keyboard.press('Control+z');
    expect(await follow.inputValue()).toBe('100');
    await page.keyboard.press('Control+z');
    expect(await strokes.getAttribute('aria-valuetext')).toBe('400 %');
    await page.keyboard.press('Control+y');
    await page.keyboard.press('Control+y');
    expect(await follow.inputValue()).toBe('80');
    await whole(page);
    await unfold(page, 'Compare');
    await page.getByRole('radio', { name: 'All three' }).check();
    await page.locator('.stage[aria-busy="true"]').waitFor();
    await page.locator('.stage[aria-busy="false"]').waitFor();
    const labels = page.locator('.pane-labels .chip');
    expect(await labels.allTextContents()).toEqual(['Photograph', 'Ours', 'SANet', 'AdaIN']);
    expect(await follow.isEnabled()).toBe(true);
    await page.getByRole('radio', { name: 'AdaIN' }).check();
    await whole(page);
    // AdaIN paints with the same strokes everywhere.
    expect(await follow.isEnabled()).toBe(false);
  });

  it('gives a link that restores the settings, in either language', async () => {
    await page.getByRole('button', { name: 'Copy a link to these settings' }).click();
    await page.waitForURL(/#/);
    expect(page.url()).toContain('#styles=woodcut&brush=3.67&follow=0.8&method=adain-slim');
    const other = await openStudio(browser, page.url(), { locale: 'zh-CN' });
    expect(await other.page.getByRole('radio', { name: 'AdaIN' }).isChecked()).toBe(true);
    expect(await other.page.getByRole('slider', { name: '笔触' }).inputValue()).toBe('1.875');
    expect(await other.page.getByRole('slider', { name: '细节' }).inputValue()).toBe('80');
    const chosen = other.page.getByRole('button', { name: '木刻：日出小船', exact: true });
    expect(await chosen.getAttribute('aria-pressed')).toBe('true');
    expect(await other.page.evaluate('document.documentElement.lang')).toBe('zh-Hans');
    await other.page.getByRole('button', { name: /Switch to English/ }).click();
    await other.page.getByRole('slider', { name: 'Strokes' }).waitFor();
    await other.page.reload();
    await other.page.getByRole('slider', { name: 'Strokes' }).waitFor();
    expect(other.problems).toEqual([]);
    await other.page.context().close();
  });

  it('made no requests elsewhere and had no errors', () => {
    const origins = new Set(studio.asked.map((request) => new URL(request).origin));
    expect([...origins]).toEqual([new URL(served.url).origin]);
    expect(studio.problems).toEqual([]);
  });

  it('works as static files in any folder of a server that sends no headers', async () => {
    const site = join(folder, 'site');
    expect(await buildStudio(site)).toBeGreaterThan(30);
    await expect(buildStudio(site)).rejects.toThrow('expected a new or empty folder for --output');
    const server: Site = await serveSite({ folders: { '/some/where/': site }, isolated: false });
    const still = await openStudio(browser, `${server.origin}/some/where/index.html`);
    await still.page.getByText('It uses one processor core').waitFor();
    await drop(still.page, photo, 'photo.png', 'image/png');
    await whole(still.page);
    expect(still.problems).toEqual([]);
    await still.page.context().close();
    await server.close();
  });

  it('reports a network that cannot be loaded and tries again with the next picture', async () => {
    const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
    const other = await context.newPage();
    await context.route('**/models/slim.safetensors', (route) => route.abort());
    await other.goto(served.url);
    await drop(other, photo, 'photo.png', 'image/png');
    await other.getByRole('alert').getByText('The network could not be started').waitFor();
    await context.unroute('**/models/slim.safetensors');
    await drop(other, photo, 'photo.png', 'image/png');
    await whole(other);
    expect(await other.locator('.notice').isVisible()).toBe(false);
    await context.close();
  });

  it('says that its network has failed, and loads it again with the next picture', async () => {
    const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
    const other = await context.newPage();
    other.setDefaultTimeout(60_000);
    await other.addInitScript(`
      const Own = Worker;
      globalThis.workers = [];
      globalThis.Worker = class extends Own {
        constructor(...all) {
          super(...all);
          workers.push(this);
        }
      };`);
    await other.goto(served.url);
    await drop(other, photo, 'photo.png', 'image/png');
    await whole(other);
    await other.evaluate(`workers[0].dispatchEvent(new ErrorEvent('error', { message: 'it broke' }))`);
    await other.getByRole('slider', { name: 'Strokes' }).fill('1');
    await other.getByRole('alert').getByText('it broke').waitFor();
    await other.getByRole('slider', { name: 'Strokes' }).fill('-1');
    await whole(other);
    expect(await other.evaluate('workers.length')).toBe(2);
    await context.close();
  });

  it('serves only itself, and only to this machine', async () => {
    for (const path of ['package.json', '../package.json', 'browser/../../package.json', 'styles/']) {
      expect((await fetch(new URL(path, served.url))).status, path).toBe(404);
    }
    const first = await fetch(new URL('models/slim.json', served.url));
    const tag = first.headers.get('etag') ?? '';
    await first.arrayBuffer();
    const again = await fetch(new URL('models/slim.json', served.url), { headers: { 'If-None-Match': tag } });
    expect(again.status).toBe(304);
    await expect(serveStudio(Number(new URL(served.url).port))).rejects.toThrow('expected a free port');
  });
});
