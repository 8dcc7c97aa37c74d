/** Every network at its shipped width, 24×33 pixels: float64 reference against ONNX Runtime on the CPU. */

import { afterAll, describe, it } from 'vitest';
import { evaluate } from '../../src/graph/evaluate.ts';
import { input } from '../../src/graph/ops/sources.ts';
import { elementCount } from '../../src/graph/shape.ts';
import { inputShapes, type Outputs, type Tensor } from '../../src/graph/tensor.ts';
import { critic } from '../../src/networks/critic.ts';
import { decoder } from '../../src/networks/decoder.ts';
import { foldAttention } from '../../src/networks/fold.ts';
import { methods } from '../../src/networks/presets.ts';
import { frozen, type Parameters, scoped } from '../../src/networks/parameters.ts';
import { wasserfarbe } from '../../src/networks/wasserfarbe.ts';
import { layerNames, vgg19 } from '../../src/networks/vgg19.ts';
import { encodeFeatures, encodeStyle, reconstruct, stylize } from '../../src/networks/generator.ts';
import { type GeneratorConfig, plainGenerator } from '../../src/networks/settings.ts';
import { createRuntime } from '../../src/runtime/node/onnxruntime.ts';
import { randomParameters } from '../helpers/networks.ts';
import { expectClose, uniform } from '../helpers/numbers.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
afterAll(() => runtime.dispose());

const picture = (name: string) => input(name, [1, 3, 24, 33]);
const slim: GeneratorConfig = wasserfarbe.slim;

function generator(config: GeneratorConfig) {
  return (p: Parameters): Outputs => ({
    picture: stylize(picture('content'), encodeStyle(picture('style'), p, config), p, config),
  });
}

const cases: Record<string, (p: Parameters) => Outputs> = {
  'VGG-19, slim': (p) =>
    vgg19(picture('x'), p, { widths: slim.encoder.widths, preprocessing: 'conv0' }, layerNames),
  'VGG-19, slim with heads': (p) =>
    vgg19(
      picture('x'),
      p,
      { widths: slim.encoder.widths, preprocessing: 'imagenet', heads: [32, 32, 64, 64, 64] },
      layerNames,
    ),
  critic: (p) => ({ score: critic(input('x', [2, 9, 64]), p, input('condition', [2, 1, 128])) }),
  decoder: (p) => ({
    picture: decoder(input('x', [1, 128, 3, 5]), scoped(p, 'decoder.'), {
      ...plainGenerator,
      widths: [16, 32, 64, 128],
    }),
  }),
  'style, slim': (p) => encodeStyle(picture('style'), p, slim),
  slim: generator(slim),
  'slim, attention as in the paper': generator(wasserfarbe['paper-slim']),
  'slim, attended colours': generator({ ...slim, attendColours: true }),
  'slim, AdaIN': generator({ ...slim, transform: 'adain' }),
  // Drafts of two levels need sides of 33 pixels.
  'slim, two levels': generator({ ...slim, layers: 'relu4_1+relu5_1', drafts: false }),
  'slim, inversion': (p) => ({
    picture: reconstruct(picture('content'), encodeFeatures(picture('content'), p, slim), p, slim),
  }),
};

const narrow = { ...slim.encoder, widths: [4, 8, 8, 16, 16] } as const;

/** A generator in the form that ships after training: random weights, the attention's convolutions folded. */
function folded(config: GeneratorConfig): Outputs {
  const { weights } = randomParameters(generator(config));
  const model = foldAttention(weights, config);
  return generator(model.config)(frozen(model.weights, 'folded weights'));
}

const shipped: Record<string, () => Outputs> = {
  'slim, folded': () => folded(slim),
  'SANet, folded': () => folded({ ...methods.sanet.slim, encoder: narrow }),
  'MANet, folded': () => folded({ ...methods.manet.slim, encoder: narrow }),
};

/** Inverse roots of covariances magnify rounding. */
const whitening: Record<string, GeneratorConfig> = {
  WCT: { ...methods.wct.slim, encoder: narrow },
  'Avatar-Net': { ...methods.avatar.slim, encoder: narrow },
};

describe('float64 reference and ONNX Runtime agree', () => {
  async function compare(outputs: Record<string, Tensor>, tolerance = 4e-5): Promise<void> {
    const feeds: Record<string, Float32Array> = {};
    let seed = 1;
    for (const [name, shape] of inputShapes(outputs))
      feeds[name] = uniform(seed++, elementCount(shape), 0, 1);
    const program = await runtime.compile(outputs);
    const [values, wanted] = [await program.run(feeds), evaluate(outputs, feeds)];
    for (const name of Object.keys(outputs)) expectClose(values[name], wanted[name], tolerance);
  }

  it.each(Object.entries(cases))('%s', { timeout: 20_000 }, (_, build) =>
    compare({ ...build(randomParameters(build).parameters) }),
  );

  it.each(Object.entries(whitening))('%s', { timeout: 20_000 }, (_, config) =>
    compare({ ...generator(config)(randomParameters(generator(config)).parameters) }, 1e-3),
  );

  it.each(Object.entries(shipped))('%s', { timeout: 20_000 }, (_, build) => compare({ ...build() }));
});
