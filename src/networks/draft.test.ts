import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { at, fill, get, normalise, type Plain, plain, statistics } from '../../test/helpers/plain.ts';
import { sum } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { halved, revisionBase } from './draft.ts';

/** Means over 2×2; a last odd row or column stands for itself. */
function plainHalved(x: Plain): Plain {
  return fill([x.n, x.c, Math.ceil(x.h / 2), Math.ceil(x.w / 2)], (n, c, i, j) => {
    let total = 0;
    for (const a of [2 * i, 2 * i + 1])
      for (const b of [2 * j, 2 * j + 1])
        total += at(x, n, c, Math.min(a, x.h - 1), Math.min(b, x.w - 1)) / 4;
    return total;
  });
}

/**
 * The first `h` rows and `w` columns of twice the size: three quarters of the nearest
 * position and one of the next.
 */
function enlarged(x: Plain, h: number, w: number): Plain {
  const ends = (i: number, size: number) => {
    const next = (i >> 1) + (i % 2 === 0 ? -1 : 1);
    return [i >> 1, Math.min(Math.max(next, 0), size - 1)];
  };
  return fill([x.n, x.c, h, w], (n, c, i, j) => {
    const [[y = 0, far = 0], [z = 0, away = 0]] = [ends(i, x.h), ends(j, x.w)];
    const row = (k: number) => 0.75 * at(x, n, c, k, z) + 0.25 * at(x, n, c, k, away);
    return 0.75 * row(y) + 0.25 * row(far);
  });
}

function plainBase(content: Plain, small: Plain, draft: Plain, share: number): Plain {
  const { n, c, h, w } = content;
  const [large, before] = [enlarged(draft, h, w), enlarged(small, h, w)];
  const { mean, deviation } = statistics(draft);
  const normal = normalise(content);
  return fill([n, c, h, w], (...index) => {
    const drafted = at(large, ...index) + at(content, ...index) - at(before, ...index);
    const k = index[0] * c + index[1];
    const coloured = at(normal, ...index) * get(deviation, k) + get(mean, k);
    return share * drafted + (1 - share) * coloured;
  });
}

it.each([
  [8, 6],
  [7, 5],
  [1, 3],
])('halved is the means of 2×2, %i×%i', (h, w) => {
  const data = uniform(1, 2 * 3 * h * w, 0, 1);
  const x = halved(input('x', [2, 3, h, w]));
  const wanted = plainHalved(plain(2, 3, h, w, data));
  expect(x.shape).toEqual([2, 3, wanted.h, wanted.w]);
  expectClose(evaluate({ x }, { x: data }).x, wanted.data, 1e-9);
});

describe.each([
  [8, 6],
  [9, 7],
])('revisionBase, %i×%i', (h, w) => {
  const [sh, sw] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  const content = input('content', [2, 3, h, w]);
  const small = halved(content);
  const draft = input('draft', [2, 3, sh, sw]);
  const feeds = {
    content: uniform(1, 6 * h * w, 0, 1),
    draft: uniform(2, 6 * sh * sw, 0.2, 0.6),
    share: [0.8, 0.1],
  };
  const [plainContent, plainDraft] = [plain(2, 3, h, w, feeds.content), plain(2, 3, sh, sw, feeds.draft)];
  const wanted = (share: number) =>
    plainBase(plainContent, plainHalved(plainContent), plainDraft, share).data;

  it.each([0, 0.3, 1])('equals plain code with the share %f', (share) => {
    const base = revisionBase(content, small, draft, share);
    expect(base.shape).toEqual([2, 3, h, w]);
    expectClose(evaluate({ base }, feeds).base, wanted(share), 1e-6);
  });

  it('takes a separate share for each picture', () => {
    const base = revisionBase(content, small, draft, input('share', [2, 1, 1, 1]));
    const half = 3 * h * w;
    const each = [...wanted(0.8).subarray(0, half), ...wanted(0.1).subarray(half)];
    expectClose(evaluate({ base }, feeds).base, each, 1e-6);
  });

  it('sends no gradient into the draft, but into the content', () => {
    const base = revisionBase(content, small, draft, 0.5);
    const loss = sum(mul(base, constant(uniform(3, 6 * h * w), base.shape)));
    const [own = loss, other = loss] = gradients(loss, [draft, content]);
    const values = evaluate({ own, other }, feeds);
    expect(values.own.every((v) => v === 0)).toBe(true);
    expect(values.other.some((v) => Math.abs(v) > 1e-3)).toBe(true);
  });
});
