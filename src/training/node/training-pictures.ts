/**
 * The pictures of a run: its two folders, the held-back pictures, and the batches of each step. Node only.
 */

import { dirname, join } from 'node:path';
import { passedOver } from './list-pictures.ts';
import { defined } from '../../defined.ts';
import { TrainingError } from '../../errors.ts';
import { holdOut, readList } from '../../images/node/file-lists.ts';
import { stream } from '../../random.ts';
import type { TrainingConfig } from '../config.ts';
import { drawsPerStep } from '../stage.ts';
import { type Dataset, openDataset } from './dataset.ts';
import { batchIndices, crops } from './crops.ts';
import type { Batch } from '../session.ts';
import { visible } from '../../visible.ts';

type PictureKind = 'content' | 'style';

export interface TrainingPictures {
  /** The usable pictures that training never sees: paths, or bytes of packed ones. */
  readonly heldBack: Readonly<Record<PictureKind, readonly (string | Uint8Array)[]>>;
  /** Pictures of draw `index` of step `step`: draw 0 for the generator's update, others for critics' own. */
  batch(step: number, index: number): Batch;
  close(): void;
}

export interface OpenPicturesOptions {
  readonly signal?: AbortSignal | undefined;
  onMessage?(text: string): void;
}

/** Opens both folders of a run. Decodes them first if there is no cache beside `saveDir`. */
export async function openPictures(
  config: TrainingConfig,
  options: OpenPicturesOptions = {},
): Promise<TrainingPictures> {
  const list = config.styleList === undefined ? undefined : await readList(config.styleList);
  const content = await openKind(config, 'content', config.contentDir, options);
  const style = await openKind(config, 'style', config.styleDir, options, list).catch((error: unknown) => {
    content.dataset.close();
    throw error;
  });
  const kinds = { content, style };
  const { cropSize: size, regionMin, regionMax, mirror } = config;
  const cropping = { size, regionMin, regionMax, mirror };
  const draw = (kind: PictureKind, step: number, index: number): Float32Array => {
    const { dataset, train } = kinds[kind];
    const position = step * drawsPerStep(config) + index;
    const pictures = batchIndices(train, config.seed, kind, position, config.batchSize);
    return crops(dataset, pictures, stream(config.seed, 'crops', kind, step, index), cropping);
  };
  return {
    heldBack: { content: content.heldBack, style: style.heldBack },
    batch: (step, index) => ({ content: draw('content', step, index), style: draw('style', step, index) }),
    close() {
      content.dataset.close();
      style.dataset.close();
    },
  };
}

async function openKind(
  config: TrainingConfig,
  kind: PictureKind,
  folder: string,
  { signal, onMessage }: OpenPicturesOptions,
  only?: ReadonlySet<string>,
): Promise<{ dataset: Dataset; train: number[]; heldBack: (string | Uint8Array)[] }> {
  const dataset = await openDataset(folder, {
    shortSide: config.cacheSize,
    resize: config.resize,
    minimumSide: Math.min(config.regionMin, config.cropSize),
    cacheDir: join(dirname(config.saveDir), 'cache'),
    recursive: config.recursive,
    ...defined({ only, signal }),
    onProgress: (done, total) => {
      if (done % 500 === 0) onMessage?.(`reading ${kind} pictures: ${done} of ${total}`);
    },
  });
  try {
    const inner = config.recursive ? 0 : await passedOver(folder);
    if (inner > 0)
      onMessage?.(`${folder}: sub-folders with pictures passed over: ${inner}; --recursive enters them`);
    onMessage?.(`${dataset.names.length} ${kind} pictures in ${folder}, ${dataset.skipped.length} skipped`);
    for (const line of dataset.skipped) onMessage?.(`skipped ${visible(line)}`);
    const count = kind === 'content' ? config.holdoutContents : config.holdoutStyles;
    const held = new Set(holdOut(dataset.listed, count).held);
    const train = dataset.names.flatMap((name, i) => (held.has(name) ? [] : [i]));
    const heldBack = await Promise.all(dataset.names.filter((name) => held.has(name)).map(dataset.original));
    if (train.length === 0) {
      throw new TrainingError({
        expected: 'pictures to train on',
        name: folder,
        received: 'none but those held back',
      });
    }
    return { dataset, train, heldBack };
  } catch (error) {
    dataset.close();
    throw error;
  }
}
