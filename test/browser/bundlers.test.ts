/** The examples built as by their users: with Vite, with webpack, and without a bundler. */

import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeImage } from '../../src/node.ts';
import { browserPath, launchBrowser, noBrowser } from '../helpers/browser.ts';
import { root, start, workspaceWithPackage } from '../helpers/package.ts';
import { drawnImage } from '../helpers/pictures.ts';
import { serveSite } from '../helpers/site.ts';
import { watch } from './harness.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

if (browserPath === undefined) console.warn(`test/browser/bundlers.test.ts is skipped: ${noBrowser}`);

/** What Vite's bundler says of a build on a busy machine. */
const SLOW_BUILD = /\[PLUGIN_TIMINGS\] .*?#bundlertimings[^\n]*\s*/s;

const ways = [
  {
    name: 'vite',
    program: ['node_modules/vite/bin/vite.js', 'build', 'vite', '--logLevel', 'warn'],
    folder: 'vite/dist',
  },
  { name: 'webpack', program: ['webpack/build.js'], folder: 'webpack' },
  { name: 'plain', program: undefined, folder: undefined },
];

describe.runIf(browserPath !== undefined)('the example', () => {
  let folder = '';

  beforeAll(async () => {
    folder = (await workspaceWithPackage()).folder;
    const filter = (path: string) => !path.startsWith(join(root, 'examples', 'node_modules'));
    await cp(join(root, 'examples'), join(folder, 'examples'), { recursive: true, filter });
    await mkdir(join(folder, 'pictures'));
    await writeImage(drawnImage(1, 301, 203), join(folder, 'pictures', 'photo.png'));
    await writeImage(drawnImage(2, 120, 90), join(folder, 'pictures', 'painting.png'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  });

  afterAll(() => rm(folder, { recursive: true }));

  it.for(ways)('of $name paints', async ({ program, folder: built }) => {
    const examples = join(folder, 'examples');
    if (program !== undefined) {
      const [script = '', ...args] = program;
      const path = script.startsWith('node_modules') ? join(root, script) : script;
      const { code, stderr } = await start(process.execPath, [path, ...args], examples).ended;
      expect([code, stripVTControlCharacters(stderr).replace(SLOW_BUILD, '')]).toEqual([0, '']);
    }
    const folders =
      built === undefined
        ? {
            '/node_modules/wasserfarbe/': join(folder, 'node_modules', 'wasserfarbe'),
            '/node_modules/onnxruntime-web/': join(root, 'node_modules', 'onnxruntime-web'),
            '/': examples,
          }
        : { '/': join(examples, built) };
    const site = await serveSite({ folders });
    const browser = await launchBrowser();
    const page = await browser.newPage();
    const [problems, asked]: [string[], string[]] = [[], []];
    watch(page, site, problems, asked);
    await page.goto(`${site.origin}${built === undefined ? '/plain/' : '/'}`);
    await page
      .getByText('Ready (wasm)')
      .waitFor({ timeout: 20_000 })
      .catch(() => undefined);
    expect(problems).toEqual([]);
    await page.getByLabel('Painting').setInputFiles(join(folder, 'pictures', 'painting.png'));
    await page.getByLabel('Photograph').setInputFiles(join(folder, 'pictures', 'photo.png'));
    await page.getByText('Painted: 301×203.').waitFor({ timeout: 60_000 });
    // Threads work: the page is cross-origin isolated, and its build of the runtime can start them.
    expect(page.workers().length).toBeGreaterThan(1);
    const colours = await page.evaluate(
      'new Set(document.querySelector("canvas").getContext("2d").getImageData(0, 0, 301, 203).data).size',
    );
    expect(colours).toBeGreaterThan(50);
    expect(problems).toEqual([]);
    await browser.close();
    await site.close();
  });
});
