/** Sample sheets of a network in training: held-back contents × styles. Node only. */

import { input } from '../graph/ops/sources.ts';
import { middleSquare, type RgbImage } from '../images/image.ts';
import { contactSheet } from '../images/sheet.ts';
import { frozen } from '../networks/parameters.ts';
import {
  encodeFeatures,
  encodeStyle,
  type GeneratorConfig,
  reconstruct,
  stylize,
} from '../networks/generator.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { WeightMap } from '../weights/safetensors.ts';

export interface SampledNetwork {
  readonly weights: WeightMap;
  readonly network: GeneratorConfig;
  readonly runtime: Runtime;
  /** Show the decoder inverting the content instead: the block is not trained yet. */
  readonly autoencode: boolean;
}

/** A PNG of contents down the left, styles across the top; the middle `size` × `size` of each picture is used. */
export async function sampleSheet(
  contents: readonly RgbImage[],
  styles: readonly RgbImage[],
  size: number,
  sampled: SampledNetwork,
): Promise<Uint8Array> {
  const { network, runtime, autoencode } = sampled;
  const parameters = frozen(sampled.weights, 'the network in training');
  const [content, style] = [input('content', [1, 3, size, size]), input('style', [1, 3, size, size])];
  const picture = autoencode
    ? reconstruct(content, encodeFeatures(content, parameters, network), parameters, network)
    : stylize(content, encodeStyle(style, parameters, network), parameters, network);
  const program = await runtime.compile({ picture });
  try {
    const rows = contents.map((image, i) => ({
      label: `content ${i + 1}`,
      image: middleSquare(image, size),
    }));
    const columns = styles.map((image, i) => ({ label: `style ${i + 1}`, image: middleSquare(image, size) }));
    const cells: RgbImage[][] = [];
    for (const row of rows) {
      const line: RgbImage[] = [];
      for (const column of columns) {
        const feeds = autoencode
          ? { content: row.image.data }
          : { content: row.image.data, style: column.image.data };
        line.push({ width: size, height: size, data: (await program.run(feeds)).picture });
      }
      cells.push(line);
    }
    return await contactSheet({ rows, columns, cells, cellSize: size });
  } finally {
    await program.dispose();
  }
}
