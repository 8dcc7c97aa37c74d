/** Runs the scripts and pages of README.md and docs/ in a browser, without anything from elsewhere. */

import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launchBrowser, noBrowser } from '../helpers/browser.ts';
import { blocksIn, commandsOf, exampleWorkspace, pages, type Workspace } from '../helpers/examples.ts';
import { start } from '../helpers/package.ts';
import { serveSite, type Site } from '../helpers/site.ts';
import { watch } from './harness.ts';

if (browserPath === undefined) console.warn(`test/browser/examples.test.ts is skipped: ${noBrowser}`);

const parts = pages.flatMap((own) =>
  ['js', 'html'].flatMap((language) => blocksIn(own, language).map((block) => ({ ...block, own }))),
);

/** Whether there is a canvas with a picture: an empty one takes less than 2 kB. */
const painted = "[...document.querySelectorAll('canvas')].some((canvas) => canvas.toDataURL().length > 8000)";

describe.runIf(browserPath !== undefined)('in a browser', () => {
  let workspace: Workspace;
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    workspace = await exampleWorkspace(parts.map(({ own }) => own));
    browser = await launchBrowser();
    site = await serveSite({ folders: { '/': workspace.folder }, isolated: false });
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await rm(workspace.folder, { recursive: true });
  });

  it.each(parts)('$place paints', { timeout: 120_000 }, async ({ own, language, code }) => {
    const home = workspace.folderOf(own.page);
    const isPage = language === 'html';
    const folder = isPage ? join(home, 'public') : home;
    if (isPage) {
      for (const line of commandsOf(own)) await start('sh', ['-c', line], home, workspace.env).ended;
      for (const file of ['photo.jpg', 'painting.jpg']) await cp(join(home, file), join(folder, file));
    }
    await writeFile(join(folder, 'index.html'), isPage ? code : pageAround(code));
    const tab = await browser.newPage();
    const [problems, asked]: [string[], string[]] = [[], []];
    watch(tab, site, problems, asked);
    await tab.goto(`${site.origin}${folder.slice(workspace.folder.length)}/index.html`);
    await tab.waitForFunction(painted, undefined, { timeout: 60_000 }).catch((error: unknown) => {
      problems.push(String(error));
    });
    expect(problems).toEqual([]);
    await tab.close();
  });
});

/**
 * A script in a page with a photograph and a canvas. Bundlers find ONNX Runtime for workers; an import map
 * does not.
 */
function pageAround(code: string): string {
  const runtime = "runtime: '/node_modules/onnxruntime-web/dist/'";
  const load = `loadStylizer({ ${runtime} })`;
  const script = code
    .replace(/(?<!\.)loadStylizer\(\)/, load)
    .replace('fineTune({', `fineTune({ ${runtime},`)
    .replace(/seconds: \d+/, 'seconds: 2');
  const atHand = code.includes('import ')
    ? ''
    : `import { loadStylizer } from 'wasserfarbe/browser';\nconst stylizer = await ${load};\n`;
  const imports = Object.fromEntries(
    ['', '/fine-tune'].map((part) => [
      `wasserfarbe/browser${part}`,
      `/node_modules/wasserfarbe/dist/browser/${part === '' ? 'index' : 'fine-tune'}.js`,
    ]),
  );
  return `<!doctype html><title>Test</title><link rel="icon" href="data:,">
    <img id="photo" src="photo.jpg" /><canvas id="canvas"></canvas>
    <script type="importmap">${JSON.stringify({ imports })}</script>
    <script type="module">${atHand}globalThis.plot = () => {};\n${script}</script>`;
}
