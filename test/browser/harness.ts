/** An empty page in a real browser that can import the built package, and a record of forbidden behaviour. */

import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type LaunchOptions, launchBrowser } from '../helpers/browser.ts';
import { root } from '../helpers/package.ts';
import { serveSite, type Site } from '../helpers/site.ts';
import type { Style, Stylizer } from '../../src/browser/index.ts';

export interface TestPage {
  readonly page: Page;
  readonly site: Site;
  readonly browser: Browser;
  /** All errors, console warnings and failed requests, and every request that left the page's origin. */
  readonly problems: string[];
  /** Paths of all requests. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const PACKAGE = '/package/dist/browser/index.js';
/** Folder of onnxruntime-web on the site. */
export const RUNTIME = '/onnxruntime-web/';

/** Folders that make a site of the package, as a page without bundler needs them. */
export const packageFolders = {
  '/package/': root,
  [RUNTIME]: join(root, 'node_modules', 'onnxruntime-web', 'dist'),
};

export interface TestPageOptions extends LaunchOptions {
  /** Further folders, by prefix. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly isolated?: boolean;
}

export async function openTestPage({
  folders = {},
  path = '/blank.html',
  isolated = true,
  ...launch
}: TestPageOptions = {}): Promise<TestPage> {
  const site = await serveSite({ folders: { ...folders, ...packageFolders }, isolated });
  const browser = await launchBrowser(launch);
  const page = await browser.newPage();
  // Machines may be busy.
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  const asked: string[] = [];
  watch(page, site, problems, asked);
  await page.goto(site.origin + path);
  if (path === '/blank.html') await importPackage(page);
  return {
    page,
    site,
    browser,
    problems,
    asked,
    async close() {
      await browser.close();
      await site.close();
    },
  };
}

/** Starts a clock of the seconds that the processor spends on the page's own thread, without its workers. */
export async function pageClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  // Seconds of the processor are the same on a busy machine.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const seconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  };
  const before = await seconds();
  return async () => (await seconds()) - before;
}

/** The package in the page, under `wasserfarbe`. */
export type PagePackage = typeof import('../../src/browser/index.ts');

/** Functions that tests can call in the page. */
export interface PageHelpers {
  /** Soft waves, opaque. */
  draw(width: number, height: number, seed?: number): ImageData;
  /** The error of a rejected promise, as `name: message`. */
  refusal(promise: Promise<unknown>): Promise<string>;
  /** Largest difference between two pictures of one size. */
  distance(a: ArrayLike<number>, b: ArrayLike<number>): number;
}

/** A stylizer of a model without drafts, which paints in tiles, and a style of 48² pixels for it. */
export interface Tiling {
  readonly stylizer: Stylizer;
  readonly style: Style;
}

/** The same page with a `stylizer`, a `style` of 48² pixels, and `tiling()`. */
export async function openStylizerPage(folders: Readonly<Record<string, string>> = {}): Promise<TestPage> {
  const tested = await openTestPage({ folders });
  await tested.page.evaluate(`(async () => {
    globalThis.stylizer = await wasserfarbe.loadStylizer({ device: 'auto', runtime: '${RUNTIME}' });
    globalThis.style = await stylizer.prepareStyle(draw(48, 48, 3), { size: 48 });
    globalThis.tiling = async () => {
      const file = (end) => '/package/models/adain-slim.' + end;
      const model = { weights: file('safetensors'), card: file('json') };
      const stylizer = await wasserfarbe.loadStylizer({ device: 'auto', runtime: '${RUNTIME}', model });
      return { stylizer, style: await stylizer.prepareStyle(draw(48, 48, 3), { size: 48 }) };
    };
  })()`);
  return tested;
}

/** Imports by a script tag: the test runner would rewrite `import()` in a function of a test. */
async function importPackage(page: Page): Promise<void> {
  const content = `import * as wasserfarbe from '${PACKAGE}'; Object.assign(globalThis, { wasserfarbe });`;
  await page.addScriptTag({ type: 'module', content });
  await page.addScriptTag({ content: helpers });
  await page.waitForFunction('globalThis.wasserfarbe');
}

/** Records console errors and warnings, uncaught errors, and requests that fail or leave the origin. */
export function watch(page: Page, { origin }: Site, problems: string[], asked: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      problems.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.context().on('request', (request) => {
    const url = request.url();
    asked.push(url.replace(origin, ''));
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) problems.push(`left the origin: ${url}`);
  });
}

const helpers = `
  globalThis.draw = (width, height, seed = 1) => {
    const image = new ImageData(width, height);
    for (let i = 0; i < image.data.length; i++) {
      const [c, x, y] = [i % 4, (i >> 2) % width, Math.floor(i / 4 / width)];
      image.data[i] = c === 3 ? 255 : 127 + 127 * Math.sin((x * (1 + (seed % 3))) / 11 + (y * (1 + (seed % 4))) / 7 + c * seed);
    }
    return image;
  };
  globalThis.refusal = (promise) => promise.then(() => 'nothing', (error) => error.name + ': ' + error.message);
  globalThis.distance = (a, b) => {
    if (a.length !== b.length) return Infinity;
    let most = 0;
    for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
    return most;
  };
`;
