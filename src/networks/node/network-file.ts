/** Reading the weights of a VGG-19 from files of any program, with how pictures enter it. Node only. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { SettingError, WeightsError } from '../../errors.ts';
import { readBytes, readJson } from '../../files/read.ts';
import { brief } from '../../weights/node/formats/fault.ts';
import { readTensors } from '../../weights/node/tensor-file.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import type { StoredTensor, StoredTensors } from '../../weights/stored.ts';
import { conv0Of, type ForeignPreprocessing, knownPreprocessing } from '../conv0.ts';
import { type NetworkCard, parseNetworkCard } from '../network-card.ts';
import { notVgg19, type Preprocessing } from '../vgg19.ts';
import { isOwn, vgg19Tensors } from '../vgg19-names.ts';

/** The weights of a VGG-19 under this package's names. */
export interface NetworkFile {
  readonly weights: WeightMap;
  /** Checksum of the file. */
  readonly sha256: string;
  /** Undefined if neither the file nor a card beside it says it. */
  readonly preprocessing: Preprocessing | undefined;
  /** What was made the layer `conv0`, which the file did not have. */
  readonly added?: ForeignPreprocessing;
}

/**
 * Reads a VGG-19 with the card `.json` beside it, if there is one. A file of another program gets its
 * preprocessing as the layer `conv0`.
 *
 * @param name the network or flag, in errors
 * @param stated the preprocessing of the file by word of its user
 * @throws WeightsError if the file is missing, damaged, of another network, does not belong to its card, or
 *   leaves its preprocessing open; SettingError if it holds no VGG-19
 */
export async function readNetwork(
  path: string,
  name: string,
  stated?: ForeignPreprocessing,
): Promise<NetworkFile> {
  const card = await cardOf(path, name);
  const bytes = await readBytes(path, name, WeightsError);
  // Files may have half a gigabyte, which other ways of hashing copy.
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (card?.sha256 !== undefined && card.sha256 !== sha256) {
    const remedy = 'the file is damaged or belongs to another card';
    throw new WeightsError({
      ...{ expected: `SHA-256 ${card.sha256}`, name, received: sha256 },
      ...{ where: path, remedy },
    });
  }
  const stored = await readTensors(bytes, path);
  const named = vgg19Tensors(stored, path);
  if (named === undefined) throw notVgg19([...stored.keys()].map(brief), path);
  const weights = readAll(named, bytes.length, path);
  const own = card?.configuration.preprocessing ?? (weights.has('conv0.weight') ? 'conv0' : undefined);
  if (own !== undefined) {
    if (stated === undefined) return { weights, sha256, preprocessing: own };
    const expected = 'no preprocessing';
    const where = { where: path, remedy: 'the file or its card says it already: leave the flag out' };
    throw new SettingError({ expected, name, received: stated, ...where });
  }
  const added = preprocessingOf(sha256, stored, { path, name, stated });
  if (added === undefined) return { weights, sha256, preprocessing: undefined };
  const whole = new Map([...conv0Of(added), ...weights]);
  return { weights: whole, sha256, preprocessing: 'conv0', added };
}

async function cardOf(path: string, name: string): Promise<NetworkCard | undefined> {
  const cardPath = path.replace(/(\.safetensors)?$/, '.json');
  if (!existsSync(cardPath)) return undefined;
  const json = await readJson(cardPath, `the card of ${name}`, WeightsError);
  return parseNetworkCard(json, cardPath);
}

/** Copies the values. Tensors that share them could otherwise make much of a small file. */
function readAll(named: ReadonlyMap<string, StoredTensor>, most: number, where: string): WeightMap {
  const count = [...named.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (count > most) {
    const expected = `at most ${most} values in a file of as many bytes`;
    throw new WeightsError({ expected, name: 'the network', received: `${count}`, where });
  }
  return new Map([...named].map(([name, { shape, read }]) => [name, { shape, data: read() }]));
}

/** What to know of a file that does not state its preprocessing. */
interface Open {
  readonly path: string;
  readonly name: string;
  readonly stated: ForeignPreprocessing | undefined;
}

/** The preprocessing by word or checksum. Under this package's names it may be a setting of the generator. */
function preprocessingOf(sha256: string, stored: StoredTensors, { path, name, stated }: Open) {
  const known = knownPreprocessing(sha256);
  if (stated !== undefined && known !== undefined && stated !== known) {
    throw new SettingError({ expected: known, name: 'preprocessing', received: stated, where: path });
  }
  const how = stated ?? known;
  if (how !== undefined || [...stored.keys()].some(isOwn)) return how;
  throw new WeightsError({
    expected: 'to be told the preprocessing',
    name,
    received: brief(`names that leave it open, such as ${[...stored.keys()][0]}`),
    where: path,
    remedy:
      'wasserfarbe weights import FILE -o vgg19.safetensors --preprocessing imagenet, for weights of torchvision or timm; caffe for those from Caffe or Keras; none for RGB 0–1',
  });
}
