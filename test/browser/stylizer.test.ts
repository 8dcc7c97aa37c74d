/** The stylizer of browsers: its options, style files, and errors. */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Style, Stylizer } from '../../src/browser/index.ts';
import { loadStylizer, writeImage } from '../../src/node.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';
import {
  openStylizerPage,
  pageClock,
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
declare const distance: PageHelpers['distance'];

if (browserPath === undefined) console.warn(`test/browser/stylizer.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the stylizer of browsers', () => {
  let folder = '';
  let tested: TestPage;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeImage(drawnImage(1, 61, 43), join(folder, 'photo.png'));
    await writeImage(drawnImage(2, 50, 40), join(folder, 'painting.png'));
    await writeFile(join(folder, 'text.txt'), 'no picture');
    const node = await loadStylizer();
    const ofNode = await node.prepareStyle(join(folder, 'painting.png'), { size: 40 });
    await node.saveStyle(ofNode, join(folder, 'of-node.style'));
    await node.dispose();
    tested = await openStylizerPage({ '/pictures/': folder });
  });

  afterAll(async () => {
    await tested?.close();
    await rm(folder, { recursive: true });
  });

  it('runs on WebAssembly without a graphics card', async () => {
    expect(await tested.page.evaluate(() => [stylizer.model, stylizer.device])).toEqual(['slim', 'wasm']);
  });

  it('keeps the page responsive while it paints', async () => {
    const paint = () =>
      tested.page.evaluate(async () => {
        const pixels = draw(512, 512);
        const start = performance.now();
        await stylizer.stylize(pixels, style);
        return performance.now() - start;
      });
    await paint();
    const spent = await pageClock(tested.page);
    const took = (await paint()) / 1000;
    const busy = (await spent()) / took;
    expect(took).toBeGreaterThan(0.1);
    expect(busy).toBeLessThan(0.3);
  });

  it('mixes styles by weights and masks, with the strength of a map', async () => {
    const found = await tested.page.evaluate(async () => {
      const content = draw(96, 64);
      const other = await stylizer.prepareStyle(draw(48, 48, 9), { size: 48 });
      const [first, second] = [
        await stylizer.stylize(content, style),
        await stylizer.stylize(content, other),
      ];
      const mixed = await stylizer.stylize(content, [{ style, weight: 3 }, { style: other }]);
      const left = new OffscreenCanvas(96, 64);
      const context = left.getContext('2d') as OffscreenCanvasRenderingContext2D;
      context.fillStyle = 'white';
      context.fillRect(0, 0, 48, 64);
      const mask = wasserfarbe.maskOf(context.getImageData(0, 0, 96, 64));
      const masked = await stylizer.stylize(content, [{ style, mask }]);
      const mapped = await stylizer.stylize(content, style, { strengthMap: mask });
      const still = await stylizer.stylize(content, style, { strength: 0 });
      const corner = [0, 1, 2];
      const far = [0, 1, 2].map((i) => 4 * (96 * 10 + 90) + i);
      const at = (data: ArrayLike<number>, places: number[]) => places.map((i) => data[i] ?? 0);
      return {
        between:
          distance(mixed.data, first.data) < distance(second.data, first.data) &&
          distance(mixed.data, first.data) > 0,
        masked: [
          distance(at(masked.data, corner), at(first.data, corner)),
          distance(at(masked.data, far), at(content.data, far)),
        ],
        mapped: distance(mapped.data, masked.data),
        still: distance(still.data, content.data),
      };
    });
    expect(found).toEqual({ between: true, masked: [0, 0], mapped: 0, still: 0 });
  });

  it('keeps the colours of the content', async () => {
    const found = await tested.page.evaluate(async () => {
      const [content, painting] = [draw(64, 48), draw(48, 48, 5)];
      const own = await stylizer.stylize(content, painting, { styleSize: 48 });
      const luma = await stylizer.stylize(content, painting, { styleSize: 48, preserveColor: 'luma' });
      const coral = await stylizer.stylize(content, painting, { styleSize: 48, preserveColor: 'coral' });
      const refused = await refusal(stylizer.stylize(content, style, { preserveColor: 'coral' }));
      return {
        luma: distance(own.data, luma.data) > 20,
        coral: distance(own.data, coral.data) > 20,
        refused,
      };
    });
    expect(found).toEqual({
      luma: true,
      coral: true,
      refused: expect.stringContaining('SettingError: expected a style picture for preserveColor coral'),
    });
  });

  it('reports phases and tiles, and shows a preview first', async () => {
    const heard = await tested.page.evaluate(async () => {
      const heard: string[] = [];
      const { stylizer, style } = await tiling();
      const painted = await stylizer.stylize(draw(700, 400), style, {
        tile: 384,
        previewSize: 64,
        onPreview: ({ width, height }) => heard.push(`preview ${width}×${height}`),
        onProgress: ({ phase, tiles }) =>
          heard.push(tiles === undefined ? phase : `${tiles.done}/${tiles.total}`),
      });
      heard.push(`${painted.width}×${painted.height}`);
      stylizer.dispose();
      return heard;
    });
    expect(heard.slice(0, 3)).toEqual(['read', 'preview 112×64', 'compile']);
    expect(heard.at(-1)).toBe('700×400');
    expect(heard.at(-2)).toBe('done');
    const [, done, total] = /^(\d+)\/(\d+)$/.exec(heard.at(-3) ?? '') ?? [];
    expect(done).toBe(total);
    expect(Number(total)).toBeGreaterThan(3);
  });

  it('reads its own style files and those of Node', async () => {
    const found = await tested.page.evaluate(async () => {
      const content = draw(61, 43);
      const file = await stylizer.saveStyle(style, { source: 'waves.png' });
      const again = await stylizer.prepareStyle(file);
      const [a, b] = [await stylizer.stylize(content, style), await stylizer.stylize(content, again)];
      const ofNode = await stylizer.prepareStyle('/pictures/of-node.style');
      const own = await stylizer.prepareStyle('/pictures/painting.png', { size: 40 });
      const [c, d] = [await stylizer.stylize(content, ofNode), await stylizer.stylize(content, own)];
      const picture = '/pictures/painting.png';
      const info = await stylizer.readStyleInfo(
        await stylizer.saveStyle(own, { picture, source: 'sea.png' }),
      );
      const { type = '', bytes: small = new Uint8Array(0) } = info.thumbnail ?? {};
      const { width, height } = await createImageBitmap(new Blob([small.slice()], { type }));
      return {
        bytes: file.size,
        own: distance(a.data, b.data),
        node: distance(c.data, d.data),
        info: [info.modelName, info.source, type, Math.max(width, height) <= 128],
        none: await refusal(stylizer.readStyleInfo(new Blob(['x']))),
      };
    });
    expect(found.info).toEqual(['slim', 'sea.png', 'image/webp', true]);
    expect(found.none).toContain('expected a style file for the style but received a file of another kind');
    expect(found.bytes).toBeLessThan(50_000);
    expect(found.own).toBeLessThanOrEqual(3);
    expect(found.node).toBeLessThanOrEqual(3);
  });

  it('reports faults in one line', async () => {
    const said = await tested.page.evaluate(async () => {
      const content = draw(40, 30);
      const paint = (picture: unknown, options = {}) =>
        refusal(stylizer.stylize(picture as ImageData, style, options));
      return {
        nothing: await paint(null),
        number: await paint(7),
        element: await paint(document.createElement('p')),
        empty: await paint(Object.assign(document.createElement('canvas'), { width: 0 })),
        text: await paint('/pictures/text.txt'),
        bytes: await paint(new Blob(['x'], { type: 'text/plain' })),
        strength: await paint(content, { strength: 2 }),
        size: await paint(content, { contentSize: 0.5 }),
        tile: await paint(content, { tile: -1 }),
        memory: await paint(draw(400, 300), { maxMemory: 1 }),
        option: await paint(content, { strenght: 1 }),
        share: await refusal(stylizer.stylize(content, [{ style, wieght: 2 } as { style: typeof style }])),
        other: await refusal(stylizer.stylize(content, { ...style, model: 'another' })),
        none: await refusal(stylizer.stylize(content, [])),
        device: await refusal(wasserfarbe.loadStylizer({ device: 'gpu' as 'wasm' })),
        webgpu: await refusal(wasserfarbe.loadStylizer({ device: 'webgpu', runtime: '/onnxruntime-web/' })),
      };
    });
    for (const line of Object.values(said))
      expect(line).toMatch(/^[A-Z]\w*Error: expected [^\n]+ for [^\n]+ but received [^\n]+$/);
    expect(said.number).toBe(
      'ImageError: expected ImageData, ImageBitmap, a canvas, <img>, <video>, a Blob, a URL or a StylizedImage for the content but received 7',
    );
    expect(said.text).toContain('/pictures/text.txt but received a file of type text/plain');
    expect(said.webgpu).toMatch(/for device webgpu .* use device 'wasm' or 'auto'/);
    expect(said.other).toContain('WeightsError: expected a style encoded by model slim');
  });

  it('runs on one thread on pages that are not isolated', async () => {
    const other = await openTestPage({ isolated: false });
    const found = await other.page.evaluate(async (runtime) => {
      const loaded = await wasserfarbe.loadStylizer({ threads: 4, runtime });
      const own = await loaded.prepareStyle(draw(48, 48, 3), { size: 48 });
      return [crossOriginIsolated, (await loaded.stylize(draw(40, 30), own)).width];
    }, RUNTIME);
    expect(found).toEqual([false, 40]);
    expect(other.problems).toEqual([]);
    await other.close();
  });

  it('does all this without console messages or requests to other origins', () => {
    expect(tested.problems).toEqual([]);
    expect(
      tested.asked.filter((path) => path.endsWith('.wasm')).every((path) => path.startsWith(RUNTIME)),
    ).toBe(true);
  });
});
