/** `npm run bench`: speed of inference and of the training step as shares of a matrix product, in one run. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { floatingPointOperations } from '../src/graph/inspect.ts';
import { input } from '../src/graph/ops/sources.ts';
import { matmul } from '../src/graph/ops/linear.ts';
import type { Outputs } from '../src/graph/tensor.ts';
import { frozen, Variables } from '../src/networks/parameters.ts';
import { wasserfarbe } from '../src/networks/wasserfarbe.ts';
import { layerNames, vgg19 } from '../src/networks/vgg19.ts';
import { encodeStyle, stylize } from '../src/networks/generator.ts';
import type { GeneratorConfig } from '../src/networks/settings.ts';
import { stream, uniformFloat64 } from '../src/random.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { parseTrainingConfig } from '../src/training/config.ts';
import { createSession } from '../src/training/session.ts';
import type { WeightMap } from '../src/weights/safetensors.ts';

const runtime = createRuntime();
const random = stream(1, 'bench');
const noise = (count: number) => Float32Array.from({ length: count }, () => uniformFloat64(random));

interface Row {
  what: string;
  milliseconds: number;
  gflop: number;
  /** Rate as a share of the matrix product's, both measured in turns. */
  share: number;
}

const rows: Row[] = [];

const N = 1024;
const product = matmul(input('a', [N, N]), input('b', [N, N]));
const reference = await runtime.compile({ product });
const factors = { a: noise(N * N), b: noise(N * N) };

/**
 * Medians after a warm-up. The matrix product runs between the runs, so that both meet the same conditions.
 */
async function time(what: string, gflop: number, run: () => Promise<unknown>, runs: number): Promise<void> {
  await run();
  const times: number[] = [];
  const references: number[] = [];
  for (let i = 0; i < runs; i++) {
    times.push(await clock(run));
    for (let j = 0; j < 3; j++) references.push(await clock(() => reference.run(factors)));
  }
  const milliseconds = median(times);
  const share = gflop / milliseconds / ((2 * N ** 3) / 1e9 / median(references));
  rows.push({ what, milliseconds, gflop, share });
}

async function clock(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function timeGraph(what: string, outputs: Outputs, feeds: Record<string, Float32Array>, runs: number) {
  const program = await runtime.compile(outputs);
  await time(what, floatingPointOperations(outputs) / 1e9, () => program.run(feeds), runs);
  await program.dispose();
}

function randomWeights(config: GeneratorConfig): WeightMap {
  const variables = new Variables();
  const [content, style] = [input('content', [1, 3, 64, 64]), input('style', [1, 3, 64, 64])];
  stylize(content, encodeStyle(style, variables, config), variables, config);
  return variables.initialise(random);
}

async function inference(name: 'slim' | 'paper', size: number, runs: number): Promise<void> {
  const config: GeneratorConfig = wasserfarbe[name];
  const parameters = frozen(randomWeights(config), name);
  const [content, style] = [input('content', [1, 3, size, size]), input('style', [1, 3, 512, 512])];
  const encoded = encodeStyle(style, parameters, config);
  const pictures = { content: noise(3 * size * size), style: noise(3 * 512 * 512) };
  const whole = { picture: stylize(content, encoded, parameters, config) };
  await timeGraph(`${name} ${size}², style encoded too`, whole, pictures, runs);
  const encoder = await runtime.compile(encoded);
  const values = await encoder.run({ style: pictures.style });
  await encoder.dispose();
  const stored = Object.fromEntries(
    Object.entries(encoded).map(([key, t]) => [key, input(`style.${key}`, t.shape)]),
  );
  const feeds: Record<string, Float32Array> = { content: pictures.content };
  for (const [key, value] of Object.entries(values)) feeds[`style.${key}`] = value;
  const cached = { picture: stylize(content, stored, parameters, config) };
  await timeGraph(`${name} ${size}², style cached`, cached, feeds, runs);
}

/** Time of the paper's generator over that of slim: both compiled, run in turns, medians. */
async function paperToSlim(): Promise<number> {
  const pictures = { content: noise(3 * 512 * 512), style: noise(3 * 512 * 512) };
  const [content, style] = [input('content', [1, 3, 512, 512]), input('style', [1, 3, 512, 512])];
  const compile = (config: GeneratorConfig) => {
    const parameters = frozen(randomWeights(config), 'random weights');
    return runtime.compile({
      picture: stylize(content, encodeStyle(style, parameters, config), parameters, config),
    });
  };
  const [paper, slim] = [await compile(wasserfarbe.paper), await compile(wasserfarbe.slim)];
  const times: { paper: number[]; slim: number[] } = { paper: [], slim: [] };
  for (let round = 0; round < 6; round++) {
    const long = await clock(() => paper.run(pictures));
    await slim.run(pictures);
    const short = await clock(() => slim.run(pictures));
    // The first round is a warm-up.
    if (round > 0) {
      times.paper.push(long);
      times.slim.push(short);
    }
  }
  await Promise.all([paper.dispose(), slim.dispose()]);
  return median(times.paper) / median(times.slim);
}

/** The joint step with a loss network of 16× width with heads; weights are random, as only time counts. */
async function trainingStep(styleLoss: 'moments' | 'wasserstein+moments'): Promise<void> {
  const config = parseTrainingConfig({
    stage: 'style',
    styleLoss,
    contentDir: '-',
    styleDir: '-',
    saveDir: '-',
    lossNetwork: 'random',
  });
  const loss = new Variables();
  const heads = [64, 128, 256, 512, 512] as const;
  const lossConfig = { widths: [16, 32, 64, 128, 128], preprocessing: 'conv0', heads } as const;
  vgg19(input('x', [1, 3, 64, 64]), loss, lossConfig, layerNames);
  const session = await createSession({
    config,
    network: wasserfarbe.slim,
    loss: { parameters: frozen(loss.initialise(random), 'random'), config: lossConfig },
    runtime,
    start: randomWeights(wasserfarbe.slim),
  });
  const count = config.batchSize * 3 * config.cropSize ** 2;
  const batch = { content: noise(count), style: noise(count) };
  let step = 0;
  const what = `train step, ${styleLoss}, batch ${config.batchSize}, ${config.cropSize}²`;
  await time(what, session.flop / 1e9, () => session.step(step++, () => batch), 7);
  await session.dispose();
}

await time(`MatMul ${N}³`, (2 * N ** 3) / 1e9, () => reference.run(factors), 20);
for (const size of [256, 512, 1024]) await inference('slim', size, size > 512 ? 5 : 11);
await inference('paper', 512, 3);
await trainingStep('moments');
await trainingStep('wasserstein+moments');

const rate = (row: Row) => (row.gflop / row.milliseconds) * 1000;
console.log(
  `${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, Node ${process.versions.node}, onnxruntime CPU\n`,
);
const line = (cells: string[]) =>
  (cells[0] ?? '').padEnd(42) +
  cells
    .slice(1)
    .map((c) => c.padStart(11))
    .join('');
console.log(line(['what', 'ms', 'GFLOP', 'GFLOP/s', 'of MatMul']));
for (const row of rows) {
  const share = `${(100 * row.share).toFixed(0)} %`;
  console.log(
    line([row.what, row.milliseconds.toFixed(1), row.gflop.toFixed(2), rate(row).toFixed(0), share]),
  );
}
console.log(`\npaper : slim at 512², style encoded too, in turns: ${(await paperToSlim()).toFixed(1)} : 1`);
await reference.dispose();
await runtime.dispose();

for (const size of ['256', '512', '1024']) {
  const script = new URL('./peak-memory.ts', import.meta.url).pathname;
  const megabytes = execFileSync(process.execPath, ['--import', 'tsx', script, size], { encoding: 'utf8' });
  console.log(`peak memory of a process that stylises ${size}²: ${megabytes.trim()} MB`);
}
const folder = mkdtempSync(join(tmpdir(), 'wasserfarbe-bench-'));
try {
  const sharpInput = { raw: { width: 512, height: 512, channels: 3 as const } };
  const pixels = Uint8Array.from({ length: 3 * 512 * 512 }, (_, i) => (i * 7) % 256);
  await sharp(pixels, sharpInput).jpeg().toFile(join(folder, 'picture.jpg'));
  const cli = new URL('../dist/cli/main.js', import.meta.url).pathname;
  const starts: number[] = [];
  for (let i = 0; i < 7; i++) {
    const [picture, out] = [join(folder, 'picture.jpg'), join(folder, `out-${i}.png`)];
    const args = [cli, 'stylize', '--content', picture, '--style', picture, '-o', out];
    starts.push(await clock(async () => execFileSync(process.execPath, args, { stdio: 'ignore' })));
  }
  const version = await clock(async () => execFileSync(process.execPath, [cli, '--version']));
  console.log(
    `CLI from start to file written, 512², model included: ${median(starts).toFixed(0)} ms, median of 7`,
  );
  console.log(`CLI --version: ${version.toFixed(0)} ms`);
} finally {
  rmSync(folder, { recursive: true });
}
