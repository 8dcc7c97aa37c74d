import { expect, it } from 'vitest';
import { leaning } from './mixing.ts';

it('gives shallow shortcuts another share of the content’s contrasts, and changes nothing else', () => {
  const names = ['relu1_1', 'relu2_1', 'relu3_1'].flatMap((layer) => [`${layer}.mean`, `${layer}.deviation`]);
  const all = ['palette.shift', ...names, ...names.map((name) => `draft.${name}`)];
  const tensor = () => ({ data: Float32Array.of(2, 4), shape: [1, 2, 1, 1] });
  const mix = {
    styles: [{ tensors: Object.fromEntries(all.map((name) => [name, tensor()])) }],
    weights: [1],
    masks: [undefined],
  };
  const changed = Object.entries(leaning(mix, 0.5).styles[0]?.tensors ?? {})
    .filter(([, { data }]) => data[0] !== 2)
    .map(([name, { data, shape }]) => [name, [...data], shape]);
  const names12 = ['relu1_1', 'relu2_1', 'draft.relu1_1', 'draft.relu2_1'];
  expect(changed).toEqual(names12.map((layer) => [`${layer}.deviation`, [1, 2], [1, 2, 1, 1]]));
  expect(leaning(mix, 1)).toEqual(mix);
});
