/** The queue of the stylizer of browsers: calls that wait, are replaced or aborted, and the memory left. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Style, Stylizer } from '../../src/browser/index.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import {
  openStylizerPage,
  openTestPage,
  type PageHelpers,
  type PagePackage,
  RUNTIME,
  type TestPage,
  type Tiling,
} from './harness.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Global of the page: see the harness. */
declare const wasserfarbe: PagePackage;
declare let stylizer: Stylizer;
declare let style: Style;
declare const tiling: () => Promise<Tiling>;
declare const draw: PageHelpers['draw'];
declare const refusal: PageHelpers['refusal'];

if (browserPath === undefined) console.warn(`test/browser/queue.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the queue of the stylizer of browsers', () => {
  let tested: TestPage;

  beforeAll(async () => {
    tested = await openStylizerPage();
  });

  afterAll(() => tested?.close());

  it('paints one call after another and lets newer ones replace waiting ones', async () => {
    const order = await tested.page.evaluate(async () => {
      const content = draw(48, 32);
      const order: string[] = [];
      const call = (name: string, options = {}) =>
        stylizer.stylize(content, style, options).then(
          () => order.push(name),
          (error) => order.push(`${name} ${error.name}: ${error.message}`),
        );
      await Promise.all([
        call('first'),
        call('old slider', { replace: true }),
        call('kept'),
        call('new slider', { replace: true }),
      ]);
      return order;
    });
    expect(order).toEqual([
      'old slider AbortError: this stylize call was replaced by a newer one',
      'first',
      'kept',
      'new slider',
    ]);
  });

  it('can be aborted while waiting and between tiles, and continues', async () => {
    const found = await tested.page.evaluate(async () => {
      const { stylizer, style } = await tiling();
      const content = draw(700, 400);
      const [running, waiting] = [new AbortController(), new AbortController()];
      const tiles: number[] = [];
      const first = refusal(
        stylizer.stylize(content, style, {
          tile: 384,
          signal: running.signal,
          onProgress({ tiles: now }) {
            if (now === undefined) return;
            tiles.push(now.done);
            running.abort(new Error('enough'));
          },
        }),
      );
      const second = refusal(stylizer.stylize(content, style, { signal: waiting.signal }));
      waiting.abort();
      const third = stylizer.stylize(draw(40, 30), style);
      const gone = refusal(stylizer.stylize(content, style, { signal: AbortSignal.abort() }));
      const ended = {
        first: await first,
        second: await second,
        third: (await third).width,
        gone: await gone,
        tiles,
      };
      stylizer.dispose();
      return ended;
    });
    expect(found).toEqual({
      first: 'Error: enough',
      second: expect.stringMatching(/^AbortError: /),
      third: 40,
      gone: expect.stringMatching(/^AbortError: /),
      tiles: [1],
    });
  });

  it('does not begin what is aborted while its picture is captured, and frees the picture', async () => {
    const found = await tested.page.evaluate(async () => {
      const { createImageBitmap: capture } = globalThis;
      const { postMessage } = Worker.prototype;
      const [captured, calls]: [ImageBitmap[], string[]] = [[], []];
      globalThis.createImageBitmap = async (...all: unknown[]) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const bitmap = await (capture as (...all: unknown[]) => Promise<ImageBitmap>)(...all);
        captured.push(bitmap);
        return bitmap;
      };
      Worker.prototype.postMessage = function (message, ...rest: unknown[]) {
        calls.push(message.call);
        (postMessage as (...all: unknown[]) => void).call(this, message, ...rest);
      };
      const controller = new AbortController();
      const shown = Object.assign(document.createElement('canvas'), { width: 48, height: 32 });
      const aborted = refusal(stylizer.stylize(shown, style, { signal: controller.signal }));
      setTimeout(() => controller.abort(), 10);
      const next = await stylizer.stylize(draw(40, 30), style);
      Worker.prototype.postMessage = postMessage;
      globalThis.createImageBitmap = capture;
      return { aborted: await aborted, next: next.width, calls, widths: captured.map(({ width }) => width) };
    });
    expect(found).toEqual({
      aborted: expect.stringMatching(/^AbortError: /),
      next: 40,
      calls: ['stylize'],
      // Closed bitmaps have none.
      widths: [0],
    });
  });

  it('keeps saying why its worker failed', async () => {
    const found = await tested.page.evaluate(async (runtime) => {
      const Own = Worker;
      let worker: Worker | undefined;
      globalThis.Worker = class extends Own {
        constructor(...all: ConstructorParameters<typeof Own>) {
          super(...all);
          worker = this;
        }
      };
      const other = await wasserfarbe.loadStylizer({ device: 'wasm', runtime });
      globalThis.Worker = Own;
      const running = refusal(other.prepareStyle(draw(40, 30)));
      worker?.dispatchEvent(new ErrorEvent('error', { message: 'it broke', cancelable: true }));
      const later = await refusal(other.prepareStyle(draw(40, 30)));
      other.dispose();
      return [await running, later, await refusal(other.prepareStyle(draw(40, 30)))];
    }, RUNTIME);
    for (const line of found) {
      expect(line).toMatch(
        /^DeviceError: expected a worker that runs for the stylizer but received it broke;/,
      );
    }
  });

  it('keeps no memory after 200 pictures', async () => {
    // On one thread: others would sleep where no collector reaches them.
    const own = await openTestPage();
    const { page } = own;
    await page.evaluate(async (runtime) => {
      const stylizer = await wasserfarbe.loadStylizer({ threads: 1, runtime });
      Object.assign(globalThis, {
        stylizer,
        style: await stylizer.prepareStyle(draw(48, 48, 3), { size: 48 }),
      });
    }, RUNTIME);
    const paint = (times: number) =>
      page.evaluate(async (times) => {
        const content = draw(40, 30);
        for (let i = 0; i < times; i++) {
          await stylizer.stylize(i % 2 === 0 ? content : await createImageBitmap(content), style);
        }
      }, times);
    const used = async () => {
      const measured = page.evaluate(
        'performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes)',
      );
      // The measurement ends once all have collected their garbage; forcing it avoids waiting.
      await page.evaluate('gc()');
      for (const worker of page.workers()) await worker.evaluate('gc()');
      return Number(await measured);
    };
    await paint(20);
    const before = await used();
    await paint(200);
    const grown = (await used()) - before;
    await own.close();
    console.log(`200 runs: ${(grown / 1e6).toFixed(2)} MB more than ${(before / 1e6).toFixed(0)} MB`);
    // The memory of WebAssembly counts; it alone is more than this.
    expect(before).toBeGreaterThan(1e7);
    expect(grown).toBeLessThan(1e6);
  });

  it('frees its worker and refuses calls when it is disposed', async () => {
    // The threads of ONNX Runtime end with the worker that they belong to.
    const count = () => tested.page.workers().filter((worker) => worker.url().includes('/package/')).length;
    const workers = count();
    expect(workers).toBeGreaterThan(0);
    const found = await tested.page.evaluate(async (runtime) => {
      const other = await wasserfarbe.loadStylizer({ device: 'wasm', runtime });
      const calls = [draw(300, 200), draw(40, 30)].map((picture) => refusal(other.stylize(picture, style)));
      await new Promise((resolve) => setTimeout(resolve, 20));
      other.dispose();
      other.dispose();
      return [...(await Promise.all(calls)), await refusal(other.prepareStyle(draw(40, 30)))];
    }, RUNTIME);
    for (const line of found) {
      expect(line).toMatch(
        /^DeviceError: expected a live stylizer for .* but received a disposed one; call loadStylizer/,
      );
    }
    // Chromium lets a worker that computes go on for two seconds.
    await expect.poll(count, { timeout: 20_000 }).toBe(workers);
  });

  it('does all this without console messages or requests to other origins', () => {
    expect(tested.problems).toEqual([]);
    expect(
      tested.asked.filter((path) => path.endsWith('.wasm')).every((path) => path.startsWith(RUNTIME)),
    ).toBe(true);
  });
});
