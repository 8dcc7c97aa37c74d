/** Inputs and outputs of the stylizer of browsers. */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Style, Stylizer } from '../../src/browser/index.ts';
import { toSamples } from '../../src/images/image.ts';
import { writeImage } from '../../src/node.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';
import { openStylizerPage, type PageHelpers, type PagePackage, RUNTIME, type TestPage } from './harness.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Global of the page: see the harness. */
declare const wasserfarbe: PagePackage;
declare let stylizer: Stylizer;
declare let style: Style;
declare const draw: PageHelpers['draw'];
declare const refusal: PageHelpers['refusal'];
declare const distance: PageHelpers['distance'];

if (browserPath === undefined) console.warn(`test/browser/pictures.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('pictures of browsers', () => {
  let folder = '';
  let tested: TestPage;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeImage(drawnImage(1, 61, 43), join(folder, 'photo.png'));
    await writeImage(drawnImage(2, 50, 40), join(folder, 'painting.png'));
    await writeFile(join(folder, 'text.txt'), 'no picture');
    tested = await openStylizerPage({ '/pictures/': folder });
  });

  afterAll(async () => {
    await tested?.close();
    await rm(folder, { recursive: true });
  });

  it('takes every kind of picture and paints each the same', async () => {
    const distances = await tested.page.evaluate(async () => {
      const pixels = draw(61, 43);
      const canvas = document.createElement('canvas');
      const offscreen = new OffscreenCanvas(61, 43);
      for (const one of [canvas, offscreen]) {
        Object.assign(one, { width: 61, height: 43 });
        const context = one.getContext('2d') as CanvasRenderingContext2D | null;
        context?.putImageData(pixels, 0, 0);
      }
      const blob = await offscreen.convertToBlob();
      const url = URL.createObjectURL(blob);
      const image = new Image();
      image.src = url;
      const given = {
        ImageBitmap: await createImageBitmap(pixels),
        canvas,
        offscreen,
        // The image is still loading; the stylizer waits for it.
        image,
        blob,
        file: new File([blob], 'photo.png'),
        url,
        URL: new URL(url),
      };
      const expected = await stylizer.stylize(pixels, style);
      const found: Record<string, number> = {};
      for (const [name, picture] of Object.entries(given)) {
        const painted = await stylizer.stylize(picture, style);
        found[name] = distance(painted.data, expected.data);
      }
      return found;
    });
    expect(distances).toEqual(Object.fromEntries(Object.keys(distances).map((name) => [name, 0])));
    expect(Object.keys(distances).length).toBe(8);
  });

  it('takes the current frame of a video', async () => {
    const size = await tested.page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 64, height: 48 });
      canvas.getContext('2d')?.fillRect(0, 0, 20, 20);
      const video = document.createElement('video');
      Object.assign(video, { muted: true, srcObject: canvas.captureStream(30) });
      const early = await refusal(stylizer.stylize(video, style));
      await video.play();
      const painted = await stylizer.stylize(video, style);
      return [early, painted.width, painted.height];
    });
    expect(size).toEqual([expect.stringContaining('wait for its loadeddata event'), 64, 48]);
  });

  it('takes a picture as it is at the call and does not change it', async () => {
    const [same, left] = await tested.page.evaluate(async () => {
      const [pixels, before] = [draw(40, 40), draw(40, 40)];
      const expected = await stylizer.stylize(pixels, style);
      const painting = stylizer.stylize(pixels, style);
      pixels.data.fill(0);
      const bitmap = await createImageBitmap(before);
      await stylizer.stylize(bitmap, style);
      return [distance((await painting).data, expected.data), bitmap.width];
    });
    expect([same, left]).toEqual([0, 40]);
  });

  it('returns ImageData, files and canvases', async () => {
    const found = await tested.page.evaluate(async () => {
      const pixels = draw(33, 21);
      for (let i = 3; i < pixels.data.length; i += 8) pixels.data[i] = 100;
      const painted = await stylizer.stylize(pixels, style);
      const types = ['image/png', 'image/jpeg', 'image/webp'] as const;
      const blobs = await Promise.all(types.map((type) => painted.toBlob({ type, quality: 0.9 })));
      const wrong = [{ quality: 90 }, { typ: 'image/png' }, 'image/jpeg'];
      const lines = await Promise.all(wrong.map((options) => refusal(painted.toBlob(options as never))));
      const bitmaps = await Promise.all(blobs.map((blob) => createImageBitmap(blob)));
      const canvas = document.createElement('canvas');
      painted.drawTo(canvas);
      const shown = canvas.getContext('2d')?.getImageData(0, 0, 33, 21).data ?? [];
      const taken = new OffscreenCanvas(5, 5);
      taken.getContext('webgl2');
      return {
        alpha: painted.toImageData().data[3],
        sizes: bitmaps.map(({ width, height }) => `${width}×${height}`),
        shown: Math.max(
          ...[...shown].map((value, i) =>
            painted.data[i | 3] === 255 ? Math.abs(value - (painted.data[i] ?? 0)) : 0,
          ),
        ),
        refused: await refusal((async () => painted.drawTo(taken))()),
        lines,
      };
    });
    expect(found).toEqual({
      alpha: 100,
      sizes: ['33×21', '33×21', '33×21'],
      shown: 0,
      refused: expect.stringMatching(/^ImageError: expected a canvas of context '2d'[^\n]*$/),
      lines: [
        expect.stringContaining('expected a number from 0 to 1 for quality but received 90'),
        expect.stringContaining('an option of toBlob but received typ'),
        expect.stringContaining('expected an object for the options of toBlob'),
      ],
    });
  });

  it('reports a missing file', async () => {
    const before = tested.problems.length;
    const said = await tested.page.evaluate(async () => ({
      picture: await refusal(stylizer.stylize('/pictures/gone.png', style)),
      model: await refusal(
        wasserfarbe.loadStylizer({
          runtime: '/onnxruntime-web/',
          model: { weights: '/gone.safetensors', card: '/gone.json' },
        }),
      ),
      runtime: await refusal(wasserfarbe.loadStylizer({ device: 'wasm', runtime: '/gone/' })),
    }));
    expect(said.picture).toBe(
      'ImageError: expected a picture that can be fetched for /pictures/gone.png but received status 404',
    );
    expect(said.model).toMatch(
      /^WeightsError: expected a file that can be fetched for the .* received status 404 \(.*gone\..*\)$/,
    );
    expect(said.runtime).toMatch(
      /^DeviceError: expected onnxruntime-web for the runtime .*install onnxruntime-web/,
    );
    // The browser itself writes each failure to the console.
    expect(tested.problems.splice(before).every((line) => /404|gone/.test(line))).toBe(true);
  });

  it('reads transparent files without multiplying by alpha', async () => {
    const image = drawnImage(4, 64, 4);
    image.alpha = Float32Array.from({ length: 256 }, (_, i) => (i % 64) / 63);
    await writeImage(image, join(folder, 'clear.png'));
    const expected = toSamples(image, 8, 4);
    const data = await tested.page.evaluate(async () => {
      const painted = await stylizer.stylize('/pictures/clear.png', style, { strength: 0 });
      return [...painted.data];
    });
    // Fully transparent places get colours of their surroundings.
    const seen = data.map((value, i) => (expected[i | 3] === 0 ? expected[i] : value));
    expect(seen).toEqual([...expected]);
  });

  it('does all this without console messages or requests to other origins', () => {
    expect(tested.problems).toEqual([]);
    expect(
      tested.asked.filter((path) => path.endsWith('.wasm')).every((path) => path.startsWith(RUNTIME)),
    ).toBe(true);
  });
});
