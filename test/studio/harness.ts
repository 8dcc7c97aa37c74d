/** The studio in a browser, with helpers for tests. */

import { readFile } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { browserPath, noBrowser } from '../helpers/browser.ts';

/** Chromium with a number of cameras that show a moving picture. */
export async function launch({ cameras = 0 } = {}): Promise<Browser> {
  if (browserPath === undefined) throw new Error(noBrowser);
  return chromium.launch({
    executablePath: browserPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      ...(cameras === 0
        ? []
        : [`--use-fake-device-for-media-stream=device-count=${cameras}`, '--use-fake-ui-for-media-stream']),
    ],
  });
}

/** The context of most pages. */
export const usual = {
  viewport: { width: 1280, height: 860 },
  locale: 'en-US',
  // Its files would hide those that a test replaces; `offline.test.ts` allows it.
  serviceWorkers: 'block',
} as const satisfies BrowserContextOptions;

/** A page of the studio, with its requests and its messages. */
export interface StudioPage {
  readonly page: Page;
  readonly asked: readonly string[];
  readonly problems: readonly string[];
}

export async function openStudio(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<StudioPage> {
  const context = await browser.newContext({ ...usual, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const [asked, problems]: [string[], string[]] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const isOurs = !message.text().includes('blocked by Playwright');
    if (isOurs) problems.push(`${message.type()}: ${message.text()}`);
  });
  await page.goto(url);
  await page.getByText('It uses').or(page.getByText('使用处理器')).first().waitFor();
  return { page, asked, problems };
}

/** Drops a file on an element, as if from the desktop. */
export async function drop(page: Page, file: Buffer, name: string, type: string, target = 'body') {
  await dropAll(page, [{ file, name, type }], target);
}

export interface Dropped {
  readonly file: Buffer;
  readonly name: string;
  readonly type: string;
}

/** Drops several files at once. */
export async function dropAll(page: Page, dropped: readonly Dropped[], target = 'body') {
  const files = dropped.map(({ file, name, type }) => ({ data: file.toString('base64'), name, type }));
  const at = JSON.stringify(target);
  await page.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    for (const { data, name, type } of ${JSON.stringify(files)}) {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type }));
    }
    for (const kind of ['dragover', 'drop']) {
      const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector(${at}).dispatchEvent(event);
    }
  })()`);
}

/** Pastes a file, as if from the clipboard. */
export async function paste(page: Page, file: Buffer, name: string, type: string) {
  await page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(file.toString('base64'))}), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], ${JSON.stringify(name)}, { type: ${JSON.stringify(type)} }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  })()`);
}

/** Opens a folded part of the panel. */
export async function unfold(page: Page, name: string | RegExp): Promise<void> {
  const part = page.locator('details').filter({ has: page.getByRole('heading', { name }) });
  if ((await part.getAttribute('open')) === null) await part.locator('summary').click();
}

/** Waits until the picture is painted in full size. */
export async function whole(page: Page): Promise<void> {
  await page.locator('.stage[aria-busy="false"]').waitFor();
  await page.locator('[popovertarget="download-menu"]:enabled').waitFor();
}

/** Where an element is, in CSS pixels of the window, as soon as it is shown. */
export async function boxOf(element: Locator) {
  await element.waitFor();
  const box = await element.boundingBox();
  if (box === null) throw new Error(`expected ${element} to stay visible`);
  return box;
}

/** Waits until the painting is being finished, and its time left is told. */
export async function finishing(page: Page): Promise<void> {
  await page
    .locator('.status')
    .getByText(/Finishing, \d+ s left/)
    .waitFor();
}

/** The downloaded file. */
export async function download(
  page: Page,
  type: 'PNG' | 'JPEG' | 'WebP',
): Promise<{ name: string; file: Buffer }> {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('radio', { name: type, exact: true }).check();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: `Save as ${type}` }).click();
  const came = await coming;
  return { name: came.suggestedFilename(), file: await readFile(await came.path()) };
}
