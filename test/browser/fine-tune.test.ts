/** Fine-tuning in a page: learning, ending and refusals; and its example. */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TuningSample, TuningStep } from '../../src/browser/fine-tune.ts';
import { loadStylizer, writeImage } from '../../src/node.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { root } from '../helpers/package.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';
import {
  openTestPage,
  type PageHelpers,
  type PagePackage,
  pageClock,
  RUNTIME,
  type TestPage,
} from './harness.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Globals of the page: see the harness, and below. */
declare const wasserfarbe: PagePackage;
declare const tuning: typeof import('../../src/browser/fine-tune.ts');
declare const small: Parameters<typeof tuning.fineTune>[0];
declare const draw: PageHelpers['draw'];
declare const refusal: PageHelpers['refusal'];
declare const distance: PageHelpers['distance'];

if (browserPath === undefined) console.warn(`test/browser/fine-tune.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('fine-tuning in a page', () => {
  let folder = '';
  let tested: TestPage;

  beforeAll(async () => {
    folder = await temporaryFolder();
    tested = await openTestPage();
    const content = `import * as tuning from '/package/dist/browser/fine-tune.js';
      const sizes = { styleSize: 64, contentSize: 160, sampleSize: 160 };
      const small = { painting: '/package/paintings/impasto.avif', contents: ['/package/paintings/watercolour.avif'], ...sizes, runtime: '${RUNTIME}', device: 'wasm' };
      Object.assign(globalThis, { tuning, small });`;
    await tested.page.addScriptTag({ type: 'module', content });
    await tested.page.waitForFunction('globalThis.tuning');
  });

  afterAll(async () => {
    await tested?.close();
    await rm(folder, { recursive: true });
  });

  it('lowers the style loss, also for an unseen picture, and keeps the page responsive', async () => {
    const [began, spent] = [performance.now(), await pageClock(tested.page)];
    const learnt = await tested.page.evaluate(async () => {
      const [steps, samples]: [TuningStep[], TuningSample[]] = [[], []];
      const tuned = await tuning.fineTune({
        ...small,
        sample: '/package/paintings/night-sky.avif',
        steps: 48,
        seconds: 300,
        sampleSeconds: 300,
        onStep: (step) => steps.push(step),
        onSample: (sample) => samples.push(sample),
      }).result;
      const stylizer = await tuned.loadStylizer();
      const painted = await stylizer.stylize(draw(61, 43), small.painting, { styleSize: 64 });
      const [first, last] = [samples[0], samples.at(-1)].map((sample) => sample?.picture.data ?? []);
      const found = {
        name: tuned.name,
        model: stylizer.model,
        count: tuned.steps,
        steps: steps.map(({ step }) => step),
        rising: steps.every(({ seconds }, i) => seconds > (steps[i - 1]?.seconds ?? 0)),
        styles: samples.map(({ style }) => style),
        size: [painted.width, painted.height],
        changed: distance(first ?? [], last ?? []),
        weights: Array.from(new Uint8Array(await tuned.weights.arrayBuffer())),
        card: await tuned.card.text(),
      };
      stylizer.dispose();
      return found;
    });
    const busy = (1000 * (await spent())) / (performance.now() - began);
    const { styles, weights, card, changed, ...rest } = learnt;
    expect(rest).toEqual({
      name: 'slim-tuned',
      model: 'slim-tuned',
      count: 48,
      steps: Array.from({ length: 48 }, (_, i) => i + 1),
      rising: true,
      size: [61, 43],
    });
    expect(changed).toBeGreaterThan(10);
    console.log(`style loss of a picture held out: ${styles.map((loss) => loss.toFixed(2)).join(' → ')}`);
    expect(styles.at(-1)).toBeLessThan(0.9 * (styles[0] ?? 0));
    // Steps in the page would keep its thread busy all along.
    expect(busy).toBeLessThan(0.2);

    // Node accepts the same files.
    await writeFile(join(folder, 'slim-tuned.safetensors'), Uint8Array.from(weights));
    await writeFile(join(folder, 'slim-tuned.json'), card);
    expect(JSON.parse(card).training.stages.at(-1)).toMatchObject({ stage: 'fine-tune', iterations: 48 });
    const node = await loadStylizer({ model: join(folder, 'slim-tuned.safetensors') });
    expect(node.model).toBe(join(folder, 'slim-tuned.safetensors'));
    await node.dispose();
  });

  it('ends on request, with the learnt weights or at once without them', async () => {
    const found = await tested.page.evaluate(async () => {
      const stopped = tuning.fineTune({
        ...small,
        name: 'mine',
        onStep: ({ step }) => step === 2 && stopped.stop(),
      });
      const tuned = await stopped.result;
      const early = tuning.fineTune(small);
      early.stop();
      const controller = new AbortController();
      const aborting = tuning.fineTune({
        ...small,
        signal: controller.signal,
        onStep: () => controller.abort(new DOMException('enough', 'AbortError')),
      });
      // Heard at once: it may fail before the others end.
      const aborted = refusal(aborting.result);
      return {
        stopped: [tuned.name, tuned.steps],
        early: (await early.result).steps,
        aborted: await aborted,
        before: await refusal(tuning.fineTune({ ...small, signal: AbortSignal.abort() }).result),
      };
    });
    expect(found).toMatchObject({ early: 0, aborted: 'AbortError: enough' });
    expect(found.stopped[0]).toBe('mine');
    expect(found.stopped[1]).toBeLessThan(6);
    expect(found.before).toContain('AbortError');
  });

  it('gives a stylizer that refines through the same loss network, and frees its files in the end', async () => {
    const found = await tested.page.evaluate(async () => {
      const eye = (end: string) => `/package/models/eye.${end}?own`;
      const training = tuning.fineTune({
        ...small,
        lossNetwork: { weights: eye('safetensors'), card: eye('json') },
      });
      training.stop();
      const tuned = await training.result;
      const { postMessage } = Worker.prototype;
      const eyes: string[] = [];
      Worker.prototype.postMessage = function (message, ...rest: unknown[]) {
        if (message.call === 'load') eyes.push(message.request.lossNetwork.weights);
        (postMessage as (...all: unknown[]) => void).call(this, message, ...rest);
      };
      const { createObjectURL, revokeObjectURL } = URL;
      const urls = new Set<string>();
      URL.createObjectURL = (object) => {
        const url = createObjectURL(object);
        urls.add(url);
        return url;
      };
      URL.revokeObjectURL = (url) => {
        urls.delete(url);
        revokeObjectURL(url);
      };
      const stylizer = await tuned.loadStylizer();
      const refined = await stylizer.refine(draw(40, 30), small.painting, { steps: 1, styleSize: 64 });
      const open = urls.size;
      stylizer.dispose();
      Worker.prototype.postMessage = postMessage;
      Object.assign(URL, { createObjectURL, revokeObjectURL });
      return { eyes: eyes.map((url) => new URL(url).search), width: refined.width, open, left: urls.size };
    });
    expect(found).toEqual({ eyes: ['?own', '?own'], width: 40, open: 2, left: 0 });
  });

  it('refuses impossible requests in one line', async () => {
    const said = await tested.page.evaluate(async () => {
      const { fineTune } = tuning;
      const refused = async (options: Partial<typeof small>) => {
        try {
          return await refusal(fineTune({ ...small, ...options }).result);
        } catch (error) {
          return `${error instanceof wasserfarbe.SettingError} ${error instanceof Error ? error.message : ''}`;
        }
      };
      return [
        await refused({ contents: [] }),
        await refused({ seconds: 0 }),
        await refused({ steps: 1.5 }),
        await refused({ name: 'a/b' }),
        await refused({ threads: 0 }),
        await refused({ painting: new ImageData(1, 1).data as never }),
        await refused({ contents: [new Blob(['text'])] }),
      ];
    });
    expect(said).toEqual([
      'true expected at least one photograph for contents but received none',
      'true expected a number of seconds above 0 for seconds but received 0',
      'true expected a whole number, 1 or more for steps but received 1.5',
      'true expected a name for files, without a folder for name but received a/b',
      'true expected a whole number, 1 or more for threads but received 0',
      expect.stringMatching(/^ImageError: expected ImageData, .* for the painting but received /),
      expect.stringMatching(/^ImageError: expected a picture that this browser reads for a content but /),
    ]);
  });

  it('writes nothing to the console and asks no other origin', () => {
    expect(tested.problems).toEqual([]);
    expect(tested.asked.some((path) => path.endsWith('fine-tune-worker.js'))).toBe(true);
  });
});

describe.runIf(browserPath !== undefined)('the example of fine-tuning', () => {
  let folder = '';
  let tested: TestPage;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeImage(drawnImage(1, 120, 90), join(folder, 'photo.png'));
    await writeFile(join(folder, 'text.png'), 'no picture');
    const folders = {
      '/node_modules/wasserfarbe/': root,
      '/node_modules/onnxruntime-web/': join(root, 'node_modules', 'onnxruntime-web'),
      '/fine-tune/': join(root, 'examples', 'fine-tune'),
    };
    tested = await openTestPage({ folders, path: '/fine-tune/' });
  });

  afterAll(async () => {
    await tested?.close();
    await rm(folder, { recursive: true });
  });

  it('learns a painting, draws its curve, and offers the model', async () => {
    const { page, problems } = tested;
    const start = page.getByRole('button', { name: 'Start' });
    expect(await start.isDisabled()).toBe(true);
    await page.getByLabel('Choose a photograph').setInputFiles(join(folder, 'photo.png'));
    await start.click();
    await page.getByText('Learning …').waitFor();
    await page.waitForFunction("Number(document.getElementById('steps').textContent) >= 3");
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText(/^Learnt in \d+ steps/).waitFor();
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download the model' }).click();
    expect((await coming).suggestedFilename()).toBe('slim-tuned.safetensors');
    expect(await page.locator('#loss-after').textContent()).toMatch(/^style loss \d+\.\d\d$/);
    const inks = await page.evaluate(() => {
      const canvas = document.getElementById('curve') as HTMLCanvasElement;
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      return new Set(new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer))
        .size;
    });
    expect(inks).toBeGreaterThan(20);
    expect(problems).toEqual([]);
  });

  it('reports a faulty picture and starts again', async () => {
    const { page } = tested;
    await page.locator('#photo').setInputFiles(join(folder, 'text.png'));
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('expected a picture that this browser reads').waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).isEnabled()).toBe(true);
  });
});
