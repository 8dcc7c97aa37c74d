/**
 * Cost of a training step by kind of operation: `npx tsx bench/step.ts FLAGS OF wasserfarbe train`. Compiles
 * the joint step, runs it a few times under ONNX Runtime's profiler, and prints times next to that of the
 * matrix products alone at their best rate.
 */

import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import * as ort from 'onnxruntime-node';
import { z } from 'zod';
import { settingsFlags } from '../src/cli/train/command.ts';
import { readConfig } from '../src/cli/train/run.ts';
import { matmul } from '../src/graph/ops/linear.ts';
import { input } from '../src/graph/ops/sources.ts';
import { readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { runtimeOn } from '../src/runtime/session.ts';
import { generatorConfig } from '../src/training/config.ts';
import { createSession } from '../src/training/session.ts';
import { readStartingWeights } from '../src/training/node/start.ts';

const RUNS = 4;

const command = new Command('step')
  .option('--top <count>', 'kinds of operations that are printed', '18')
  .option('--keep <file>', 'where the whole profile goes, JSON');
for (const flag of settingsFlags()) command.addOption(flag);
const flags: Record<string, unknown> = command.parse().opts();
const config = await readConfig(
  { stage: 'style', contentDir: '', styleDir: '', saveDir: '', ...flags },
  false,
);
const threads = config.threads ?? 2;
const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-step-'));

/** Runtime whose sessions write a profile. */
const runtime = runtimeOn<ort.Tensor>({
  device: 'cpu',
  createSession: (model) =>
    ort.InferenceSession.create(model, {
      graphOptimizationLevel: 'all',
      enableMemPattern: false,
      intraOpNumThreads: threads,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'step'),
      extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } },
    }),
  tensor: (data, shape) => new ort.Tensor('float32', data as Float32Array, shape),
});

const network = generatorConfig(config);
const session = await createSession({
  config,
  network,
  loss: await readLossNetwork(config.lossNetwork),
  runtime,
  start: (await readStartingWeights(config)).weights,
});
const pixels = config.batchSize * 3 * config.cropSize ** 2;
const picture = (k: number) =>
  Float32Array.from({ length: pixels }, (_, i) => 0.5 + 0.3 * Math.sin(i / (7 + k)) + 0.1 * Math.sin(i * k));
const batch = () => ({ content: picture(1), style: picture(2) });
const times: number[] = [];
for (let i = 0; i < RUNS; i++) {
  const start = performance.now();
  await session.step(i, batch);
  times.push((performance.now() - start) / 1000);
}
await session.dispose();

const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  dur: z.number(),
  args: z.object({ op_name: z.string().optional() }).optional(),
});
const [file = ''] = (await readdir(folder)).sort();
const events = z.array(eventSchema).parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
if (typeof flags.keep === 'string') await copyFile(join(folder, file), flags.keep);
await rm(folder, { recursive: true });
const kinds = new Map<string, { count: number; seconds: number }>();
for (const { cat, name, dur, args } of events) {
  if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name === undefined) continue;
  const kind = kinds.get(args.op_name) ?? { count: 0, seconds: 0 };
  kinds.set(args.op_name, {
    count: kind.count + 1 / RUNS,
    seconds: kind.seconds + dur / 1e6 / RUNS,
  });
}
const best = await matmulRate();
const fastest = Math.min(...times);
const ideal = session.flop / best;
console.log(`step ${times.map((t) => t.toFixed(2)).join(' ')} s, the first with compiling's leftovers`);
console.log(
  `${(session.flop / 1e9).toFixed(1)} GFLOP; at the ${(best / 1e9).toFixed(0)} GFLOP/s of MatMul 1024³: ` +
    `${ideal.toFixed(2)} s, ${((100 * ideal) / fastest).toFixed(0)} % of the fastest step`,
);
const sorted = [...kinds].sort(([, a], [, b]) => b.seconds - a.seconds);
const sum = sorted.reduce((total, [, { seconds }]) => total + seconds, 0);
const nodes = sorted.reduce((total, [, { count }]) => total + count, 0);
console.log(`${nodes.toFixed(0)} nodes, ${sum.toFixed(2)} s in them`);
for (const [kind, { count, seconds }] of sorted.slice(0, Number(flags.top))) {
  console.log(`${seconds.toFixed(3)} s  ${count.toFixed(0).padStart(5)} × ${kind}`);
}

/** FLOP per second of ONNX Runtime's own matrix product. */
async function matmulRate(): Promise<number> {
  const size = 1024;
  const plain = createRuntime({ threads, spinning: false });
  const y = matmul(input('a', [size, size]), input('b', [size, size]));
  const program = await plain.compile({ y });
  const feeds = { a: new Float32Array(size * size).fill(0.5), b: new Float32Array(size * size).fill(0.25) };
  let seconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    await program.run(feeds);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  await plain.dispose();
  return (2 * size ** 3) / seconds;
}
