/** The studio without its server: reloaded, and with all it can need; and threads where no header is sent. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeImage } from '../../src/images/node/encode.ts';
import { buildStudio } from '../../src/studio/node/build.ts';
import { serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';
import { serveSite } from '../helpers/site.ts';
import { drop, finishing, launch, openStudio, unfold, whole } from './harness.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

if (browserPath === undefined) console.warn(`test/studio/offline.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the studio without its server', () => {
  let browser: Browser;
  let photo: Buffer;

  beforeAll(async () => {
    browser = await launch();
    photo = Buffer.from(await encodeImage(drawnImage(3, 70, 60), 'png'));
  });

  afterAll(() => browser?.close());

  it('reloads, paints by another method, and finishes', async () => {
    const served = await serveStudio(0);
    const { page, problems } = await openStudio(browser, served.url, { serviceWorkers: 'allow' });
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    const kept = () =>
      page.evaluate<string[]>(`caches.keys()
        .then(([name]) => caches.open(name))
        .then((cache) => cache.keys())
        .then((all) => all.map(({ url }) => new URL(url).pathname))`);
    const last = ['eye.safetensors', 'sanet-slim.safetensors'].map((name) => `/models/${name}`);
    await expect.poll(kept, { timeout: 30_000 }).toEqual(expect.arrayContaining(last));
    await served.close();

    await page.reload();
    await whole(page);
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    await unfold(page, 'Compare');
    await page.getByRole('radio', { name: 'AdaIN', exact: true }).check();
    await whole(page);
    await page.getByRole('button', { name: 'Finish', exact: true }).click();
    await finishing(page);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await whole(page);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('stays in its version until the new one is asked for', async () => {
    const folder = await temporaryFolder();
    await buildStudio(join(folder, 'site'));
    const site = await serveSite({ folders: { '/': join(folder, 'site') } });
    const { page } = await openStudio(browser, `${site.origin}/index.html`, { serviceWorkers: 'allow' });
    const versions = () => page.evaluate<string[]>('caches.keys()');
    await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true);
    const [before] = await versions();
    const script = join(folder, 'site', 'service-worker.js');
    const text = await readFile(script, 'utf8');
    await writeFile(script, text.replace(String(before).slice(-16), '0123456789abcdef'));

    await page.reload();
    await page.getByText('A new version of the studio is ready').waitFor();
    expect(await versions()).toContain(before);
    await page.getByRole('button', { name: 'Reload', exact: true }).click();
    await expect
      .poll(() => versions().catch(() => []), { timeout: 30_000 })
      .toEqual(['wasserfarbe-studio-0123456789abcdef']);
    await page.getByText('It uses').waitFor();
    expect(await page.getByText('A new version of the studio is ready').isVisible()).toBe(false);
    await page.context().close();
    await site.close();
    await rm(folder, { recursive: true });
  });

  it('has threads on a server that sends no headers, and can be installed', async () => {
    const folder = await temporaryFolder();
    await buildStudio(join(folder, 'site'));
    const site = await serveSite({ folders: { '/art/': join(folder, 'site') }, isolated: false });
    const { page } = await openStudio(browser, `${site.origin}/art/index.html`, { serviceWorkers: 'allow' });
    await expect.poll(() => page.evaluate('crossOriginIsolated'), { timeout: 30_000 }).toBe(true);
    const manifest = await page.evaluate<{ name: string; icons: { src: string }[] }>(
      "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())",
    );
    expect(manifest).toMatchObject({ name: 'Wasserfarbe studio', icons: [{ src: 'icon.svg' }] });
    await page.context().close();
    await site.close();
    await rm(folder, { recursive: true });
  });
});
