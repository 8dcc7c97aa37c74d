/** The crops of `torch/train.py` equal those of this trainer, pixel by pixel. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stream, uniformInt } from '../../src/random.ts';
import { crops } from '../../src/training/node/crops.ts';
import { readWeights, writeWeights } from '../../src/weights/node/weights-file.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import { expectClose, randomSource } from '../helpers/numbers.ts';
import { root } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { python, runPython, unlessTorch } from '../helpers/torch.ts';

it.skipIf(python === undefined)(`crops under PyTorch${unlessTorch}`, async () => {
  const folder = await temporaryFolder();
  const random = randomSource(4);
  const sizes = [
    [90, 40],
    [33, 70],
    [64, 64],
  ] as const;
  const pictures = sizes.map(([width, height]) => {
    return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => 256 * random()) };
  });
  // Regions smaller and larger than the crop use both filters.
  const chosen = Array.from({ length: 12 }, (_, i) => pictures[i % 3] ?? expect.fail());
  const options = { size: 32, regionMin: 20, regionMax: 64, mirror: true };
  const expected = crops(chosen, stream(1, 'crops'), options);

  const again = stream(1, 'crops');
  const regions = chosen.map(({ width, height }) => {
    const short = Math.min(width, height);
    const [low, high] = [Math.min(options.regionMin, short), Math.min(options.regionMax, short)];
    const region = uniformInt(again, low, high);
    const left = uniformInt(again, 0, width - region);
    return {
      region,
      left,
      top: uniformInt(again, 0, height - region),
      mirrored: uniformInt(again, 0, 1),
    };
  });
  const tensors: WeightMap = new Map();
  for (const name of ['left', 'top', 'region', 'mirrored'] as const) {
    tensors.set(name, { shape: [12], data: Float32Array.from(regions, (region) => region[name]) });
  }
  for (const [i, { width, height, data }] of chosen.entries()) {
    tensors.set(`picture ${i}`, { shape: [height, width, 3], data: Float32Array.from(data) });
  }
  await writeWeights(join(folder, 'inputs.safetensors'), tensors);
  const script = join(root, 'test', 'torch', 'run_crops.py');
  expect(await runPython([script, folder, `${options.size}`], folder)).toMatchObject({ code: 0, stderr: '' });
  const results = await readWeights(join(folder, 'results.safetensors'));
  expectClose(results.tensors.get('crops')?.data, expected, 1e-4);
  await rm(folder, { recursive: true });
});
