/**
 * Table 1 of the paper: run times of AdaIN, SANet and Wasserfarbe, as ratios to AdaIN, measured in turns in
 * one run.
 *
 *   npm run table1                      prints the table and writes docs/results/table1.json
 *   npm run table1 -- --sizes 256 --rounds 3 --out /tmp/table1.json
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
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import type { Program } from '../src/runtime/runtime.ts';
import { renderTable1, type Table1 } from './tables.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '512,256' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: `${cpus().length}` },
    out: { type: 'string', default: 'docs/results/table1.json' },
  },
});
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  process.stderr.write(`other work is going on (load ${load.toFixed(1)}): wait, or expect noise\n`);
const [rounds, threads] = [Number(values.rounds), Number(values.threads)];
type Width = Table1['groups'][number]['width'];

/** AdaIN first: the others are ratios to it. Pooled keys are not the paper's form, but the slim width's. */
function contestantsOf(width: Width): Readonly<Record<string, GeneratorConfig>> {
  const ours = generatorOf('wasserfarbe', width);
  return {
    AdaIN: generatorOf('adain', width),
    SANet: generatorOf('sanet', width),
    Wasserfarbe: ours,
    ...(ours.pooledKeys ? {} : { 'Wasserfarbe, keys pooled 2×2': { ...ours, pooledKeys: true } }),
  };
}
const runtime = createRuntime({ device: 'cpu', threads });

/** One method at one width: from two pictures, and from a content and an encoded style. */
interface Contestant {
  readonly method: string;
  readonly gflop: number;
  readonly whole: () => Promise<unknown>;
  readonly cached: () => Promise<unknown>;
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
  const pictures = { content: noise('content', size), style: noise('style', size) };
  const state = await encoder.run({ style: pictures.style });
  await encoder.dispose();
  const feeds: Record<string, Float32Array> = { content: pictures.content };
  for (const [key, value] of Object.entries(state)) feeds[`style.${key}`] = value;
  const programs: Program[] = [
    await runtime.compile(both),
    await runtime.compile({ picture: stylize(content, stored, parameters, config) }),
  ];
  const [first, second] = programs;
  return {
    method,
    gflop: floatingPointOperations(both) / 1e9,
    whole: async () => first?.run(pictures),
    cached: async () => second?.run(feeds),
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

/** Medians in seconds of `rounds` rounds after a warm-up round. Within a round the methods take turns. */
async function measure(width: Width, size: number): Promise<Table1['groups'][number]> {
  const contestants: Contestant[] = [];
  for (const [method, config] of Object.entries(contestantsOf(width))) {
    contestants.push(await contestant(method, config, size));
  }
  const times = new Map(contestants.map((c) => [c, { whole: [] as number[], cached: [] as number[] }]));
  for (let round = 0; round <= rounds; round++) {
    for (const kind of ['whole', 'cached'] as const) {
      for (const c of contestants) {
        const started = performance.now();
        await c[kind]();
        if (round > 0) times.get(c)?.[kind].push((performance.now() - started) / 1000);
      }
    }
    process.stderr.write(`${width}, ${size}²: round ${round} of ${rounds}\n`);
  }
  const rows = contestants.map((c) => ({
    method: c.method,
    gflop: Number(c.gflop.toPrecision(4)),
    styleEncoded: median(times.get(c)?.whole ?? []),
    styleCached: median(times.get(c)?.cached ?? []),
  }));
  for (const c of contestants) await c.dispose();
  return { width, size, rows };
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return Number((sorted[sorted.length >> 1] ?? Number.NaN).toPrecision(4));
}

const groups: Table1['groups'][number][] = [];
for (const width of ['paper', 'slim'] as const) {
  for (const size of values.sizes.split(',')) groups.push(await measure(width, Number(size)));
}
const table: Table1 = {
  rounds,
  load: Number(load.toFixed(1)),
  machine: `${cpus()[0]?.model ?? 'CPU'}, ${threads} threads, Node ${process.versions.node}, ONNX Runtime on the CPU`,
  groups,
};
await runtime.dispose();
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(table, null, 2)}\n`);
console.log(`${renderTable1(table)}\n\n${values.out}`);
