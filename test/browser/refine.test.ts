/** Refining in a page: in a worker of its own, as Node does it, with every way to end it. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RefineProgress, StylizedImage, Stylizer } from '../../src/browser/index.ts';
import { loadStylizer, type RgbImage } from '../../src/node.ts';
import { toSamples } from '../../src/images/image.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { openStylizerPage, type PageHelpers, type TestPage } from './harness.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Globals of the page: see the harness. */
declare const stylizer: Stylizer;
declare const draw: PageHelpers['draw'];
declare const refusal: PageHelpers['refusal'];
declare const distance: PageHelpers['distance'];

if (browserPath === undefined) console.warn(`test/browser/refine.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('refining in a page', () => {
  let tested: TestPage;

  beforeAll(async () => {
    tested = await openStylizerPage();
  });

  afterAll(() => tested?.close());

  it('does what Node does, tells every step, and lets other calls pass', async () => {
    const found = await tested.page.evaluate(async () => {
      const painting = draw(96, 96, 3);
      const steps: number[] = [];
      const previews: number[][] = [];
      let isRefined = false;
      const refining = stylizer.refine(draw(61, 43), painting, {
        steps: 3,
        styleSize: 96,
        onProgress({ refining }) {
          if (refining === undefined) return;
          steps.push(refining.step);
          const { width, height } = refining.preview();
          previews.push([width, height]);
        },
      });
      refining.then(() => {
        isRefined = true;
      });
      await stylizer.stylize(draw(61, 43), painting, { styleSize: 96 });
      const passed = !isRefined;
      const { width, height, data } = await refining;
      return { passed, steps, previews, width, height, data: Array.from(data) };
    });
    expect(found).toMatchObject({ passed: true, steps: [1, 2, 3], width: 61, height: 43 });
    // Small pictures are painted at twice their size.
    expect(found.previews).toEqual([1, 2, 3].map(() => [122, 86]));
    const [photo, painting] = await tested.page.evaluate(() =>
      [draw(61, 43), draw(96, 96, 3)].map(({ data }) => Array.from(data)),
    );
    const node = await loadStylizer();
    const own = await node.refine(planes(photo, 61, 43), planes(painting, 96, 96), {
      steps: 3,
      styleSize: 96,
    });
    const expected: readonly number[] = Array.from(toSamples(own, 8, 3));
    await node.dispose();
    // Adam's first steps follow signs of gradients, and rounding decides some: single pixels may differ.
    const mean = expected.reduce((sum, value, i) => {
      const at = 4 * Math.floor(i / 3) + (i % 3);
      return sum + Math.abs(value - (found.data[at] ?? 0)) / expected.length;
    }, 0);
    expect(mean).toBeLessThanOrEqual(0.5);
  });

  it('takes photographs of every shape, as large as its memory allows', async () => {
    const found = await tested.page.evaluate(async () => {
      const sizes: number[][] = [];
      for (const [width, height] of [
        [1080, 608],
        [2400, 300],
      ] as const) {
        let last: number[] = [];
        const onProgress = ({ refining }: RefineProgress) => {
          const preview = refining?.preview();
          if (preview !== undefined) last = [preview.width, preview.height];
        };
        const options = { steps: 1, styleSize: 96, onProgress };
        const { width: w, height: h } = await stylizer.refine(draw(width, height), draw(96, 96, 3), options);
        sizes.push([w, h, ...last]);
      }
      return sizes;
    });
    expect(found[0]).toEqual([1080, 608, 1080, 608]);
    expect(found[1]?.slice(0, 2)).toEqual([2400, 300]);
    expect(found[1]?.[3]).toBeGreaterThan(250);
  }, 300_000);

  it('ends early with the picture as it is, goes on from it, and rejects if aborted', async () => {
    const found = await tested.page.evaluate(async () => {
      const painting = '/package/paintings/impasto.avif';
      const options = { styleSize: 96, seconds: 600 };
      const enough = new AbortController();
      let last = 0;
      let preview: StylizedImage | undefined;
      const ended = await stylizer.refine(draw(40, 40), painting, {
        ...options,
        enough: enough.signal,
        onProgress({ refining }) {
          last = refining?.step ?? last;
          preview = refining?.preview() ?? preview;
          if (last === 2) enough.abort();
        },
      });
      // With nothing left to do, a refinement gives back what it begins with.
      const again = await stylizer.refine(draw(40, 40), painting, {
        ...options,
        ...(preview && { from: preview }),
        enough: AbortSignal.abort(),
      });
      const controller = new AbortController();
      const aborting = stylizer.refine(draw(40, 40), painting, {
        ...options,
        signal: controller.signal,
        onProgress: ({ refining }) => refining && controller.abort(new DOMException('no more', 'AbortError')),
      });
      const aborted = await refusal(aborting);
      return { last, back: distance(ended.data, again.data), aborted };
    });
    expect(found.last).toBeGreaterThanOrEqual(2);
    expect(found.last).toBeLessThan(20);
    expect(found.back).toBeLessThanOrEqual(1);
    expect(found.aborted).toBe('AbortError: no more');
  });

  it('refuses what it cannot do', async () => {
    const found = await tested.page.evaluate(async () => {
      const style = await stylizer.prepareStyle(draw(48, 48, 3), { size: 48 });
      const unknown = stylizer.refine as (...all: unknown[]) => Promise<unknown>;
      return [
        await refusal(unknown(draw(40, 40), style)),
        await refusal(unknown(draw(40, 40), draw(40, 40), { step: 3 })),
        await refusal(stylizer.refine(draw(40, 40), draw(40, 40), { maxMemory: 1e8 })),
      ];
    });
    expect(found[0]).toContain('expected a style picture for refine but received an encoded style');
    expect(found[1]).toContain('an option of refine but received step');
    expect(found[2]).toContain('fits into the 0.1 GB of free memory');
    expect(tested.problems).toEqual([]);
  });
});

/** RGBA samples as planes. */
function planes(pixels: readonly number[] | undefined, width: number, height: number): RgbImage {
  const count = width * height;
  const data = Float32Array.from(
    { length: 3 * count },
    (_, i) => (pixels?.[4 * (i % count) + Math.floor(i / count)] ?? 0) / 255,
  );
  return { width, height, data };
}
