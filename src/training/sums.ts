/** Results of a graph, summed over batches. */

import type { Outputs } from '../graph/tensor.ts';
import type { Feeds, Runtime } from '../runtime/runtime.ts';

/** Runs `outputs` on `count` feeds and returns the sum of each, in float64, by its name. */
export async function summedOver(
  outputs: Outputs,
  runtime: Runtime,
  count: number,
  feeds: (i: number) => Feeds | Promise<Feeds>,
): Promise<Map<string, Float64Array>> {
  const program = await runtime.compile(outputs);
  const sums = new Map<string, Float64Array>();
  try {
    for (let i = 0; i < count; i++) {
      for (const [name, values] of Object.entries(await program.run(await feeds(i)))) {
        const sum = sums.get(name) ?? new Float64Array(values.length);
        for (const [j, value] of values.entries()) sum[j] = (sum[j] ?? 0) + value;
        sums.set(name, sum);
      }
    }
  } finally {
    await program.dispose();
  }
  return sums;
}
