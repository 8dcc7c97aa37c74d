/**
 * Evaluates a model on the pictures that training holds back: 20 contents × 40 styles of `../shared/data/train`.
 *
 *   npx tsx bench/heldback.ts --weights runs/x/model.safetensors --style-list runs/styles.txt --pairs 100
 *   npx tsx bench/heldback.ts --microast ../shared/weights --pairs 100
 *
 * Prints medians with their intervals and writes all numbers as JSON beside the weights (`--out` to change).
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Evaluation, evaluateMethod, evaluateModel, metricNames } from '../src/evaluation/protocol.ts';
import type { RgbImage } from '../src/images/image.ts';
import { listImages, writeImage } from '../src/images/node.ts';
import { createRuntime } from '../src/runtime/node.ts';
import { openModel } from '../src/stylize/node-models.ts';
import { holdOut, readList } from '../src/training/pictures.ts';
import { readWeights } from '../src/weights/node.ts';
import { microAstMethod, readMicroAst } from './microast.ts';

const { values } = parseArgs({
  options: {
    /** A model with its card beside it, as training writes it. */
    weights: { type: 'string' },
    /** Or the folder of MicroAST's weights. */
    microast: { type: 'string' },
    data: { type: 'string', default: '../shared/data/train' },
    'style-list': { type: 'string' },
    'loss-network': { type: 'string', default: '../shared/weights/vgg19-16x.safetensors' },
    contents: { type: 'string', default: '20' },
    styles: { type: 'string', default: '40' },
    pairs: { type: 'string' },
    size: { type: 'string', default: '512' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string' },
    out: { type: 'string' },
    /** A folder for the outputs as PNG; outside of the repository or ignored by git. */
    save: { type: 'string' },
  },
});

/** The files that training holds back: the same names in the same order give the same split. */
async function heldBack(folder: string, count: number, list?: string): Promise<string[]> {
  const all = await listImages(folder);
  const wanted = list === undefined ? undefined : await readList(list);
  const files = all.filter((file) => wanted?.has(basename(file)) ?? true);
  return holdOut(files, count).held;
}

const size = Number(values.size);
const runtime = createRuntime(values.threads === undefined ? {} : { threads: Number(values.threads) });
const started = performance.now();
const options = {
  lossWeights: (await readWeights(values['loss-network'])).tensors,
  lossNetwork: basename(values['loss-network']),
  contents: await heldBack(join(values.data, 'content'), Number(values.contents)),
  styles: await heldBack(join(values.data, 'style'), Number(values.styles), values['style-list']),
  size,
  seed: Number(values.seed),
  runtime,
  ...(values.pairs === undefined ? {} : { pairs: Number(values.pairs) }),
  async onPair(done: number, total: number, pair: { content: string; style: string }, output: RgbImage) {
    if (done % 10 === 0) process.stderr.write(`${done} of ${total}\n`);
    const name = (file: string) => file.replace(/\.\w+$/, '');
    if (values.save === undefined) return;
    await writeImage(output, join(values.save, `${name(pair.content)}_stylized_${name(pair.style)}.png`));
  },
};

async function evaluation(): Promise<{ name: string; sha256?: string; result: Evaluation }> {
  if (values.microast !== undefined) {
    const method = await microAstMethod(await readMicroAst(values.microast), runtime, size);
    const result = await evaluateMethod(method, options);
    await method.dispose();
    return { name: 'microast', result };
  }
  if (values.weights === undefined) throw new Error('give --weights MODEL.safetensors or --microast FOLDER');
  const { weights, config, sha256 } = await openModel(values.weights);
  const result = await evaluateModel({ ...options, weights, network: config });
  return { name: values.weights, sha256, result };
}

const { name, sha256, result } = await evaluation();
await runtime.dispose();
console.log(`${name}: ${result.protocol.pictures} at ${result.protocol.size}; judge ${options.lossNetwork}`);
for (const metric of metricNames) {
  const { median, low, high, styleLow, styleHigh } = result.medians[metric];
  const f = (v: number) => v.toPrecision(3);
  console.log(
    `${metric.padEnd(11)} ${f(median).padStart(8)}  95 % ${f(low)} … ${f(high)}, styles ${f(styleLow)} … ${f(styleHigh)}`,
  );
}
const out =
  values.out ??
  (values.weights === undefined
    ? 'out/microast-heldback.json'
    : values.weights.replace(/\.safetensors$/, '.heldback.json'));
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify({ name, sha256, ...result }, null, 1)}\n`);
console.log(`${out}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
