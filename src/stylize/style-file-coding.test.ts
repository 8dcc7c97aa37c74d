import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  acrossColumns,
  acrossRows,
  attentionStyle,
  channels,
  statisticsStyle,
} from '../../test/helpers/styles.ts';
import { WeightsError } from '../errors.ts';
import { decodeStyleFile, encodeStyleFile } from './style-file.ts';
import type { Style } from './style.ts';

describe('a style', () => {
  it.each([
    ['of statistics attention', statisticsStyle(), 1 / 100],
    ['of plain attention', attentionStyle(), 1 / 400],
  ])('%s comes back nearly as it was, and small tensors exactly', async (_, style, tolerance) => {
    const back = await decodeStyleFile(await encodeStyleFile(style, { modelName: 'slim' }), 'x.style');
    const { tensors, ...rest } = style;
    expect(back).toMatchObject(rest);
    expect(Object.keys(back.tensors)).toEqual(Object.keys(tensors));
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      const found = back.tensors[name];
      expect(found?.shape).toEqual(shape);
      if (/keys|values/.test(name)) {
        const difference = worst([...data], [...(found?.data ?? [])]);
        expect(difference).toBeGreaterThan(0);
        expect(difference).toBeLessThan(tolerance);
      } else expect(found?.data).toEqual(data);
    }
  });

  it('keeps the deviations within blocks, never imaginary', async () => {
    const style = statisticsStyle();
    const back = await decodeStyleFile(await encodeStyleFile(style, { modelName: 'slim' }), 'x.style');
    const deviations = ({ tensors }: Style) => {
      const { shape: [, positions = 0, width = 0] = [], data = [] } = tensors['relu4_1.values'] ?? {};
      return Array.from({ length: positions * 8 }, (_, i) => {
        const at = Math.floor(i / 8) * width + (i % 8);
        return (data[at + 8] ?? 0) - (data[at] ?? 0) ** 2;
      });
    };
    const [before, after] = [deviations(style), deviations(back)];
    expect(Math.min(...after)).toBeGreaterThan(-1e-5);
    const root = (values: number[]) => values.map((value) => Math.sqrt(Math.max(0, value)));
    expect(worst(root(before), root(after))).toBeLessThan(0.05);
  });

  it('takes a third of its float32, and less by a better deflate', async () => {
    const style = statisticsStyle(64, 1024);
    const floats = Object.values(style.tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    const file = await encodeStyleFile(style, { modelName: 'slim' });
    expect(file.length).toBeLessThan(0.32 * floats);
    const deflate = async (bytes: Uint8Array) => deflateSync(bytes, { level: 9, memLevel: 6, strategy: 1 });
    const finer = await encodeStyleFile(style, { modelName: 'slim' }, { deflate });
    expect(finer.length).toBeLessThan(file.length);
    expect(await decodeStyleFile(finer)).toEqual(await decodeStyleFile(file));
  });

  it('spends no bytes on rounding remains in deviations where nothing was averaged', async () => {
    const pooled = statisticsStyle(32, 256);
    const values = pooled.tensors['relu4_1.values'];
    const data = values?.data.map((x, i, all) => {
      const c = i % 67;
      return c < 32 || c >= 64 ? x : Math.fround(all[i - 32] ?? 0) ** 2;
    });
    const tensors = {
      ...pooled.tensors,
      'relu4_1.values': { shape: [1, 256, 67], data: data ?? new Float32Array() },
    };
    const whole = await encodeStyleFile({ ...pooled, tensors }, { modelName: 'slim' });
    expect(whole.length).toBeLessThan(0.8 * (await encodeStyleFile(pooled, { modelName: 'slim' })).length);
  });

  it('keeps unknown tensors, flat channels and outliers', async () => {
    const style = statisticsStyle();
    const flat = channels(8, 64, 6).map((row, c) => (c < 3 ? row.fill(c) : row));
    (flat[5] ?? [])[7] = 1e6;
    const tensors = {
      'relu4_1.keys': acrossRows(flat),
      'relu4_1.values': acrossColumns(channels(13, 64, 7)),
      'relu9_1.keys': acrossRows(channels(4, 64, 8)),
    };
    const back = await decodeStyleFile(await encodeStyleFile({ ...style, tensors }, { modelName: 'slim' }));
    // Values with a number of channels that no attention has, and keys without values, stay as they are.
    expect(back.tensors['relu4_1.values']).toEqual(tensors['relu4_1.values']);
    expect(back.tensors['relu9_1.keys']).toEqual(tensors['relu9_1.keys']);
    const keys = back.tensors['relu4_1.keys']?.data ?? [];
    expect([...keys.slice(0, 192)]).toEqual(flat.slice(0, 3).flat());
    expect(keys[5 * 64 + 7]).toBeCloseTo(1e6, -2);
    expect(keys.length).toBe(512);
  });

  it('of a value that is not finite is refused', async () => {
    const style = statisticsStyle();
    style.tensors['relu4_1.keys']?.data.fill(Number.NaN, 3, 4);
    const encoding = encodeStyleFile(style, { modelName: 'slim' });
    await expect(encoding).rejects.toThrow(
      new WeightsError('expected finite values for tensor "relu4_1.keys" but received NaN'),
    );
  });
});

/** The greatest difference within each channel of a `[1, P, C]` tensor, in its standard deviations. */
function worst(a: readonly number[], b: readonly number[]): number {
  const mean = a.reduce((sum, x) => sum + x, 0) / a.length;
  const deviation = Math.sqrt(a.reduce((sum, x) => sum + (x - mean) ** 2, 0) / a.length);
  return Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? Number.NaN)))) / deviation;
}
