/**
 * `npm run build && npx tsx bench/browser.ts`: the browser compared with Node, in this machine's Chromium,
 * without graphics card. It measures painting at 512² and a matrix product in both by turns, and painting as
 * a share of the product's rate; a refinement at 384²; the time from opening the studio to its first
 * painting; and tasks of the page's main thread while the camera is painted. `--model FILE` compares the
 * speed of another model; `--refine 0`, `--loads 0` and `--seconds 0` leave parts out.
 */

import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as native from 'onnxruntime-node';
import sharp from 'sharp';
import { type Photograph, photographBytes, photographs, readPhotograph } from '../demo/photographs.ts';
import { floatingPointOperations } from '../src/graph/inspect.ts';
import { matmul } from '../src/graph/ops/linear.ts';
import { quantile } from '../src/evaluation/statistics.ts';
import { input } from '../src/graph/ops/sources.ts';
import type { Outputs } from '../src/graph/tensor.ts';
import { middleSquare, type RgbImage } from '../src/images/image.ts';
import { encodeOnnx } from '../src/graph/onnx.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import type { Runtime } from '../src/runtime/runtime.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { openModel } from '../src/stylize/node/models.ts';
import { createStylizer } from '../src/stylize/stylizer.ts';
import { serveStudio } from '../src/studio/node/server.ts';
import { openTestPage, RUNTIME } from '../test/browser/harness.ts';
import { drop, launch, openStudio } from '../test/studio/harness.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '512' },
    turns: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '10' },
    loads: { type: 'string', default: '5' },
    refine: { type: 'string', default: '384' },
    model: { type: 'string', default: 'models/slim.safetensors' },
  },
});
const [size, turns, seconds, loads] = [values.size, values.turns, values.seconds, values.loads].map(
  Number,
) as [number, number, number, number];

/** Side in pixels of the picture that is refined. */
const refined = Number(values.refine);

const MATRIX = 1024;

/** The model's weights file, and its name without ending. */
const file = resolve(values.model);
const name = basename(file, '.safetensors');

/** Times of each turn, in ms. */
interface Times {
  readonly what: string;
  readonly node: number[];
  readonly page: number[];
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(numbers: readonly number[]): number {
  return quantile(Float64Array.from(numbers), 0.5);
}

/** FLOP of painting a content in a cached style: the sum of all graphs compiled for it, at any level. */
async function paintingFlop(content: RgbImage, style: RgbImage): Promise<number> {
  const runtime = createRuntime();
  let flop = 0;
  const count = <T extends Outputs>(outputs: T): T => {
    flop += floatingPointOperations(outputs);
    return outputs;
  };
  const counting: Runtime = {
    ...runtime,
    compile: (outputs) => runtime.compile(count(outputs)),
    compileMixed: (outputs, half) => runtime.compileMixed(count(outputs), half),
  };
  const stylizer = createStylizer(await openModel(file), counting);
  const encoded = await stylizer.encodeStyle(style);
  flop = 0;
  await stylizer.stylize(content, encoded);
  await runtime.dispose();
  return flop;
}

/** Both are timed from pixels to pixels, including the worker's messages. */
async function compareSpeed(): Promise<void> {
  const stylizer = await loadStylizer({ model: file });
  const square = async (label: Photograph) => middleSquare((await readPhotograph(label, size)).image, size);
  const [content, style] = await Promise.all([square(photographs[0]), square(photographs[1])]);
  const encoded = await stylizer.prepareStyle(style);
  const product = encodeOnnx({ y: matmul(input('a', [MATRIX, MATRIX]), input('b', [MATRIX, MATRIX])) });
  const session = await native.InferenceSession.create(product);
  const matrix = new native.Tensor('float32', new Float32Array(MATRIX * MATRIX).fill(0.5), [MATRIX, MATRIX]);

  const { page, close } = await openTestPage({ folders: { '/model/': dirname(file) } });
  await page.evaluate(`(async () => {
    const side = ${size}, count = ${MATRIX};
    globalThis.content = draw(side, side, 1);
    globalThis.stylizer = await wasserfarbe.loadStylizer({
      device: 'wasm',
      runtime: '${RUNTIME}',
      model: { weights: '/model/${name}.safetensors', card: '/model/${name}.json' },
    });
    globalThis.style = await stylizer.prepareStyle(draw(side, side, 3));
    globalThis.ort = await import('${RUNTIME}ort.wasm.bundle.min.mjs');
    ort.env.wasm.numThreads = navigator.hardwareConcurrency;
    globalThis.session = await ort.InferenceSession.create(new Uint8Array(${JSON.stringify([...product])}));
    globalThis.matrix = new ort.Tensor('float32', new Float32Array(count * count).fill(0.5), [count, count]);
  })()`);
  const inPage = (work: string) =>
    page.evaluate<number>(
      `(async () => { const start = performance.now(); await ${work}; return performance.now() - start; })()`,
    );
  const painting: Times = { what: `stylize ${size}², style cached`, node: [], page: [] };
  const multiplying: Times = { what: `MatMul ${MATRIX}³`, node: [], page: [] };
  for (let turn = 0; turn <= turns; turn++) {
    const painted = await milliseconds(() => stylizer.stylize(content, encoded));
    const multiplied = await milliseconds(() => session.run({ a: matrix, b: matrix }));
    const [there, product] = [
      await inPage('stylizer.stylize(content, style)'),
      await inPage('session.run({ a: matrix, b: matrix })'),
    ];
    // The first turn compiles.
    if (turn === 0) continue;
    painting.node.push(painted);
    painting.page.push(there);
    multiplying.node.push(multiplied);
    multiplying.page.push(product);
  }
  for (const times of [painting, multiplying]) {
    const [node, wasm] = [median(times.node), median(times.page)];
    console.log(
      `${times.what}: Node ${node.toFixed(0)} ms, WebAssembly ${wasm.toFixed(0)} ms, ${(wasm / node).toFixed(1)} ×`,
    );
  }
  const flop = await paintingFlop(content, style);
  const shares = (['node', 'page'] as const).map((where) => {
    // Ratios within each turn, so that both numbers come from the same state of the machine.
    const ratios = painting[where].map((ms, i) => (multiplying[where][i] ?? 0) / ms);
    return ((100 * median(ratios) * flop) / (2 * MATRIX ** 3)).toFixed(0);
  });
  console.log(
    `painting, ${(flop / 1e9).toFixed(1)} GFLOP, at the rate of that product: Node ${shares[0]} %, WebAssembly ${shares[1]} %`,
  );
  await session.release();
  await close();
  await stylizer.dispose();
}

/** A refinement by default, shown as it grows, with tasks of 50 ms and more on the page's main thread. */
async function measureRefining(): Promise<void> {
  const { page, close } = await openTestPage();
  const { seconds, tasks } = await page.evaluate<{ seconds: number; tasks: number }>(`(async () => {
    let tasks = 0;
    const stylizer = await wasserfarbe.loadStylizer({ device: 'wasm', runtime: '${RUNTIME}' });
    const canvas = document.body.appendChild(document.createElement('canvas'));
    const content = draw(${refined}, ${refined});
    new PerformanceObserver((list) => (tasks += list.getEntries().length)).observe({ type: 'longtask' });
    const start = performance.now();
    await stylizer.refine(content, '/package/paintings/impasto.avif', {
      onProgress: ({ refining }) => refining && refining.preview().drawTo(canvas),
    });
    return { seconds: (performance.now() - start) / 1000, tasks };
  })()`);
  console.log(`refine ${refined}²: ${seconds.toFixed(1)} s, ${tasks} tasks over 50 ms on the page`);
  await close();
}

/**
 * Time from opening the page to its first painting, of low resolution, and to the whole one. A photograph is
 * dropped as soon as the page accepts one. Each run uses a new browser, so that nothing is cached or
 * compiled.
 */
async function measureLoading(): Promise<void> {
  const served = await serveStudio(0);
  const photograph = await sharp(await photographBytes(photographs[0]))
    .jpeg()
    .toBuffer();
  const [first, whole]: [number[], number[]] = [[], []];
  for (let i = 0; i < loads; i++) {
    const browser = await launch();
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(60_000);
    const start = performance.now();
    await page.goto(served.url);
    await page.locator('.stage').waitFor();
    await drop(page, photograph, 'photograph.jpg', 'image/jpeg');
    await page.locator('.split').waitFor();
    first.push(performance.now() - start);
    await page.locator('[popovertarget="download-menu"]:enabled').waitFor();
    whole.push(performance.now() - start);
    await browser.close();
  }
  await served.close();
  const [a, b] = [median(first), median(whole)].map((ms) => (ms / 1000).toFixed(2));
  console.log(`studio, nothing cached: first painting after ${a} s, the whole picture after ${b} s`);
}

/** Tasks of 50 ms and more on the page's main thread, as browsers report them. */
async function measureCamera(): Promise<void> {
  const served = await serveStudio(0);
  const browser = await launch({ cameras: 1 });
  const { page } = await openStudio(browser, served.url);
  await page.getByRole('button', { name: 'Use the camera' }).first().click();
  await page.getByText(rate).waitFor();
  await page.evaluate(`(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: 'longtask' });
  })()`);
  await page.waitForTimeout(1000 * seconds);
  const tasks = await page.evaluate<number[]>('tasks');
  const longest = tasks.length === 0 ? '' : `, the longest ${Math.max(...tasks).toFixed(0)} ms`;
  console.log(
    `camera, ${seconds} s: ${await page.getByText(rate).textContent()}; ${tasks.length} tasks over 50 ms${longest}`,
  );
  await browser.close();
  await served.close();
}

const rate = /^\d+\.\d pictures a second, \d+ px$/;

await compareSpeed();
if (refined > 0) await measureRefining();
if (loads > 0) await measureLoading();
if (seconds > 0) await measureCamera();
process.exit(0);
