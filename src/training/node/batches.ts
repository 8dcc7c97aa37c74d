/** The batches of a run as a function of seed and step, in whatever order they are made. Node only. */

import { TrainingError } from '../../errors.ts';
import { stream } from '../../random.ts';
import { type CropOptions, crops, indexAt } from './crops.ts';
import { type Picture, PictureReader, type Resizing } from './dataset.ts';
import { type CachePlace, PictureCache, type Pixels } from './picture-cache.ts';

export type PictureKind = 'content' | 'style';

/** What batches are made of. Plain data, which threads can send each other. */
export interface BatchPlan {
  /** The pictures to train on. */
  readonly pictures: Readonly<Record<PictureKind, readonly Picture[]>>;
  readonly seed: number;
  /** Pictures of each kind in a batch. */
  readonly batchSize: number;
  /** Batches of a step: the last, draw 0, for the generator's update, others for critics' before it. */
  readonly draws: number;
  readonly cropping: CropOptions;
  readonly resizing: Resizing;
  /** Without it, every picture is decoded whenever it is drawn. */
  readonly cache?: CachePlace | undefined;
}

/** Crops `[N, 3, S, S]` of both kinds, RGB 0–1. */
export type Crops = Readonly<Record<PictureKind, Float32Array<ArrayBuffer>>>;

export class Batches {
  readonly #plan: BatchPlan;
  readonly #onMessage: (text: string) => void;
  readonly #reader: PictureReader;
  readonly #damaged = new Set<string>();

  constructor(plan: BatchPlan, onMessage: (text: string) => void) {
    this.#plan = plan;
    this.#onMessage = onMessage;
    const { cache, resizing } = plan;
    const onFault = (reason: string) => onMessage(uncached(cache?.folder ?? '', reason));
    this.#reader = new PictureReader(resizing, cache && new PictureCache(cache, onFault));
  }

  /**
   * The pictures of draw `draw` of step `step`.
   *
   * @throws TrainingError if no picture of a kind can be decoded
   */
  async batch(step: number, draw: number): Promise<Crops> {
    const [content, style] = await Promise.all([
      this.#draw('content', step, draw),
      this.#draw('style', step, draw),
    ]);
    return { content, style };
  }

  /** What has not begun rejects. */
  close(): void {
    this.#reader.close();
  }

  async #draw(kind: PictureKind, step: number, draw: number): Promise<Float32Array<ArrayBuffer>> {
    const { batchSize, draws, seed, cropping } = this.#plan;
    const first = (step * draws + draw) * batchSize;
    const places = Array.from({ length: batchSize }, (_, i) => first + i);
    const pictures = await Promise.all(places.map((place) => this.#pictureAt(kind, place)));
    return crops(pictures, stream(seed, 'crops', kind, step, draw), cropping);
  }

  /** The picture at a place in the order of the run; for a damaged one the next that is not. */
  async #pictureAt(kind: PictureKind, place: number): Promise<Pixels> {
    const { seed, pictures } = this.#plan;
    const all = pictures[kind];
    // The rest of an epoch and all of the next: the next alone may begin with those that were tried before.
    for (let tried = 0; tried < 2 * all.length; tried++) {
      const picture = all[indexAt(all.length, seed, kind, place + tried)];
      if (picture === undefined || this.#damaged.has(`${kind}/${picture.name}`)) continue;
      const pixels = await this.#reader.read(picture);
      if (typeof pixels !== 'string') return pixels;
      // Meanwhile another place may have come to the same picture.
      if (this.#damaged.has(`${kind}/${picture.name}`)) continue;
      this.#damaged.add(`${kind}/${picture.name}`);
      this.#onMessage(`skipped ${picture.name}: ${pixels}`);
    }
    throw new TrainingError({
      expected: `${kind} pictures that can be decoded`,
      name: 'a training folder',
      received: `${all.length} damaged ones`,
    });
  }
}

/** The line that says that decoded pictures cannot be kept. */
export function uncached(folder: string, reason: string): string {
  return `pictures are decoded whenever they are drawn: the cache ${folder} is ${reason}`;
}
