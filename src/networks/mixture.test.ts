import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { encodeFeatures, encodeStyle, stylizeFeatures } from './generator.ts';
import { paintFeatures } from './painting.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';
import type { Mixture } from './mixture.ts';

const base = {
  encoder: { widths: [4, 5, 6, 8, 8], preprocessing: 'centred' },
  ...plainGenerator,
} as const;
const everything: GeneratorConfig = {
  ...base,
  layers: 'relu4_1',
  transform: 'statistics-attention',
  modulation: 3,
  shortcuts: 'relu1_1',
  palette: 'none',
  attendColours: true,
};
const coloured: GeneratorConfig = { ...everything, palette: 'covariance' };
const two: GeneratorConfig = {
  ...base,
  layers: 'relu4_1+relu5_1',
  transform: 'attention',
  modulation: 0,
  shortcuts: 'none',
  palette: 'none',
};
const [H, W] = [32, 128];
const content = input('content', [1, 3, H, W]);
const first = input('first', [1, 3, 24, 24]);
const second = input('second', [1, 3, 24, 40]);
const feeds = {
  content: uniform(1, 3 * H * W, 0, 1),
  first: uniform(2, 3 * 24 * 24, 0, 1),
  second: uniform(3, 3 * 24 * 40, 0.3, 0.6),
};
const share = (value: number) => constant([value], [1, 1, 1, 1]);

describe.each(Object.entries({ everything, coloured, two }))('paintFeatures, %s', (_, config) => {
  const { parameters } = randomParameters((p) => {
    const encoded = encodeStyle(first, p, config);
    return stylizeFeatures(encodeFeatures(content, p, config), encoded, p, config);
  });
  const features = encodeFeatures(content, parameters, config);
  const styles = [first, second].map((x) => encodeStyle(x, parameters, config));
  const [a, b] = styles.map((style) => stylizeFeatures(features, style, parameters, config));
  const mixed = (weightsAt: Mixture['weightsAt']) =>
    paintFeatures(features, { styles, weightsAt }, parameters, config);
  const values = (outputs: Record<string, Tensor | undefined>) => {
    const known = Object.entries(outputs).flatMap(([name, x]) => (x === undefined ? [] : [[name, x]]));
    return evaluate(Object.fromEntries(known) as Record<string, Tensor>, feeds);
  };

  it('with all weight on one style is that style', () => {
    const { picked, wanted, other } = values({
      picked: mixed(() => [share(0), share(1)]),
      wanted: b,
      other: a,
    });
    expectClose(picked ?? [], wanted ?? [], 1e-9);
    expect(Math.max(...(other ?? []).map((v, i) => Math.abs(v - (wanted?.[i] ?? 0))))).toBeGreaterThan(1e-2);
  });

  it('of a style with itself is that style', () => {
    const itself = paintFeatures(
      features,
      { styles: styles.slice(0, 1).flatMap((s) => [s, s]), weightsAt: () => [share(0.3), share(0.7)] },
      parameters,
      config,
    );
    const { own, wanted } = values({ own: itself, wanted: a });
    expectClose(own ?? [], wanted ?? [], 1e-9);
  });

  // A picture's own covariance makes all of it depend on all.
  it.runIf(config.palette === 'none')('follows maps: far from the seam each half is its own style', () => {
    const halves: Mixture['weightsAt'] = (stride, h, w) => {
      const left = Float32Array.from({ length: h * w }, (_, i) => ((i % w) * stride < W / 2 ? 1 : 0));
      return [
        constant(left, [1, 1, h, w]),
        constant(
          left.map((v) => 1 - v),
          [1, 1, h, w],
        ),
      ];
    };
    const { mix, one, other } = values({ mix: mixed(halves), one: a, other: b });
    // The seam is 64 pixels from either edge, and the decoder reaches 54 at most.
    const column = (x: ArrayLike<number> | undefined, at: number) =>
      Array.from({ length: 3 * H }, (_, i) => x?.[i * W + at] ?? 0);
    expectClose(column(mix, 0), column(one, 0), 1e-9);
    expectClose(column(mix, W - 1), column(other, W - 1), 1e-9);
    const middle = [one, other].map((x) => column(x, W / 2).map((v, i) => v - (column(mix, W / 2)[i] ?? 0)));
    for (const difference of middle) expect(Math.hypot(...difference)).toBeGreaterThan(1e-2);
  });
});
