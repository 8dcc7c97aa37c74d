/** A small evaluation in the form that its command writes. */

import { compare } from '../../src/evaluation/comparison.ts';
import type { EvaluationDocument } from '../../src/evaluation/document.ts';
import { summarise } from '../../src/evaluation/statistics.ts';

const sha256 = 'a'.repeat(64);

/** Two methods on two contents and three styles, with saved pictures; `names` are the methods’. */
export function smallEvaluation(names: readonly [string, string] = ['ours', 'theirs']): EvaluationDocument {
  const contents = ['lake.jpg', 'hut.png'];
  const styles = ['klee.png', 'monet.jpg', 'ink.png'];
  const results = names.flatMap((method, m) =>
    contents.flatMap((content, c) =>
      styles.map((style, s) => ({
        method,
        content,
        style,
        metrics: {
          strokes: 0.4 + 0.2 * m + 0.01 * c,
          content: 1 + 0.3 * m + 0.01 * c + 0.02 * s,
          ssim: 0.5,
          border: 1.1,
          ...(m === 0 ? { outside: 0 } : {}),
        },
      })),
    ),
  );
  const own = (name: string) => results.filter(({ method }) => method === name);
  return {
    version: 1,
    created: '2025-01-31',
    command: 'wasserfarbe evaluate --content photos --style paintings',
    protocol: {
      pictures: '2 contents × 3 styles, 6 pairs',
      size: '64×64',
      lossNetwork: 'vgg.safetensors',
      eye: 'eye.safetensors',
      seed: 1,
    },
    environment: { wasserfarbe: '0', onnxruntime: '1', node: '20', device: 'cpu', threads: 2, cpu: 'some' },
    methods: [
      {
        name: names[0],
        kind: 'model',
        model: 'slim',
        sha256,
        parameters: 548899,
        method: 'wasserfarbe',
        timing: { styleCached: 0.1, styleEncoded: 0.15 },
      },
      { name: names[1], kind: 'pictures' },
    ],
    contents: contents.map((file) => ({ file, sha256 })),
    styles: styles.map((file) => ({ file, sha256 })),
    results,
    summary: Object.fromEntries(names.map((name) => [name, summarise(own(name), 1)])),
    comparison: {
      against: names[1],
      ratios: { [names[0]]: compare(own(names[0]), own(names[1]), 1) },
    },
    pictures: 'pictures',
  };
}
