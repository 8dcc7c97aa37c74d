/**
 * Table 1 of the paper: run times of AdaIN, SANet and Wasserfarbe over every pair of ten contents and ten
 * styles, as ratios to AdaIN. The methods take turns at each pair. All others take part in the pairs of the
 * first style, and are compared with AdaIN in those.
 *
 *   npm run table1                      prints the table and writes docs/results/table1.json
 *   npm run table1 -- --sizes 256 --pictures 2 --out /tmp/table1.json
 *
 * Weights are random, which changes no time. Pictures are in memory, so nothing is read or written while the
 * clock runs.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { floatingPointOperations } from '../src/graph/inspect.ts';
import { input } from '../src/graph/ops/sources.ts';
import type { Outputs } from '../src/graph/tensor.ts';
import { foldAttention } from '../src/networks/fold.ts';
import { encodeStyle, stylize } from '../src/networks/generator.ts';
import type { GeneratorConfig } from '../src/networks/settings.ts';
import { generatorOf } from '../src/networks/presets.ts';
import { frozen, Variables } from '../src/networks/parameters.ts';
import { stream, uniformFloat64 } from '../src/random.ts';
import { quantile } from '../src/evaluation/statistics.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import type { Program } from '../src/runtime/runtime.ts';
import { published, renderTable1, type Table1 } from './tables.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '512,256' },
    /** Number of contents, and of styles. */
    pictures: { type: 'string', default: '10' },
    threads: { type: 'string', default: `${cpus().length}` },
    out: { type: 'string', default: 'docs/results/table1.json' },
  },
});
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  process.stderr.write(`other work is going on (load ${load.toFixed(1)}): wait, or expect noise\n`);
const [count, threads] = [Number(values.pictures), Number(values.threads)];
type Width = Table1['groups'][number]['width'];

/** AdaIN first: the others are ratios to it. Pooled keys are not the paper's form, but the slim width's. */
function contestantsOf(width: Width): Readonly<Record<string, GeneratorConfig>> {
  const ours = generatorOf('wasserfarbe', width);
  return {
    AdaIN: generatorOf('adain', width),
    SANet: generatorOf('sanet', width),
    Wasserfarbe: ours,
    ...(ours.pooledKeys ? {} : { 'Wasserfarbe, keys pooled 2×2': { ...ours, pooledKeys: true } }),
    WCT: generatorOf('wct', width),
    'Avatar-Net': generatorOf('avatar', width),
    MANet: generatorOf('manet', width),
    Johnson: generatorOf('johnson', width),
  };
}
const runtime = createRuntime({ device: 'cpu', threads });

/** One method at one width: from two pictures, and from a content and an encoded style. */
interface Contestant {
  readonly method: string;
  readonly gflop: number;
  readonly whole: (content: Float32Array, style: Float32Array) => Promise<unknown>;
  /** From a content alone. */
  readonly cached: (content: Float32Array) => Promise<unknown>;
  dispose(): Promise<void>;
}

async function contestant(method: string, trained: GeneratorConfig, size: number): Promise<Contestant> {
  const { weights, config } = foldAttention(randomWeights(trained), trained);
  const parameters = frozen(weights, method);
  const [content, style] = [input('content', [1, 3, size, size]), input('style', [1, 3, size, size])];
  const encoded = encodeStyle(style, parameters, config);
  const both = { picture: stylize(content, encoded, parameters, config) };
  const stored: Outputs = Object.fromEntries(
    Object.entries(encoded).map(([key, t]) => [key, input(`style.${key}`, t.shape)]),
  );
  const encoder = await runtime.compile(encoded);
  const state = await encoder.run({ style: noise('style 0', size) });
  await encoder.dispose();
  const kept = Object.fromEntries(Object.entries(state).map(([key, value]) => [`style.${key}`, value]));
  const programs: Program[] = [
    await runtime.compile(both),
    await runtime.compile({ picture: stylize(content, stored, parameters, config) }),
  ];
  const [first, second] = programs;
  return {
    method,
    gflop: floatingPointOperations(both) / 1e9,
    whole: async (content, style) => first?.run({ content, style }),
    cached: async (content) => second?.run({ content, ...kept }),
    dispose: async () => void (await Promise.all(programs.map((program) => program.dispose()))),
  };
}

function noise(name: string, size: number): Float32Array {
  const random = stream(1, 'table1', name);
  return Float32Array.from({ length: 3 * size * size }, () => uniformFloat64(random));
}

function randomWeights(config: GeneratorConfig) {
  const variables = new Variables();
  const [content, style] = [input('content', [1, 3, 64, 64]), input('style', [1, 3, 64, 64])];
  stylize(content, encodeStyle(style, variables, config), variables, config);
  return variables.initialise(stream(1, 'table1', 'weights'));
}

/** Seconds of all pairs, after a warm-up. */
async function measure(width: Width, size: number): Promise<Table1['groups'][number]> {
  const contestants: Contestant[] = [];
  for (const [method, config] of Object.entries(contestantsOf(width))) {
    contestants.push(await contestant(method, config, size));
  }
  const empty = () => ({ all: [] as number[], whole: [] as number[], cached: [] as number[] });
  const times = new Map(contestants.map((c) => [c, empty()]));
  for (let i = -1; i < count; i++) {
    const content = noise(`content ${i}`, size);
    for (let j = 0; j < (i < 0 ? 1 : count); j++) {
      const style = noise(`style ${j}`, size);
      // A style that is cached does not change the time.
      for (const kind of j === 0 ? (['whole', 'cached'] as const) : (['whole'] as const)) {
        for (const c of j === 0 ? contestants : contestants.filter(({ method }) => method in published)) {
          const started = performance.now();
          await c[kind](content, style);
          if (i < 0) continue;
          const seconds = (performance.now() - started) / 1000;
          if (j === 0) times.get(c)?.[kind].push(seconds);
          if (kind === 'whole') times.get(c)?.all.push(seconds);
        }
      }
    }
    process.stderr.write(`${width}, ${size}²: ${i + 1} of ${count} contents\n`);
  }
  const [adain] = contestants;
  const rows = contestants.map((c) => {
    const { all, whole, cached } = times.get(c) ?? empty();
    const base = (adain && times.get(adain)) ?? empty();
    return {
      method: c.method,
      gflop: rounded(c.gflop),
      mean: rounded(mean(all)),
      // Compared in the rounds in which both took part.
      meanRatio: rounded(mean(all) / mean(c.method in published ? base.all : base.whole)),
      styleEncoded: median(whole),
      styleCached: median(cached),
    };
  });
  for (const c of contestants) await c.dispose();
  return { width, size, rows };
}

const rounded = (value: number): number => Number(value.toPrecision(4));
const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const median = (list: readonly number[]): number => rounded(quantile(Float64Array.from(list), 0.5));

const groups: Table1['groups'][number][] = [];
for (const width of ['paper', 'slim'] as const) {
  for (const size of values.sizes.split(',')) groups.push(await measure(width, Number(size)));
}
const table: Table1 = {
  pictures: count,
  load: Number(load.toFixed(1)),
  machine: `${cpus()[0]?.model ?? 'CPU'}, ${threads} threads, Node ${process.versions.node}, ONNX Runtime on the CPU`,
  groups,
};
await runtime.dispose();
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(table, null, 2)}\n`);
console.log(`${renderTable1(table)}\n\n${values.out}`);
