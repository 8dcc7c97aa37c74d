/** The work of `wasserfarbe weights import`. */

import { rm } from 'node:fs/promises';
import { baseName } from '../../files/names.ts';
import { input } from '../../graph/ops/sources.ts';
import { holdOut } from '../../images/node/file-lists.ts';
import { listImages } from '../../images/node/image-file.ts';
import { readSquare } from '../../evaluation/node/squares.ts';
import { conv0Of } from '../../networks/conv0.ts';
import { type LossNetwork, lossNetwork } from '../../networks/loss-network.ts';
import { readNetwork } from '../../networks/node/network-file.ts';
import { meanActivations, withMeansOfOne } from '../../networks/normalised.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { writeWeights } from '../../weights/node/weights-file.ts';
import { defined } from '../../defined.ts';
import { visible } from '../../visible.ts';
import { interruption, leaveNothing, UsageError } from '../shared/failure.ts';
import { say, tell } from '../shared/output.ts';
import { createMeter } from '../shared/progress.ts';
import type { ImportFlags } from './command.ts';
import { outputFile } from '../shared/output-file.ts';

/** Most pictures that activations are measured on, spread evenly over the folder; their side in pixels. */
const [PICTURES, SIDE] = [200, 256];

/** Writes the weights of a VGG-19 under this package's names, with its preprocessing as the layer `conv0`. */
export async function importWeights(file: string, flags: ImportFlags): Promise<void> {
  const output = await outputFile(flags.output, '.safetensors', flags.force, [file]);
  // An old card would be obeyed in place of what the new file says.
  const cardFile = output.replace(/\.safetensors$/, '.json');
  await outputFile(cardFile, '.json', flags.force, [file]);
  const read = await readNetwork(file, 'the network', flags.preprocessing);
  const network = lossNetwork(read.weights, file, read.preprocessing);
  // What a card said becomes a layer, too: the output needs none.
  const stated = network.config.preprocessing;
  const added = stated === 'conv0' ? read.added : stated;
  const weights = stated === 'conv0' ? read.weights : new Map([...conv0Of(stated), ...read.weights]);
  const { signal, end } = interruption();
  try {
    const means =
      flags.pictures === undefined ? undefined : await measured(network, flags.pictures, flags, signal);
    const scaled = means === undefined ? weights : withMeansOfOne(weights, means.means, file);
    const metadata = {
      source: baseName(file),
      'source.sha256': read.sha256,
      ...defined({ preprocessing: added, pictures: means && `${means.count}` }),
    };
    await writeWeights(output, scaled, { metadata });
    await rm(cardFile, { force: true });
    const layers = [...weights.keys()].filter((name) => /^conv\d_\d\.weight$/.test(name)).sort();
    const values = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
    const deepest = layers.at(-1)?.replace('.weight', '');
    say(`${visible(output)}  VGG-19 to ${deepest}, ${(values / 1e6).toFixed(1)} million values`);
    if (added !== undefined) say(`  preprocessing ${added}, as its layer conv0`);
    if (means !== undefined) say(`  mean activations of 1 over ${means.count} pictures`);
    else if (added === 'imagenet' || added === 'caffe') {
      tell(
        'wasserfarbe: its layers keep their own scales; --pictures FOLDER brings them to mean activations of 1',
      );
    }
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    end();
  }
}

/** Mean activations over the pictures of a folder. Those that cannot be read are told and passed over. */
async function measured(
  network: LossNetwork,
  folder: string,
  { recursive, threads }: ImportFlags,
  signal: AbortSignal,
) {
  const all = await listImages(folder, { recursive: recursive === true });
  const chosen = all.length <= PICTURES ? all : holdOut(all, PICTURES).held;
  const runtime = createRuntime(defined({ threads }));
  const program = await runtime.compile(meanActivations(input('x', [1, 3, SIDE, SIDE]), network));
  const sums = new Map<string, Float64Array>();
  const meter = await createMeter(chosen.length, 'pictures', tell);
  let count = 0;
  try {
    for (const [i, file] of chosen.entries()) {
      signal.throwIfAborted();
      const picture = await readSquare(file, SIDE).catch((error: Error) =>
        meter.log(`skipped: ${visible(error.message)}`),
      );
      if (picture === undefined) continue;
      count++;
      for (const [name, values] of Object.entries(await program.run({ x: picture.data }))) {
        const sum = sums.get(name) ?? new Float64Array(values.length);
        for (const [j, value] of values.entries()) sum[j] = (sum[j] ?? 0) + value;
        sums.set(name, sum);
      }
      meter.update(i + 1, () => `${i + 1} of ${chosen.length} pictures`);
    }
  } finally {
    // A bar that is not stopped keeps the process.
    meter.stop();
    await runtime.dispose();
  }
  if (count === 0) {
    throw new UsageError({ expected: 'a folder with pictures', name: '--pictures', received: folder });
  }
  return { count, means: new Map([...sums].map(([name, sum]) => [name, sum.map((value) => value / count)])) };
}
