/**
 * Memory of a run, measured in a process of its own, since the tests' process holds
 * the memory of all of them.
 */

import { expect, it } from 'vitest';
import { root, start } from '../../test/helpers/package.ts';
import { wasserfarbe } from '../networks/wasserfarbe.ts';
import { memoryToEncode, memoryToStylise } from './memory.ts';

const small = { width: 64, height: 64 };
const large = { width: 512, height: 512 };

/** Bytes that the process has grown by after each call, all of one size. ONNX Runtime is loaded before. */
async function growth(call: string): Promise<number[]> {
  const text = `
    import { generatorWeights } from './test/helpers/model.ts';
    import { wasserfarbe } from './src/networks/wasserfarbe.ts';
    import { createRuntime } from './src/runtime/node/onnxruntime.ts';
    import { createStylizer } from './src/stylize/stylizer.ts';
    const config = wasserfarbe.slim;
    const model = { name: 'test', sha256: 'test', config, weights: generatorWeights(config) };
    const stylizer = createStylizer(model, createRuntime({ threads: 1 }));
    const picture = (side) => ({ width: side, height: side, data: new Float32Array(3 * side * side).fill(0.5) });
    const large = picture(${large.width});
    const style = await stylizer.encodeStyle(picture(${small.width}));
    await stylizer.stylize(picture(${small.width}), style);
    const resident = () => (gc(), process.memoryUsage.rss());
    const before = resident();
    const grown = [];
    for (let i = 0; i < 4; i++) {
      await ${call};
      grown.push(resident() - before);
    }
    console.log(JSON.stringify(grown));`;
  const args = ['--expose-gc', '--import', 'tsx', '--input-type', 'module', '--eval', text];
  const { stdout, stderr } = await start(process.execPath, args, root).ended;
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

it.each([
  ['stylising', 'stylizer.stylize(large, style)', memoryToStylise(large, small, wasserfarbe.slim)],
  ['encoding', 'stylizer.encodeStyle(large)', memoryToEncode(large, wasserfarbe.slim)],
])('of %s is what was predicted, and stays that', { timeout: 30_000 }, async (_, call, predicted) => {
  const [first = 0, , ...last] = await growth(call);
  expect(first).toBeGreaterThan(predicted / 2);
  // A process's memory goes up and down by a few percent; what leaks is in every later number.
  expect(Math.min(...last)).toBeLessThan(predicted * 1.3);
});
