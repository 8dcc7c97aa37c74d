import { afterAll, expect, it } from 'vitest';
import { generatorWeights, tinyGenerator } from '../../test/helpers/model.ts';
import { DeviceError } from '../errors.ts';
import type { GeneratorConfig } from '../networks/wasserfarbe.ts';
import { createRuntime } from '../runtime/node.ts';
import { memoryToStylise } from './memory.ts';
import { createStylizer, type StylizerModel } from './stylizer.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

function modelOf(config: GeneratorConfig): StylizerModel {
  return { name: 'test', sha256: 'test', config, weights: generatorWeights(config) };
}

it.each(['attention', 'statistics-attention', 'adain'] as const)(
  'runs %s on one and two levels',
  async (transform) => {
    for (const levels of [['relu4_1'], ['relu4_1', 'relu5_1']] as const) {
      const stylizer = createStylizer(modelOf({ ...tinyGenerator, transform, levels }), runtime);
      const grey = { width: 21, height: 5, data: new Float32Array(315).fill(0.5) };
      const style = await stylizer.encodeStyle(grey);
      expect(style).toMatchObject({ width: 21, height: 17 });
      expect((await stylizer.stylize(grey, style)).data).toHaveLength(315);
      await stylizer.dispose();
    }
  },
);

it('refuses what does not fit into memory before it runs, and says what would', async () => {
  const stylizer = createStylizer(modelOf(tinyGenerator), runtime, { availableMemory: () => 500_000 });
  const picture = { width: 200, height: 300, data: new Float32Array(180_000) };
  const style = await stylizer.encodeStyle({ width: 32, height: 32, data: new Float32Array(3072) });
  const call = stylizer.stylize(picture, style);
  await expect(call).rejects.toThrow(DeviceError);
  await expect(call).rejects.toThrow(
    /200×300 pixels.*set the content size \(its short side\) to \d+ or less/,
  );
  const message = await call.then(() => '', String);
  const side = Number(/to (\d+) or less/.exec(message)?.[1]);
  const fitting = { width: side, height: Math.floor(side * 1.5) };
  expect(memoryToStylise(fitting, style, tinyGenerator)).toBeLessThanOrEqual(500_000);
  await stylizer.dispose();
});
