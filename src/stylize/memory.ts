/** How much memory a run takes, predicted before it starts. */

import type { ImageSize } from '../images/image.ts';
import type { GeneratorConfig } from '../networks/generator.ts';

/**
 * Bytes at the peak of stylising a content of that size with a style of that size (both in pixels), weights and
 * Node itself not counted: activations at full resolution, and one attention matrix. Of the slim model within a
 * tenth of what ONNX Runtime on the CPU took for contents of 512² to 1600² and styles of 64² to 1024²; of the paper's
 * within a quarter at 512² and 1024².
 */
export function memoryToStylise(content: ImageSize, style: ImageSize, config: GeneratorConfig): number {
  const attention =
    config.transform === 'adain' ? 0 : (positions(content) * positions(style)) / (config.pooledKeys ? 4 : 1);
  return activations(content, config, STYLISE_BUFFERS) + BYTES * attention;
}

/**
 * Bytes at the peak of encoding a style picture of that size, counted in the same way: the encoder alone. Never less
 * than what it took, slim at 512² to 1600² and paper at 512² and 1024², and at most a third more.
 */
export function memoryToEncode(style: ImageSize, config: GeneratorConfig): number {
  return activations(style, config, ENCODE_BUFFERS);
}

const BYTES = 4;
/** Of the first layer's width: inputs, padded inputs and results that live at once, and what the allocator keeps. Measured. */
const STYLISE_BUFFERS = 9.5;
const ENCODE_BUFFERS = 6;

function activations({ width, height }: ImageSize, config: GeneratorConfig, buffers: number): number {
  return BYTES * width * height * (config.encoder.widths[0] * buffers + 6);
}

/** Positions of a feature map at relu4_1, an eighth of each side. */
function positions({ width, height }: ImageSize): number {
  return Math.ceil(width / 8) * Math.ceil(height / 8);
}
