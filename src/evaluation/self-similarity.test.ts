import { afterAll, describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import { createSelfSimilarity } from './self-similarity.ts';

const runtime = createRuntime({ device: 'cpu', threads: 1 });
const similarity = createSelfSimilarity(runtime);
afterAll(async () => {
  await similarity.dispose();
  await runtime.dispose();
});

const map = (data: Float32Array, channels: number) => ({ channels, data });

/** Rows of S. */
function plainSimilarity(data: Float32Array, channels: number): number[][] {
  const size = data.length / channels;
  return Array.from({ length: size }, (_, i) => {
    const row = Array.from({ length: size }, (_, j) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += get(data, c * size + i) * get(data, c * size + j);
      return Math.exp(sum / channels);
    });
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((v) => v / total);
  });
}

describe('self-similarity', () => {
  it('is the plain definition', async () => {
    const [a, b] = [uniform(1, 5 * 12, 0, 2), uniform(2, 5 * 12, 0, 2)];
    const [own, wanted] = [plainSimilarity(a, 5), plainSimilarity(b, 5)];
    const divergence = wanted.reduce(
      (sum, row, i) => sum + row.reduce((s, p, j) => s + p * Math.log(p / get(own[i] ?? [], j)), 0) / 12,
      0,
    );
    const measure = await similarity.against(map(b, 5));
    expectClose([await measure(map(a, 5))], [divergence], 1e-5);
    expect(divergence).toBeGreaterThan(1e-3);
    expect(await measure(map(b, 5))).toBeLessThan(1e-6);
  });

  it('ignores a common shift of all similarities', async () => {
    // If one channel is constant, more of it adds the same number to every similarity.
    const [low, high] = [Float32Array.of(1, 2, 3, 1, 1, 1), Float32Array.of(1, 2, 3, 5, 5, 5)];
    expect(await (await similarity.against(map(high, 2)))(map(low, 2))).toBeLessThan(1e-6);
  });

  it('refuses features of another size', async () => {
    const measure = await similarity.against(map(uniform(1, 12), 2));
    await expect(measure(map(uniform(1, 10), 2))).rejects.toThrow('expected an output of the content’s size');
  });
});
