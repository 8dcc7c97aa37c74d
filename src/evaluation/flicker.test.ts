import { describe, expect, it } from 'vitest';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { uniform } from '../../test/helpers/numbers.ts';
import { drawClip, flicker, sceneNames } from './flicker.ts';

const photograph = drawnImage(4, 96, 80);

describe('flicker', () => {
  it.each(sceneNames)('of the frames of %s themselves is what the scene adds', (scene) => {
    const { frames, motions } = drawClip(photograph, scene, 5, 20);
    expect(frames).toHaveLength(5);
    expect(motions).toHaveLength(4);
    const own = flicker(frames, motions);
    if (scene === 'pan') expect(own).toBeLessThan(1e-6);
    // Two frames have noise of 2/255 each.
    else if (scene === 'noise') expect(own).toBeCloseTo((Math.SQRT2 * 2) / 255, 3);
    else if (scene === 'light') expect(own).toBeLessThan(0.03);
    else expect(own).toBeLessThan(0.01);
  });

  it('of paintings that stay while things move, and of new noise in each, is as large as they differ', () => {
    const { frames, motions } = drawClip(photograph, 'pan', 3, 20);
    const [first] = frames;
    if (first === undefined) throw new Error('no frame');
    const noisy = frames.map((frame, i) => ({ ...frame, data: uniform(i, frame.data.length, 0, 1) }));
    // The difference of two uniform numbers has a variance of 1/6.
    expect(flicker(noisy, motions)).toBeCloseTo(Math.sqrt(1 / 6), 2);
    const stuck = noisy.map(() => noisy[0] ?? first);
    expect(flicker(stuck, motions)).toBeCloseTo(Math.sqrt(1 / 6), 2);
  });
});
