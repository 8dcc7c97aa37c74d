/**
 * MicroAST (Wang et al. 2023), a small peer: its published networks built with this package's graph
 * operations, as a method for the evaluation protocol, and with ONNX's own strided and grouped convolutions,
 * for a fair timing.
 *
 * `npx tsx bench/microast.ts` checks that both forms agree and times them at 512² in turns with `slim`. Needs
 * `../shared/weights/microast-*.safetensors`; nothing of them is copied.
 */

import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import onnxProto from 'onnx-proto';
import * as ort from 'onnxruntime-node';
import { meanOver } from '../src/graph/composed.ts';
import { add, div, mul, relu, sqrt, sub } from '../src/graph/ops/elementwise.ts';
import { reshape, slice } from '../src/graph/ops/layout.ts';
import { conv } from '../src/graph/ops/linear.ts';
import { constant, input } from '../src/graph/ops/sources.ts';
import { reflectPad, upsample } from '../src/graph/ops/spatial.ts';
import { elementCount, nchw, type Shape } from '../src/graph/shape.ts';
import type { Outputs, Tensor } from '../src/graph/tensor.ts';
import type { RgbImage } from '../src/images/image.ts';
import { frozen, Variables } from '../src/networks/parameters.ts';
import { wasserfarbe } from '../src/networks/wasserfarbe.ts';
import { encodeStyle, stylize } from '../src/networks/generator.ts';
import type { GeneratorConfig } from '../src/networks/settings.ts';
import { stream, uniformFloat64 } from '../src/random.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import type { Runtime } from '../src/runtime/runtime.ts';
import { openModel } from '../src/stylize/node/models.ts';
import { readWeights } from '../src/weights/node/weights-file.ts';
import type { WeightMap, WeightTensor } from '../src/weights/safetensors.ts';
import type { Method } from '../src/evaluation/node/contestants.ts';

/** The few operations of MicroAST, so that both forms share one definition. */
interface Operations<T> {
  constant(value: number): T;
  /** Reflection padding of half the kernel, bias, stride, groups. */
  conv(x: T, weight: WeightTensor, bias: WeightTensor, stride: number, groups: number): T;
  relu(x: T): T;
  sqrt(x: T): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** Mean over positions, `[1, C, 1, 1]`. */
  mean(x: T): T;
  /** Bilinear ×2, corners not aligned. */
  bilinear(x: T): T;
}

interface Networks {
  readonly content: WeightMap;
  readonly style: WeightMap;
  readonly modulator: WeightMap;
  readonly decoder: WeightMap;
}

/** Encoded style, shallow to deep: feature statistics, and factors of the modulated filters. */
interface StyleSignals<T> {
  readonly levels: readonly { mean: T; deviation: T; weight: T; bias: T }[];
}

export async function readMicroAst(folder: string): Promise<Networks> {
  const read = async (part: string) =>
    (await readWeights(join(folder, `microast-${part}.safetensors`))).tensors;
  return {
    content: await read('content_encoder'),
    style: await read('style_encoder'),
    modulator: await read('modulator'),
    decoder: await read('decoder'),
  };
}

/** MicroAST on squares of `size` pixels, a multiple of 4. */
export async function microAstMethod(networks: Networks, runtime: Runtime, size: number): Promise<Method> {
  const [style, whole] = [styleGraph(networks, size), input('content', [1, 3, size, size])];
  const stored = Object.fromEntries(Object.entries(style).map(([name, t]) => [name, input(name, t.shape)]));
  const encoder = await runtime.compile(
    Object.fromEntries(Object.entries(style).map(([name, t]) => [`out.${name}`, t])),
  );
  const signals = signalsOf(stored);
  const program = await runtime.compile({
    picture: contentHalf(graphOperations, networks, whole, signals, size),
  });
  return {
    async prepare(image) {
      const values = await encoder.run({ style: image.data });
      const feeds = Object.fromEntries(Object.entries(values).map(([name, data]) => [name.slice(4), data]));
      return async (content: RgbImage) => ({
        width: size,
        height: size,
        data: (await program.run({ ...feeds, content: content.data })).picture,
      });
    },
    async dispose() {
      await encoder.dispose();
      await program.dispose();
    },
  };
}

function styleGraph(networks: Networks, size: number): Outputs {
  const signals = styleHalf(graphOperations, networks, input('style', [1, 3, size, size]), size);
  return Object.fromEntries(
    signals.levels.flatMap((level, i) => Object.entries(level).map(([name, t]) => [`${i}.${name}`, t])),
  );
}

function signalsOf(stored: Outputs): StyleSignals<Tensor> {
  const get = (name: string): Tensor => {
    const tensor = stored[name];
    if (tensor === undefined) throw new Error(`no ${name}`);
    return tensor;
  };
  const level = (i: number) => ({
    mean: get(`${i}.mean`),
    deviation: get(`${i}.deviation`),
    weight: get(`${i}.weight`),
    bias: get(`${i}.bias`),
  });
  return { levels: [level(0), level(1)] };
}

function styleHalf<T>(o: Operations<T>, networks: Networks, style: T, size: number): StyleSignals<T> {
  const features = encoder(o, networks.style, style);
  const signal = (name: string, x: T) => {
    const [weight, bias] = layer(networks.modulator, `${name}.0.conv_layer`);
    return o.mean(o.conv(x, weight, bias, 1, 64));
  };
  return {
    levels: features.map((x, i) => ({
      ...statistics(o, x, (size / 4) ** 2),
      weight: signal(`weight${i + 1}`, x),
      bias: signal(`bias${i + 1}`, x),
    })),
  };
}

function contentHalf<T>(
  o: Operations<T>,
  networks: Networks,
  content: T,
  style: StyleSignals<T>,
  size: number,
): T {
  const [, deep] = encoder(o, networks.content, content);
  const [first, second] = style.levels;
  if (first === undefined || second === undefined) throw new Error('two levels');
  const positions = (size / 4) ** 2;
  const block = (name: string, x: T, level: typeof first) => {
    const own = statistics(o, x, positions);
    const y = o.add(o.mul(o.div(o.sub(x, own.mean), own.deviation), level.deviation), level.mean);
    const filtered = (part: string, z: T) => {
      const [weight, bias] = layer(networks.decoder, `${name}.${part}.conv_layer`);
      return o.add(o.mul(level.weight, o.conv(z, weight, bias, 1, 1)), o.mul(level.bias, z));
    };
    return o.add(y, filtered('conv2', o.relu(filtered('conv1', y))));
  };
  let y = block('dec2', block('dec1', deep, second), first);
  const convolve = (x: T, name: string, groups: number) => {
    const [weight, bias] = layer(networks.decoder, `dec3.${name}.conv_layer`);
    return o.conv(x, weight, bias, 1, groups);
  };
  y = o.relu(convolve(o.relu(convolve(o.bilinear(y), '1', 32)), '3', 1));
  y = o.relu(convolve(o.relu(convolve(o.bilinear(y), '6', 16)), '8', 1));
  return convolve(y, '10', 1);
}

/** Features at a quarter of the size, after one and after two residual blocks. */
function encoder<T>(o: Operations<T>, weights: WeightMap, picture: T): readonly [T, T] {
  let x = picture;
  for (const [name, stride, groups] of [
    ['0', 1, 1],
    ['2', 2, 16],
    ['4', 1, 1],
    ['6', 2, 32],
    ['8', 1, 1],
  ] as const) {
    const [weight, bias] = layer(weights, `enc1.${name}.conv_layer`);
    x = o.relu(o.conv(x, weight, bias, stride, groups));
  }
  const residual = (name: string, y: T) => {
    const part = (n: string, z: T) => {
      const [weight, bias] = layer(weights, `${name}.${n}.conv_layer`);
      return o.conv(z, weight, bias, 1, 1);
    };
    return o.add(y, part('conv2', o.relu(part('conv1', y))));
  };
  const shallow = residual('enc1.10', x);
  return [shallow, residual('enc2.0', shallow)];
}

/** Unbiased variance + 1e-5, as in MicroAST's code. */
function statistics<T>(o: Operations<T>, x: T, positions: number) {
  const mean = o.mean(x);
  const centred = o.sub(x, mean);
  const variance = o.mul(o.mean(o.mul(centred, centred)), o.constant(positions / (positions - 1)));
  return { mean, deviation: o.sqrt(o.add(variance, o.constant(1e-5))) };
}

function layer(weights: WeightMap, name: string): readonly [WeightTensor, WeightTensor] {
  const [weight, bias] = [weights.get(`${name}.weight`), weights.get(`${name}.bias`)];
  if (weight === undefined || bias === undefined) throw new Error(`MicroAST has no ${name}`);
  return [weight, bias];
}

/** A grouped kernel `[O, I/groups, k, k]` as a plain one with zeros. */
function dense({ shape, data }: WeightTensor, groups: number): WeightTensor {
  const [outputs, perGroup, kh, kw] = nchw(shape, 'kernel');
  if (groups === 1) return { shape, data };
  const inputs = perGroup * groups;
  const size = perGroup * kh * kw;
  const wide = new Float32Array(outputs * inputs * kh * kw);
  for (let o = 0; o < outputs; o++) {
    const group = Math.floor((o * groups) / outputs);
    wide.set(data.subarray(o * size, (o + 1) * size), (o * inputs + group * perGroup) * kh * kw);
  }
  return { shape: [outputs, inputs, kh, kw], data: wide };
}

const bare: Omit<Operations<Tensor>, 'constant' | 'conv' | 'mean' | 'bilinear'> = {
  relu,
  sqrt,
  add,
  sub,
  mul,
  div,
};

/**
 * This package's graph has no strides and groups: strides are taken from the full result, groups are zeros in
 * a plain kernel.
 */
const graphOperations: Operations<Tensor> = {
  ...bare,
  constant: (value) => constant([value], []),
  conv(x, weight, bias, stride, groups) {
    const full = dense(weight, groups);
    const [, , kernel] = nchw(full.shape, 'kernel');
    const padded = kernel === 1 ? x : reflectPad(x, kernel >> 1);
    const y = conv(padded, constant(full.data, full.shape), constant(bias.data, bias.shape));
    if (stride === 1) return y;
    const [n, c, h, w] = nchw(y.shape, 'features');
    const blocks = reshape(y, [n * c, h / 2, 2, w / 2, 2]);
    const first = slice(blocks, [0, 0, 0, 0, 0], [n * c, h / 2, 1, w / 2, 1]);
    return reshape(first, [n, c, h / 2, w / 2]);
  },
  mean: (x) => meanOver(x, [2, 3]),
  bilinear(x) {
    // Nearest ×2, then [1 2 1] / 4 both ways: the same weights of ¼ and ¾; mirroring repeats the border.
    const [n, c, h, w] = nchw(x.shape, 'features');
    const large = reflectPad(reshape(upsample(x), [n * c, 1, 2 * h, 2 * w]), 1);
    const kernel = constant(
      [1, 2, 1, 2, 4, 2, 1, 2, 1].map((v) => v / 16),
      [1, 1, 3, 3],
    );
    return reshape(conv(large, kernel), [n, c, 2 * h, 2 * w]);
  },
};

/** The same network as an ONNX model with ONNX's own strides, groups and bilinear Resize. */
function nativeModel(networks: Networks, size: number): Uint8Array {
  const { onnx } = onnxProto;
  const nodes: InstanceType<typeof onnx.NodeProto>[] = [];
  const initializers: InstanceType<typeof onnx.TensorProto>[] = [];
  const FLOAT = 1;
  let count = 0;
  const node = (opType: string, inputs: string[], attribute: object[] = []): string => {
    const output = `v${count++}`;
    nodes.push(onnx.NodeProto.create({ opType, input: inputs, output: [output], name: output, attribute }));
    return output;
  };
  const tensor = (dims: Shape, dataType: number, raw: Uint8Array): string => {
    const name = `c${count++}`;
    initializers.push(onnx.TensorProto.create({ name, dims: [...dims], dataType, rawData: raw }));
    return name;
  };
  const floats = (data: Float32Array, dims: Shape) =>
    tensor(dims, FLOAT, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const ints = (values: number[]) =>
    tensor([values.length], 7, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  const integer = (name: string, i: number) => ({ name, type: 2, i });
  const integers = (name: string, list: number[]) => ({ name, type: 7, ints: list });
  const text = (name: string, s: string) => ({ name, type: 3, s: new TextEncoder().encode(s) });
  const binary = (op: string) => (a: string, b: string) => node(op, [a, b]);
  const operations: Operations<string> = {
    constant: (value) => floats(Float32Array.of(value), []),
    conv(x, weight, bias, stride, groups) {
      const [, , kernel] = nchw(weight.shape, 'kernel');
      const p = kernel >> 1;
      const padded =
        p === 0 ? x : node('Pad', [x, ints([0, 0, p, p, 0, 0, p, p])], [text('mode', 'reflect')]);
      return node(
        'Conv',
        [padded, floats(weight.data, weight.shape), floats(bias.data, bias.shape)],
        [
          integers('kernel_shape', [kernel, kernel]),
          integers('strides', [stride, stride]),
          integer('group', groups),
        ],
      );
    },
    relu: (x) => node('Relu', [x]),
    sqrt: (x) => node('Sqrt', [x]),
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    mean: (x) => node('ReduceMean', [x, ints([2, 3])], [integer('keepdims', 1)]),
    bilinear: (x) =>
      node(
        'Resize',
        [x, '', floats(Float32Array.of(1, 1, 2, 2), [4])],
        [text('mode', 'linear'), text('coordinate_transformation_mode', 'half_pixel')],
      ),
  };
  const signals = styleHalf(operations, networks, 'style', size);
  const picture = contentHalf(operations, networks, 'content', signals, size);
  const value = (name: string) => ({
    name,
    type: {
      tensorType: { elemType: FLOAT, shape: { dim: [1, 3, size, size].map((dimValue) => ({ dimValue })) } },
    },
  });
  const model = onnx.ModelProto.create({
    irVersion: 10,
    opsetImport: [{ domain: '', version: 18 }],
    graph: {
      name: 'microast',
      node: nodes,
      initializer: initializers,
      input: [value('content'), value('style')],
      output: [value(picture)],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** Times `slim` (weights of `model`, or random) and both forms of MicroAST in turns, styles included. */
async function compare(folder: string, size: number, runs: number, model: string | undefined): Promise<void> {
  const networks = await readMicroAst(folder);
  const runtime = createRuntime();
  const shape = [1, 3, size, size];
  const [content, style] = [input('content', shape), input('style', shape)];
  const slim = model === undefined ? randomSlim(content, style) : await openModel(model);
  const parameters = frozen(slim.weights, 'slim');
  const picture = stylize(content, encodeStyle(style, parameters, slim.config), parameters, slim.config);
  const ours = await runtime.compile({ picture });
  const graph = await runtime.compile({
    picture: contentHalf(
      graphOperations,
      networks,
      content,
      styleHalf(graphOperations, networks, style, size),
      size,
    ),
  });
  const native = await ort.InferenceSession.create(nativeModel(networks, size), {
    graphOptimizationLevel: 'all',
    extra: { session: { set_denormal_as_zero: '1' } },
  });
  const random = stream(1, 'microast');
  const noise = () => Float32Array.from({ length: elementCount(shape) }, () => uniformFloat64(random));
  const feeds = { content: noise(), style: noise() };
  const tensors = {
    content: new ort.Tensor('float32', feeds.content, shape),
    style: new ort.Tensor('float32', feeds.style, shape),
  };
  const nativeRun = async () => (await native.run(tensors))[native.outputNames[0] ?? '']?.data;
  const [a, b] = [(await graph.run(feeds)).picture, await nativeRun()];
  if (!(b instanceof Float32Array)) throw new Error('no picture');
  const worst = a.reduce((most, v, i) => Math.max(most, Math.abs(v - (b[i] ?? Number.NaN))), 0);
  console.log(`graph operations against ONNX's own: largest difference ${worst.toExponential(1)}`);
  const contestants: Record<string, () => Promise<unknown>> = {
    slim: () => ours.run(feeds),
    'MicroAST, ONNX’s own operations': nativeRun,
    'MicroAST, our graph operations': () => graph.run(feeds),
  };
  const times: Record<string, number[]> = {};
  for (let i = 0; i <= runs; i++) {
    for (const [name, run] of Object.entries(contestants)) {
      const start = performance.now();
      await run();
      // The first round is a warm-up.
      if (i > 0) times[name] = [...(times[name] ?? []), performance.now() - start];
    }
  }
  for (const [name, list] of Object.entries(times)) {
    list.sort((x, y) => x - y);
    const at = (q: number) => ((list[Math.round(q * (list.length - 1))] ?? 0) / 1000).toFixed(3);
    console.log(
      `${name} at ${size}²: median ${at(0.5)} s, fastest ${at(0)} s, slowest ${at(1)} s, ${runs} runs`,
    );
  }
  await native.release();
  await runtime.dispose();
}

function randomSlim(content: Tensor, style: Tensor): { weights: WeightMap; config: GeneratorConfig } {
  const variables = new Variables();
  const config: GeneratorConfig = wasserfarbe.slim;
  stylize(content, encodeStyle(style, variables, config), variables, config);
  return { weights: variables.initialise(stream(1, 'slim')), config };
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: '../shared/weights' },
      size: { type: 'string', default: '512' },
      runs: { type: 'string', default: '9' },
      model: { type: 'string' },
    },
  });
  await compare(values.folder, Number(values.size), Number(values.runs), values.model);
}
