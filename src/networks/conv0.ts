/**
 * Preprocessings of other programs as a 1×1 convolution `conv0`. Each is affine in every pixel, so it is
 * exact before the reflection padding of the first layer.
 */

import type { WeightTensor } from '../weights/safetensors.ts';
import { IMAGENET } from './vgg19.ts';

/** Weight and bias of the three channels, which take RGB 0–1. */
interface Affine {
  readonly weight: readonly number[];
  readonly bias: readonly number[];
}

const affine = {
  /** Minus mean, over deviation: weights of torchvision and timm. */
  imagenet: {
    weight: diagonal(IMAGENET.deviation.map((deviation) => 1 / deviation)),
    bias: IMAGENET.mean.map((mean, i) => -mean / (IMAGENET.deviation[i] ?? 1)),
  },
  /** BGR 0–255 minus mean: weights converted from Caffe, and Keras's. */
  caffe: { weight: [0, 0, 255, 0, 255, 0, 255, 0, 0], bias: [-103.939, -116.779, -123.68] },
  /** (x − 0.45) · 4: encoders of this package. */
  centred: { weight: diagonal([4, 4, 4]), bias: [-1.8, -1.8, -1.8] },
  /** Networks that take RGB 0–1. */
  none: { weight: diagonal([1, 1, 1]), bias: [0, 0, 0] },
} as const satisfies Record<string, Affine>;

export type ForeignPreprocessing = keyof typeof affine;
export const foreignPreprocessings = Object.keys(affine) as ForeignPreprocessing[];

/** The tensors of `conv0` by name. */
export function conv0Of(how: ForeignPreprocessing): [string, WeightTensor][] {
  const { weight, bias } = affine[how];
  return [
    ['conv0.weight', { shape: [3, 3, 1, 1], data: Float32Array.from(weight) }],
    ['conv0.bias', { shape: [3], data: Float32Array.from(bias) }],
  ];
}

/** Published files by the first eight digits of their SHA-256, which their names end in. */
const known: Readonly<Record<string, ForeignPreprocessing>> = {
  // torchvision, vgg19-dcbb9e9d.pth.
  dcbb9e9d: 'imagenet',
  // Converted from Caffe by J. Johnson, vgg19-d01eb7cb.pth.
  d01eb7cb: 'caffe',
};

/** The preprocessing of a published file, by its SHA-256. */
export function knownPreprocessing(sha256: string): ForeignPreprocessing | undefined {
  return known[sha256.slice(0, 8)];
}

function diagonal([a = 0, b = 0, c = 0]: readonly number[]): number[] {
  return [a, 0, 0, 0, b, 0, 0, 0, c];
}
