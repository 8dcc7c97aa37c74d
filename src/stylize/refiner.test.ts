import { expect, it, vi } from 'vitest';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { BROWSER_REFINING_MEMORY } from './defaults.ts';
import { levelsOf } from './levels.ts';
import { memoryToRefine } from './memory.ts';
import { createRefiner, type RefinerOptions, refiningStyles } from './refiner.ts';
import type { Style } from './style.ts';

const style: Style = { model: '', width: 8, height: 8, tensors: {} };
const side = (isLeft: boolean) => ({
  width: 32,
  height: 1,
  data: Float32Array.from({ length: 32 }, (_, x) => (x < 16 === isLeft ? 1 : 0)),
});

it('lays masks over a level of any size', () => {
  const mix = [true, false].map((isLeft) => ({ style, mask: side(isLeft) }));
  const pictures = [drawnImage(1, 32, 32), drawnImage(2, 32, 32)];
  const styles = refiningStyles(mix, pictures, { width: 256, height: 128 });
  expect(styles.map(({ share }) => share)).toEqual([expect.closeTo(0.5, 2), expect.closeTo(0.5, 2)]);
  for (const level of [
    { width: 256, height: 128 },
    { width: 128, height: 64 },
  ]) {
    const places = level.width / 16;
    const [left, right] = styles.map(({ chances }) => chances?.(level, 16, level) ?? []);
    // Running sums of the first row: the left half rises, then the right.
    const middle = places / 2 - 1;
    expect(left?.[middle]).toBeGreaterThan(0.9 * (left?.[places - 1] ?? 0));
    expect(right?.[middle]).toBeLessThan(0.1 * (right?.[places - 1] ?? 1));
  }
});

it.each([
  ['3:2', 6000, 4000, {}, 512],
  ['16:9', 1920, 1080, {}, 512],
  ['3:2 of its own size', 900, 600, {}, 600],
  ['a panorama', 8000, 1000, {}, 280],
  ['fine strokes', 1920, 1080, { strokeSize: 0.25 }, 600],
  ['a large finest size', 6000, 4000, { finestSize: 4096, maxMemory: 9e9 }, 1024],
] as const)('refines %s in browsers, as large as fits', async (_, width, height, options, short) => {
  const config = { drafts: true };
  const loss = { config: { widths: [16] } };
  const improve = vi.fn(async () => ({ width, height, data: new Float32Array(0) }));
  const refiner = createRefiner({
    ...{ model: { config }, pixels: { encodeStyle: async () => style, improve }, eye: async () => loss },
    ...{ calls: { openStyle: async () => drawnImage(1, 32, 32) }, usualMemory: BROWSER_REFINING_MEMORY },
  } as unknown as RefinerOptions<undefined>);
  const content = { width, height, data: new Float32Array(0) };
  await refiner.refine(content, [{ style: undefined }] as never, options);
  const [, , painting] = improve.mock.calls[0] as unknown as [unknown, unknown, { finestSize: number }];
  const { size } = levelsOf(content, config, { ...options, finestSize: painting.finestSize });
  expect(memoryToRefine(size, loss.config as never)).toBeLessThanOrEqual(
    'maxMemory' in options ? options.maxMemory : BROWSER_REFINING_MEMORY,
  );
  expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(short - 8);
  expect(Math.min(size.width, size.height)).toBeLessThanOrEqual(short + 16);
  await refiner.dispose();
});
