import { describe, expect, it } from 'vitest';
import { type LevelOptions, levelsOf, shallowFactor } from './levels.ts';

const drafting = { drafts: true };
const size = (width: number, height: number) => ({ width, height });

describe('a picture that is drafted', () => {
  it.each([
    [size(512, 512), size(512, 512)],
    [size(4000, 6000), size(512, 768)],
    [size(6000, 4000), size(768, 512)],
    // Nearly the size.
    [size(640, 480), size(640, 480)],
    [size(600, 600), size(600, 600)],
    [size(300, 400), size(512, 683)],
    // Drafted at its own size.
    [size(200, 300), size(400, 600)],
    [size(1, 1), size(2, 2)],
    // A banner.
    [size(40000, 500), size(12953, 162)],
  ])('of %o is painted at %o', (picture, wanted) => {
    expect(levelsOf(picture, drafting)).toEqual({ size: wanted, revisions: 1, share: 0.6 });
  });

  it.each<[LevelOptions, number, number, number]>([
    [{ strokeSize: 0.25 }, 1024, 1, 0],
    [{ strokeSize: 0.5 }, 512, 1, 0],
    [{ strokeSize: 0.75 }, 512, 1, 0.3],
    [{ strokeSize: 1.25 }, 512, 1, 0.8],
    [{ strokeSize: 1.5 }, 512, 1, 1],
    [{ strokeSize: 3 }, 256, 1, 1],
    [{ strokeSize: 4 }, 192, 1, 1],
    [{ finestSize: 1024 }, 1024, 2, 0.6],
    [{ finestSize: 2047 }, 1024, 2, 0.6],
    [{ finestSize: 2048 }, 2048, 3, 0.6],
    [{ finestSize: 9999 }, 2048, 3, 0.6],
    [{ finestSize: 384 }, 384, 1, 0.6],
    [{ finestSize: 256 }, 256, 0, 0],
    [{ finestSize: 100 }, 100, 0, 0],
    [{ finestSize: 2048, strokeSize: 3 }, 1024, 3, 1],
  ])('follows %o', (options, short, revisions, share) => {
    const levels = levelsOf(size(4000, 3000), drafting, options);
    expect(levels.size).toEqual(size(Math.round((short * 4) / 3), short));
    expect(levels.revisions).toBe(revisions);
    expect(levels.share).toBeCloseTo(share, 9);
  });

  it.each([0.25, 1, 4])(
    'is drafted alone up to a finest size of 256, however small it is, at strokes of %f',
    (strokeSize) => {
      for (const own of [64, 192, 256, 4000]) {
        const levels = levelsOf(size(own, own), drafting, { finestSize: 256, strokeSize });
        expect(levels.revisions).toBe(0);
        expect(levels.size.width).toBeLessThanOrEqual(own);
      }
    },
  );

  it('has strokes that never get smaller on the picture as the stroke size grows', () => {
    let [before, share] = [Number.POSITIVE_INFINITY, 0];
    for (let strokeSize = 0.25; strokeSize <= 4; strokeSize += 0.05) {
      const levels = levelsOf(size(6000, 4000), drafting, { strokeSize });
      expect(levels.size.height).toBeLessThanOrEqual(before);
      expect(levels.share).toBeGreaterThanOrEqual(share);
      [before, share] = [levels.size.height, levels.share];
    }
  });
});

it.each<[number, LevelOptions, number]>([
  [512, {}, 512],
  [300, {}, 300],
  [3000, {}, 512],
  [3000, { strokeSize: 2 }, 256],
  [3000, { strokeSize: 0.5 }, 1024],
  [3000, { finestSize: 9000 }, 3000],
])('without drafts a picture of %i with %o is painted once at %i', (own, options, short) => {
  expect(levelsOf(size(own, own), { drafts: false }, options)).toEqual({
    size: size(short, short),
    revisions: 0,
    share: 0,
  });
});

it.each([
  [0, 2.5],
  [0.6, 1],
  [0.8, 0.5],
  [1, 0.25],
])(
  'under a share of %s of the draft, %s times as much of the shallow features comes along',
  (share, factor) => {
    expect(shallowFactor(share, { shallowShare: 0.4 })).toBeCloseTo(factor, 12);
    // A network that was trained with all of them.
    expect(shallowFactor(share, { shallowShare: 1 })).toBe(1);
  },
);
