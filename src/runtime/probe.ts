/** Whether a runtime really runs: one small graph, before longer work. */

import { add } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/sources.ts';
import type { Runtime } from './runtime.ts';

/** Runs one small graph; throws what the runtime throws. */
export async function probeRuntime(runtime: Runtime): Promise<void> {
  const program = await runtime.compile({ sum: add(input('x', [4]), 1) });
  await program.run({ x: new Float32Array(4) });
  await program.dispose();
}
