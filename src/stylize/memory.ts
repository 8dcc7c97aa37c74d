/** How much memory a run takes, predicted before it starts. */

import type { ImageSize } from '../images/image.ts';
import type { GeneratorConfig } from '../networks/wasserfarbe.ts';

/**
 * Bytes at the peak of stylising a content of that size with a style of that size (both in pixels), weights and
 * Node itself not counted: the larger of the attention matrix and of the activations at full resolution.
 */
export function memoryToStylise(content: ImageSize, style: ImageSize, config: GeneratorConfig): number {
  const pixels = content.width * content.height;
  const activations = pixels * (config.encoder.widths[0] * ACTIVATIONS + 6) * BYTES;
  if (config.transform === 'adain') return activations;
  const attention = positions(content) * positions(style) * ATTENTION * BYTES;
  return Math.max(activations, attention);
}

const BYTES = 4;
/** Buffers of the first layer's width that live at once: a convolution's input, its padding and its result. */
const ACTIVATIONS = 5;
/** Matrices of content × style positions that live at once: logits and softmax. */
const ATTENTION = 2;

/** Positions of a feature map at relu4_1, an eighth of each side. */
function positions({ width, height }: ImageSize): number {
  return Math.ceil(width / 8) * Math.ceil(height / 8);
}
