import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount } from '../graph/shape.ts';
import { filterShapes, patchesLoss, patchPositions } from './patches.ts';

const SIDE = 72;
const AREA = SIDE * SIDE;
const shape = [1, 3, SIDE, SIDE];
const [output, style] = [input('output', shape), input('style', shape)];
const filters = { first: input('first', filterShapes.first), second: input('second', filterShapes.second) };
const sizes = patchPositions(SIDE);
const places = sizes.map((count, i) => input(`places.${i}`, [Math.min(300, count)]));
const loss = patchesLoss(output, style, filters, places);
const drawn = {
  first: uniform(1, elementCount(filterShapes.first)),
  second: uniform(2, elementCount(filterShapes.second)),
  ...Object.fromEntries(
    sizes.map((count, i) => [`places.${i}`, uniform(3 + i, Math.min(300, count), 0, count).map(Math.floor)]),
  ),
};

/** Waves of one direction, in one hue or in two that take turns. */
function waves(period: number, { down = false, hues = 1 } = {}): Float32Array {
  return Float32Array.from({ length: 3 * AREA }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor((i % AREA) / SIDE)];
    const wave = Math.sin((2 * Math.PI * (down ? y : x)) / period);
    const isRed = i < AREA;
    return 0.5 + 0.3 * (hues === 2 && isRed ? -wave : wave);
  });
}

const lossOf = (own: Float32Array, target: Float32Array): number =>
  get(evaluate({ loss }, { ...drawn, output: own, style: target }).loss, 0);

describe('patches loss', () => {
  it('counts the positions of its filters at each size', () => {
    expect(patchPositions(256)).toEqual([252 ** 2, 124 ** 2, 60 ** 2, 28 ** 2]);
    expect(patchPositions(72)).toEqual([68 ** 2, 32 ** 2]);
    expect(patchPositions(16)).toEqual([12 ** 2]);
  });

  it('is 0 for the style itself', () => {
    expect(lossOf(waves(6), waves(6))).toBe(0);
  });

  it('tells size, direction and hue of marks apart, which have the same colours', () => {
    const own = waves(6);
    const shifted = own.map((_, i) => get(own, i - (i % SIDE) + ((i + 2) % SIDE)));
    const moved = lossOf(shifted, own);
    for (const other of [waves(12), waves(6, { down: true })]) {
      expect(lossOf(other, own)).toBeGreaterThan(3 * moved + 0.02);
    }
    expect(lossOf(own, waves(6, { hues: 2 }))).toBeGreaterThan(3 * moved + 0.02);
  });

  it('has a gradient for the output alone, and one step along it is better', () => {
    const [own = loss, other = loss] = gradients(loss, [output, style]);
    const feeds = { ...drawn, output: uniform(9, 3 * AREA, 0, 1), style: waves(6) };
    const slope = evaluate({ own }, feeds).own ?? [];
    expect(evaluate({ other }, feeds).other.every((v) => v === 0)).toBe(true);
    const steep = Math.hypot(...Array.from(slope));
    expect(steep).toBeGreaterThan(0);
    const stepped = feeds.output.map((v, i) => v - (0.5 * get(slope, i)) / steep);
    expect(lossOf(stepped, feeds.style)).toBeLessThan(lossOf(feeds.output, feeds.style));
  });
});
