/** Feature maps of a whole picture, put in and read out in parts, in two bytes a number. */

import { internal } from '../errors.ts';

/** A part of a map, in positions. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

interface Part extends Region {
  /** `[C, height, width]`, in steps of the channel's own size. */
  readonly steps: Uint16Array;
  /** What a step is worth, per channel. */
  readonly worth: Float32Array;
}

const MOST = 0xffff;

/** Bytes that a number takes. */
export const STORED_BYTES = 2;

/**
 * Features after a ReLU, never negative: each part keeps them in 65,535 steps up to each channel's greatest value, so
 * that an error is below 1e-5 of it. Fewer bytes than float32, and finer here than float16.
 */
export class FeatureStore {
  readonly #channels: number;
  readonly #parts: Part[] = [];

  constructor(channels: number) {
    this.#channels = channels;
  }

  /** Keeps `own` out of `data [C, h, w]`, which shows `window`. */
  put(data: Float32Array, window: Region, own: Region): void {
    const size = own.height * own.width;
    const steps = new Uint16Array(this.#channels * size);
    const worth = new Float32Array(this.#channels);
    for (let c = 0; c < this.#channels; c++) {
      const rows = rowStarts(window, own, c);
      let most = 0;
      for (const start of rows)
        for (let i = start; i < start + own.width; i++) most = Math.max(most, data[i] ?? 0);
      if (most === 0) continue;
      worth[c] = most / MOST;
      const scale = MOST / most;
      let to = c * size;
      // Storing into a Uint16Array cuts off; half a step more rounds.
      for (const start of rows)
        for (let i = start; i < start + own.width; i++) steps[to++] = (data[i] ?? 0) * scale + 0.5;
    }
    this.#parts.push({ ...own, steps, worth });
  }

  /** `[C, height, width]` of a region that the parts cover. */
  read(region: Region): Float32Array {
    const data = new Float32Array(this.#channels * region.height * region.width);
    let covered = 0;
    for (const part of this.#parts) {
      const shared = intersection(part, region);
      if (shared === undefined) continue;
      covered += shared.height * shared.width;
      for (let c = 0; c < this.#channels; c++) {
        const worth = part.worth[c] ?? 0;
        const from = rowStarts(part, shared, c);
        const to = rowStarts(region, shared, c);
        for (let row = 0; row < shared.height; row++) {
          const [source, target] = [from[row] ?? 0, to[row] ?? 0];
          for (let i = 0; i < shared.width; i++) data[target + i] = (part.steps[source + i] ?? 0) * worth;
        }
      }
    }
    if (covered !== region.height * region.width) throw internal('a region of features that was not put in');
    return data;
  }
}

/** Indices into `[C, …]` data of `whole` where the rows of `part` begin, in channel `c`. */
function rowStarts(whole: Region, part: Region, c: number): number[] {
  return Array.from(
    { length: part.height },
    (_, row) => (c * whole.height + part.top - whole.top + row) * whole.width + part.left - whole.left,
  );
}

function intersection(a: Region, b: Region): Region | undefined {
  const [top, left] = [Math.max(a.top, b.top), Math.max(a.left, b.left)];
  const height = Math.min(a.top + a.height, b.top + b.height) - top;
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  return height > 0 && width > 0 ? { top, left, height, width } : undefined;
}
