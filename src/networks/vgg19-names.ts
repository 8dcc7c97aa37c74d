/** Names of VGG-19's tensors in files of other programs. */

import { WeightsError } from '../errors.ts';
import type { StoredTensor, StoredTensors } from '../weights/stored.ts';

/** The convolutions in their order; each takes the channels of the one before. */
const convolutions = [
  ...['conv1_1', 'conv1_2', 'conv2_1', 'conv2_2', 'conv3_1', 'conv3_2', 'conv3_3', 'conv3_4'],
  ...['conv4_1', 'conv4_2', 'conv4_3', 'conv4_4', 'conv5_1'],
];

/** Places in `features` of torchvision and timm, up to conv5_4; style transfer ends at conv5_1. */
const torchvision = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34];

/** Places in AdaIN's Sequential, of which 0 is the preprocessing. */
const adain = [2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51];

/**
 * The tensors of a VGG-19 to conv5_1 under this package's names, whoever has named them: torchvision, timm,
 * AdaIN's code, Collaborative Distillation's, or this package. Undefined if the names are of something else.
 *
 * @throws WeightsError if they are of another network, such as VGG-16 or one with batch normalisation
 */
export function vgg19Tensors(tensors: StoredTensors, source: string): Map<string, StoredTensor> | undefined {
  const bare = new Map([...tensors].map(([name, tensor]) => [name.replace(/^module\./, ''), tensor]));
  const own = bare.has('conv1_1.weight') ? new Map([...bare].filter(([name]) => isOwn(name))) : undefined;
  const named = own ?? (bare.has('conv11.weight') ? distilled(bare) : numbered(bare, source));
  if (named === undefined) return undefined;
  checkChain(named, source);
  return named;
}

/** Whether a name is of a tensor that this package uses. */
export function isOwn(name: string): boolean {
  return /^conv(0|([1-4]_\d|5_1)(_aux)?)\.(weight|bias)$/.test(name);
}

/** `conv11` is conv1_1. */
function distilled(bare: StoredTensors): Map<string, StoredTensor> {
  const named = [...bare].map(
    ([name, tensor]) => [name.replace(/^conv(\d)(\d)/, 'conv$1_$2'), tensor] as const,
  );
  return new Map(named.filter(([name]) => isOwn(name)));
}

/** Names with places: `features.0.weight`, or `0.weight`. */
function numbered(bare: StoredTensors, source: string): Map<string, StoredTensor> | undefined {
  const found = [...bare].flatMap(([name, tensor]) => {
    const [, place, part] = /^(?:(?:.*\.)?features[._])?(\d+)\.(weight|bias)$/.exec(name) ?? [];
    return place === undefined ? [] : [{ name, place: Number(place), part, tensor }];
  });
  const first = found.find(({ place, part }) => place === 0 && part === 'weight')?.tensor;
  if (first === undefined) return undefined;
  // AdaIN's network begins with a 1×1 convolution, the others with one of 3×3.
  const own = first.shape[2] === 1 ? adain : torchvision;
  const named = new Map<string, StoredTensor>();
  for (const { name, place, part, tensor } of found) {
    const index = own.indexOf(place);
    const layer = own === adain && place === 0 ? 'conv0' : convolutions[index];
    const isDeeper = index >= convolutions.length;
    if (layer === undefined && !isDeeper) throw otherNetwork(`a layer ${name}`, source);
    const key = `${layer}.${part}`;
    if (named.has(key)) throw otherNetwork(`two layers ${name}`, source);
    if (layer !== undefined) named.set(key, tensor);
  }
  return named;
}

/** Each layer must fit the one before, and none may be missing between. */
function checkChain(named: ReadonlyMap<string, StoredTensor>, source: string): void {
  let channels = 3;
  let isEnd = false;
  for (const layer of ['conv0', ...convolutions]) {
    const [weight, bias] = [named.get(`${layer}.weight`), named.get(`${layer}.bias`)];
    if (layer === 'conv0' && weight === undefined) continue;
    isEnd ||= weight === undefined;
    if (isEnd && weight === undefined) continue;
    const side = layer === 'conv0' ? 1 : 3;
    const [outputs = 0] = weight?.shape ?? [];
    const wanted = `${[outputs, channels, side, side]}`;
    if (isEnd || `${weight?.shape}` !== wanted || `${bias?.shape}` !== `${outputs}`) {
      throw otherNetwork(`${layer} of shape [${weight?.shape.join(', ')}]`, source);
    }
    channels = outputs;
  }
}

function otherNetwork(received: string, source: string): WeightsError {
  return new WeightsError({
    expected: 'a VGG-19 without batch normalisation',
    name: 'the network',
    received: received.slice(0, 200),
    where: source,
  });
}
