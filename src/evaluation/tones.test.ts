import { describe, expect, it } from 'vitest';
import { mirroredPicture, photograph, strokesPicture } from '../../test/helpers/painted.ts';
import { eightBits } from './metrics.ts';
import { recoloured, tonesContent, tonesStyle } from './tones.ts';

const [photo, style] = [photograph(), strokesPicture()];
const content = tonesContent(photo);
const tones = tonesStyle(style).against(content);

describe('tones', () => {
  it('are 0 for the style, also mirrored, and 1 for the recoloured photograph', () => {
    expect(tones(style)).toBe(0);
    expect(tones(mirroredPicture(style))).toBeLessThan(1e-9);
    const tinted = eightBits(recoloured(content, tonesContent(style).palette));
    expect(tones(tinted)).toBeCloseTo(1, 2);
    expect(tones(photo)).toBeGreaterThan(1.2);
  });

  it('recolouring gives mean and covariance of the style if nothing is clamped', () => {
    const pale = { ...style, data: style.data.map((v) => 0.45 + 0.1 * v) };
    const wanted = tonesContent(pale).palette;
    const { palette } = tonesContent(recoloured(content, wanted));
    wanted.mean.forEach((value, i) => {
      expect(palette.mean[i]).toBeCloseTo(value, 5);
    });
    wanted.factor.forEach((value, i) => {
      expect(palette.factor[i]).toBeCloseTo(value, 3);
    });
  });

  it('are not finite if the photograph is the style', () => {
    expect(tonesStyle(style).against(tonesContent(style))(photo)).toBe(Number.POSITIVE_INFINITY);
  });
});
