import { expect, it } from 'vitest';
import { get } from '../../test/helpers/plain.ts';
import { uniform } from '../../test/helpers/numbers.ts';
import { layerNames } from '../networks/vgg19.ts';
import { diversity } from './diversity.ts';
import type { SeenLayers } from './judge.ts';
import { DIRECTIONS, sortRows } from './sliced.ts';

/** Layers whose projections are the same random numbers, shifted. */
function seen(shift: number, positions = 600, seed = 1): SeenLayers {
  const layer = {
    mean: new Float32Array(1),
    deviation: new Float32Array(1),
    projections: sortRows(uniform(seed, DIRECTIONS * positions, 0, 1), DIRECTIONS).map((v) => v + shift),
  };
  return Object.fromEntries(layerNames.map((name) => [name, layer])) as unknown as SeenLayers;
}

it('is missing at first, then the squared distance of outputs over that of styles', () => {
  const measure = diversity();
  expect(measure('ours', 'lake', seen(0), seen(0))).toBeUndefined();
  expect(measure('ours', 'lake', seen(1), seen(2))).toBeCloseTo(0.25, 4);
  // Compared only with the style just before.
  expect(measure('ours', 'lake', seen(1), seen(5))).toBe(0);
  expect(measure('ours', 'lake', seen(4), seen(2))).toBeCloseTo(1, 4);
});

it('keeps methods and contents apart', () => {
  const measure = diversity();
  measure('ours', 'lake', seen(0), seen(0));
  expect(measure('theirs', 'lake', seen(9), seen(1))).toBeUndefined();
  expect(measure('ours', 'hut', seen(9), seen(1))).toBeUndefined();
  expect(measure('ours', 'lake', seen(3), seen(3))).toBeCloseTo(1, 4);
});

it('is missing between equal styles', () => {
  const measure = diversity();
  measure('ours', 'lake', seen(0), seen(1));
  expect(measure('ours', 'lake', seen(2), seen(1))).toBeUndefined();
  expect(measure('ours', 'lake', seen(2), seen(2))).toBe(0);
});

it('takes styles of other sizes', () => {
  const measure = diversity();
  measure('ours', 'lake', seen(0), seen(0, 40));
  expect(get([measure('ours', 'lake', seen(2), seen(2, 900)) ?? 0], 0)).toBeCloseTo(1, 1);
});
