/** Sample sheets of a network in training: held-back contents × styles. Node only. */

import { input } from '../../graph/ops/sources.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { middleSquare, type RgbImage } from '../../images/image.ts';
import { contactSheet } from '../../images/node/contact-sheet.ts';
import { frozen, type Parameters } from '../../networks/parameters.ts';
import { encodeFeatures, encodeStyle, reconstruct, stylize } from '../../networks/generator.ts';
import type { GeneratorConfig } from '../../networks/settings.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { WeightMap } from '../../weights/safetensors.ts';

/** Side of the pictures on a sample sheet, in pixels. */
export const SAMPLE_SIZE = 256;

/** Number of consecutive blank sheets that ends a run. */
export const BLANK_SHEETS = 3;

export interface SampledNetwork {
  readonly weights: WeightMap;
  readonly network: GeneratorConfig;
  readonly runtime: Runtime;
  /** Whether to show the decoder inverting the content, since the block is not trained yet. */
  readonly autoencode: boolean;
}

export interface SampleSheet {
  readonly png: Uint8Array;
  /**
   * Whether every sample is of one colour though its content is not. No such network
   * has been seen to recover.
   */
  readonly blank: boolean;
}

/**
 * Makes `picture` from `content` and `style` `[1, 3, size, size]`, in that size. An autoencoder has no style.
 */
export function sampleGraph(
  network: GeneratorConfig,
  parameters: Parameters,
  size: number,
  autoencode: boolean,
): { readonly picture: Tensor } {
  const [content, style] = [input('content', [1, 3, size, size]), input('style', [1, 3, size, size])];
  const picture = autoencode
    ? reconstruct(content, encodeFeatures(content, parameters, network), parameters, network)
    : stylize(content, encodeStyle(style, parameters, network), parameters, network);
  return { picture };
}

/** Contents down the left, styles across the top. The central `size` × `size` of each picture is used. */
export async function sampleSheet(
  contents: readonly RgbImage[],
  styles: readonly RgbImage[],
  size: number,
  sampled: SampledNetwork,
): Promise<SampleSheet> {
  const { network, runtime, autoencode } = sampled;
  const parameters = frozen(sampled.weights, 'the network in training');
  const program = await runtime.compile(sampleGraph(network, parameters, size, autoencode));
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
    const shown = rows.flatMap((row, i) => (isBlank(row.image) ? [] : (cells[i] ?? [])));
    const png = await contactSheet({ rows, columns, cells, cellSize: size });
    return { png, blank: shown.length > 0 && shown.every(isBlank) };
  } finally {
    await program.dispose();
  }
}

/** One step of eight bits. */
export const FLAT = 1 / 255;

/** Whether each channel varies by less than {@link FLAT}. */
function isBlank({ data }: RgbImage): boolean {
  const channel = data.length / 3;
  return [0, 1, 2].every((c) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = c * channel; i < (c + 1) * channel; i++) {
      low = Math.min(low, data[i] ?? 0);
      high = Math.max(high, data[i] ?? 0);
    }
    return high - low < FLAT;
  });
}
