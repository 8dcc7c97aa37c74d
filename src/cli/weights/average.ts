/** The work of `wasserfarbe weights average`. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { WeightsError } from '../../errors.ts';
import { baseName, stemOf } from '../../files/names.ts';
import { readBytes } from '../../files/read.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { averageWeights } from '../../weights/average.ts';
import type { ModelCard } from '../../weights/model-card.ts';
import { loadModel, readWeights, writeWeights } from '../../weights/node/weights-file.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { sha256 } from '../../weights/sha256.ts';
import { visible } from '../../visible.ts';
import { UsageError } from '../shared/failure.ts';
import { say } from '../shared/output.ts';
import type { AverageFlags } from './command.ts';
import { outputFile } from '../shared/output-file.ts';

/** Weights with their card, if there is one beside the file. */
interface Opened {
  readonly file: string;
  readonly weights: WeightMap;
  readonly card: ModelCard | undefined;
}

/** Writes the mean of some models, and its card if they have cards. */
export async function averageModels(files: readonly string[], flags: AverageFlags): Promise<void> {
  const output = await outputFile(flags.output, '.safetensors', flags.force, files);
  const cardFile = output.replace(/\.safetensors$/, '.json');
  await outputFile(cardFile, '.json', flags.force, files);
  const [first, ...others] = await Promise.all(files.map(open));
  if (first === undefined || others.length === 0) {
    throw new UsageError({ expected: 'two files or more', name: 'the models', received: `${files.length}` });
  }
  for (const other of others) checkCards(first, other);
  const mean = averageWeights([first, ...others]);
  await writeWeights(output, mean, { dtype: first.card?.dtype ?? 'F32' });
  if (first.card === undefined) {
    // An old card would not be that of the new weights.
    await rm(cardFile, { force: true });
  } else {
    const cards = [first, ...others].flatMap(({ card }) => card ?? []);
    const card = await describe(first.card, cards, output);
    const text = `${JSON.stringify(card, null, 2)}\n`;
    await writeFileAtomic(cardFile, new TextEncoder().encode(text));
  }
  say(`${visible(output)}  the mean of ${files.length}, ${mean.size} tensors`);
}

async function open(file: string): Promise<Opened> {
  if (existsSync(file.replace(/(\.safetensors)?$/, '.json'))) {
    const { card, tensors } = await loadModel(file);
    return { file, weights: tensors, card };
  }
  const { tensors, metadata } = await readWeights(file);
  if (Object.keys(metadata).every((key) => !key.startsWith('wasserfarbe.'))) {
    return { file, weights: tensors, card: undefined };
  }
  const remedy = 'give the model.safetensors that training has written beside it';
  throw new WeightsError({ expected: 'a model', name: file, received: 'a training checkpoint', remedy });
}

/** Models of different forms have no mean, even if their tensors have the same shapes. */
function checkCards(first: Opened, { file, card }: Opened): void {
  const fault = (expected: string, received: string) =>
    new WeightsError({
      expected: `${expected}, as ${first.file} has,`,
      name: 'the model',
      received,
      where: file,
    });
  if (first.card === undefined && card === undefined) return;
  if (first.card === undefined || card === undefined) {
    throw fault(first.card === undefined ? 'no card' : 'a card', card === undefined ? 'none' : 'one');
  }
  if (first.card.method !== card.method) throw fault(`the method ${first.card.method}`, card.method);
  const names = new Set([...Object.keys(first.card.configuration), ...Object.keys(card.configuration)]);
  for (const name of names) {
    const [wanted, found] = [first.card.configuration[name], card.configuration[name]];
    if (!isDeepStrictEqual(wanted, found))
      throw fault(`${name} ${JSON.stringify(wanted)}`, JSON.stringify(found) ?? 'none');
  }
}

/** The card of a mean. Nothing is measured yet, and what one of the models cannot do the mean may not. */
async function describe(first: ModelCard, cards: readonly ModelCard[], output: string): Promise<ModelCard> {
  const distinct = <T>(values: readonly T[]) =>
    values.filter((value, i) => values.findIndex((other) => isDeepStrictEqual(other, value)) === i);
  return {
    ...first,
    name: stemOf(output),
    description: `The mean of ${cards.map(({ name }) => name).join(', ')}.`,
    file: baseName(output),
    sha256: await sha256(await readBytes(output, 'the mean', WeightsError)),
    licence: distinct(cards.map(({ licence }) => licence)).join('; '),
    created: new Date().toISOString().slice(0, 10),
    training: {
      data: distinct(cards.map(({ training }) => training.data)).join(' '),
      stages: distinct(cards.flatMap(({ training }) => training.stages)),
    },
    metrics: { protocol: 'not measured', lossNetwork: 'none', values: {} },
    limitations: distinct(cards.flatMap(({ limitations }) => limitations)),
  };
}
