/** Pages in which onnxruntime-web cannot run, and colours that pictures name: as in Node, or one line. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPicture } from '../../src/images/node/image-file.ts';
import type { Stylizer } from '../../src/browser/index.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { sharpOf } from '../helpers/pictures.ts';
import { chrm, cicp, gama, P3, withChunks, withNclx } from '../helpers/tagged.ts';
import { openTestPage, type PageHelpers, type PagePackage, RUNTIME, type TestPage } from './harness.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Global of the page: see the harness. */
declare const wasserfarbe: PagePackage;
declare let stylizer: Stylizer;
declare const refusal: PageHelpers['refusal'];

if (browserPath === undefined) console.warn(`test/browser/faults.test.ts is skipped: ${noBrowser}`);

/** The message with which loading fails in a page. */
function loading(tested: TestPage): Promise<string> {
  return tested.page.evaluate(
    (runtime) => refusal(wasserfarbe.loadStylizer({ device: 'wasm', runtime })),
    RUNTIME,
  );
}

const REMEDY =
  /serve its \.wasm files beside its scripts, and allow 'wasm-unsafe-eval' in a Content-Security-Policy$/;

describe.runIf(browserPath !== undefined)('a page', () => {
  let tested: TestPage;

  beforeAll(async () => {
    tested = await openTestPage();
  });

  afterAll(() => tested?.close());

  it('without the .wasm of onnxruntime-web: loading says so', async () => {
    await tested.page.context().route('**/*.wasm', (route) => route.fulfill({ status: 404, body: 'no' }));
    const message = await loading(tested);
    expect(message).toMatch(
      /^DeviceError: expected onnxruntime-web to run in this page for device wasm but received a failure: /,
    );
    expect(message).toMatch(REMEDY);
    await tested.page.context().unroute('**/*.wasm');
  });

  it('without wasm-unsafe-eval: loading says so', async () => {
    const policy = "default-src 'self' blob: data:; script-src 'self' 'unsafe-inline' blob:";
    await tested.page.context().route(/\.(html|js|mjs)$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        headers: { ...response.headers(), 'Content-Security-Policy': policy },
      });
    });
    await tested.page.goto(`${tested.site.origin}/blank.html`);
    await tested.page.addScriptTag({
      type: 'module',
      content: `import * as wasserfarbe from '/package/dist/browser/index.js'; Object.assign(globalThis, { wasserfarbe });`,
    });
    await tested.page.addScriptTag({
      content: `globalThis.refusal = (promise) => promise.then(() => 'nothing', (error) => error.name + ': ' + error.message);`,
    });
    // Without eval, the page cannot wait by itself.
    while (!(await tested.page.evaluate(() => 'wasserfarbe' in globalThis))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const message = await loading(tested);
    expect(message).toMatch(/^DeviceError: expected onnxruntime-web to run in this page for device wasm/);
    expect(message).toMatch(REMEDY);
    await tested.page.context().unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe.runIf(browserPath !== undefined)('colours that pictures name', () => {
  it('are the same in Node and in a page, within 2 of 255', async () => {
    const colours = [220, 40, 40, 40, 180, 60, 40, 60, 200, 230, 230, 230, 128, 64, 32, 200, 180, 90];
    const samples = Uint8Array.from({ length: 3 * 48 * 32 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % 48, Math.floor(i / 3 / 48)];
      return colours[3 * ((x >> 4) + 3 * (y >> 4)) + (i % 3)] ?? 0;
    });
    const png = await sharpOf(samples, 48, 32).png().toBuffer();
    const avif = await sharpOf(samples, 48, 32).avif({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const files: Record<string, { type: string; bytes: Uint8Array }> = {};
    for (const [primaries, transfer] of [
      [12, 13],
      [9, 13],
      [9, 16],
      [12, 16],
      [9, 18],
      [1, 4],
      [1, 1],
      [1, 8],
    ] as const) {
      const name = `${primaries}/${transfer}`;
      files[`cICP ${name}`] = { type: 'image/png', bytes: withChunks(png, cicp(primaries, transfer)) };
      files[`nclx ${name}`] = { type: 'image/avif', bytes: withNclx(avif, primaries, transfer) };
    }
    files.gAMA = { type: 'image/png', bytes: withChunks(png, gama(1)) };
    files['gAMA alone'] = { type: 'image/png', bytes: withChunks(png, gama(0.45455)) };
    files['gAMA and cHRM'] = { type: 'image/png', bytes: withChunks(png, gama(0.45455), chrm(...P3)) };
    files['cHRM alone'] = { type: 'image/png', bytes: withChunks(png, chrm(...P3)) };
    const tested = await openTestPage();
    try {
      await tested.page.evaluate(`(async () => {
        globalThis.stylizer = await wasserfarbe.loadStylizer({ device: 'wasm', runtime: '${RUNTIME}' });
        globalThis.style = await stylizer.prepareStyle(draw(48, 48, 3), { size: 48 });
      })()`);
      const differences: Record<string, number> = {};
      for (const [name, { type, bytes }] of Object.entries(files)) {
        const shown = await tested.page.evaluate(
          async ({ type, base64 }) => {
            const blob = await (await fetch(`data:${type};base64,${base64}`)).blob();
            const { style } = globalThis as unknown as { style: Parameters<Stylizer['stylize']>[1] };
            return [...(await stylizer.stylize(blob, style, { strength: 0 })).data];
          },
          { type, base64: Buffer.from(bytes).toString('base64') },
        );
        const { image } = await readPicture(bytes);
        const pixels = image.width * image.height;
        let most = 0;
        for (let i = 0; i < pixels; i++) {
          // Decoders of AVIF ring at edges: only the middles of the fields are compared.
          if (i % 16 < 5 || i % 16 > 10 || Math.floor(i / 48) % 16 < 5 || Math.floor(i / 48) % 16 > 10)
            continue;
          for (let c = 0; c < 3; c++) {
            const own = Math.round(255 * (image.data[c * pixels + i] ?? 0));
            most = Math.max(most, Math.abs(own - (shown[4 * i + c] ?? Number.NaN)));
          }
        }
        differences[name] = most;
      }
      for (const [name, most] of Object.entries(differences)) {
        expect(most, `${name} of ${JSON.stringify(differences)}`).toBeLessThanOrEqual(2);
      }
    } finally {
      await tested.close();
    }
  });
});
