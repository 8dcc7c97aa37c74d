/**
 * The pictures of a run: its two folders, the held-back pictures, and the batches of each step. Node only.
 */

import { dirname, join } from 'node:path';
import { passedOver } from './list-pictures.ts';
import { bytesIn } from '../../byte-count.ts';
import { defined } from '../../defined.ts';
import { TrainingError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { holdOut, readList } from '../../images/node/file-lists.ts';
import type { TrainingConfig } from '../config.ts';
import { drawsPerStep } from '../stage-graph.ts';
import { BatchQueue } from './batch-queue.ts';
import { type PictureKind, uncached } from './batches.ts';
import {
  bytesOf,
  keyOf,
  openDataset,
  originalOf,
  type Picture,
  PictureReader,
  type Resizing,
} from './dataset.ts';
import { type CachePlace, findRoom } from './picture-cache.ts';
import type { Batch } from '../session.ts';
import { visible } from '../../visible.ts';

export interface TrainingPictures {
  /** The usable pictures that training never sees: paths, or bytes of packed ones. */
  readonly heldBack: Readonly<Record<PictureKind, readonly (string | Uint8Array)[]>>;
  /** Pictures of draw `index` of step `step`: draw 0 for the generator's update, others for critics' own. */
  batch(step: number, index: number): Promise<Batch>;
  /** Seconds spent waiting for batches so far. */
  readonly waited: number;
  close(): Promise<void>;
}

export interface OpenPicturesOptions {
  readonly signal?: AbortSignal | undefined;
  onMessage?(text: string): void;
}

/** Opens both folders of a run. Decoded pictures are kept beside `saveDir`, for this run and others. */
export async function openPictures(
  config: TrainingConfig,
  options: OpenPicturesOptions = {},
): Promise<TrainingPictures> {
  const say = (text: string) => options.onMessage?.(visible(text));
  const list = config.styleList === undefined ? undefined : await readList(config.styleList, '--style-list');
  const content = await openKind(config, 'content', config.contentDir, options);
  const style = await openKind(config, 'style', config.styleDir, options, list);
  const pictures = { content: content.train, style: style.train };
  const { cropSize: size, regionMin, regionMax, mirror } = config;
  const queue = new BatchQueue(
    {
      pictures,
      seed: config.seed,
      batchSize: config.batchSize,
      draws: drawsPerStep(config),
      cropping: { size, regionMin, regionMax, mirror },
      resizing: resizingOf(config),
      cache: await openCache(config, [...pictures.content, ...pictures.style], say),
    },
    say,
  );
  return {
    heldBack: { content: content.heldBack, style: style.heldBack },
    batch: (step, index) => queue.batch(step, index),
    get waited() {
      return queue.waited;
    },
    close: () => queue.close(),
  };
}

function resizingOf({ cacheSize, resize }: TrainingConfig): Resizing {
  return { shortSide: cacheSize, resize };
}

function cacheDirOf({ saveDir }: TrainingConfig): string {
  return join(dirname(saveDir), 'cache');
}

/** The place for decoded pictures, if there is one. Says it if not all of them will be kept. */
async function openCache(
  config: TrainingConfig,
  pictures: readonly Picture[],
  say: (text: string) => void,
): Promise<CachePlace | undefined> {
  const limit = bytesIn(config.cacheLimit) ?? 0;
  if (limit === 0) return undefined;
  const folder = join(cacheDirOf(config), 'pictures');
  const resizing = resizingOf(config);
  const wanted = new Map(pictures.map((picture) => [keyOf(picture, resizing), bytesOf(picture, resizing)]));
  const needed = [...wanted.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (needed > limit) {
    const share = Math.floor((100 * limit) / needed);
    const gigabytes = Math.ceil(needed / 1e9);
    say(
      `${share} % of the pictures fit into the cache; the others are decoded whenever they are drawn (all: --cache-limit ${gigabytes}GB)`,
    );
  }
  return findRoom(folder, limit, wanted).catch((error: unknown) => {
    say(uncached(folder, explainFileError(error)));
    return undefined;
  });
}

async function openKind(
  config: TrainingConfig,
  kind: PictureKind,
  folder: string,
  { signal, onMessage }: OpenPicturesOptions,
  only?: ReadonlySet<string>,
): Promise<{ train: Picture[]; heldBack: (string | Uint8Array)[] }> {
  const dataset = await openDataset(folder, {
    ...resizingOf(config),
    minimumSide: Math.min(config.regionMin, config.cropSize),
    cacheDir: cacheDirOf(config),
    recursive: config.recursive,
    ...defined({ only, signal }),
    onProgress: (done, total) => {
      if (done % 5000 === 0) onMessage?.(`looking at ${kind} pictures: ${done} of ${total}`);
    },
  });
  const inner = config.recursive ? 0 : await passedOver(folder);
  if (inner > 0)
    onMessage?.(`${folder}: sub-folders with pictures passed over: ${inner}; --recursive enters them`);
  const alone = config.stage === 'single' && kind === 'style';
  if (alone && dataset.pictures.length !== 1) {
    throw new TrainingError({
      expected: 'one painting for stage single',
      name: folder,
      received: `${dataset.pictures.length}`,
      remedy: 'give a folder with the painting alone, or its name in a --style-list',
    });
  }
  const count = kind === 'content' ? config.holdoutContents : config.holdoutStyles;
  const held = new Set(holdOut(dataset.listed, count).held);
  const train = dataset.pictures.filter(({ name }) => !held.has(name));
  const { whole, damaged } = await decodable(
    // A single painting is on the samples too.
    dataset.pictures.filter(({ name }) => alone || held.has(name)),
    resizingOf(config),
  );
  const skipped = [...dataset.skipped, ...damaged].sort();
  const usable = dataset.pictures.length - damaged.length;
  onMessage?.(`${usable} ${kind} pictures in ${folder}, ${skipped.length} skipped`);
  for (const line of skipped) onMessage?.(`skipped ${visible(line)}`);
  if (train.length === 0) {
    throw new TrainingError({
      expected: 'pictures to train on',
      name: folder,
      received: 'none but those held back',
    });
  }
  return { train, heldBack: await Promise.all(whole.map(originalOf)) };
}

/** Samples and figures need pictures that are whole: these are decoded once, and others than these later. */
async function decodable(pictures: readonly Picture[], resizing: Resizing) {
  const reader = new PictureReader(resizing);
  const read = await Promise.all(
    pictures.map(async (picture) => ({ picture, pixels: await reader.read(picture) })),
  );
  return {
    whole: read.flatMap(({ picture, pixels }) => (typeof pixels === 'string' ? [] : [picture])),
    damaged: read.flatMap(({ picture, pixels }) =>
      typeof pixels === 'string' ? [`${picture.name}: ${pixels}`] : [],
    ),
  };
}
