/** Feature maps of a whole picture, written and read in parts, at two bytes per number. */

import { internal } from '../errors.ts';

/** A part of a map, in positions. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

interface Part extends Region {
  /** `[C, height, width]`. */
  readonly data: Uint16Array;
}

/** Bytes per number. */
export const STORED_BYTES = 2;

/** Holds the bits of float16 as one program returns them and another takes them. It computes nothing. */
export class FeatureStore {
  readonly #channels: number;
  readonly #parts: Part[] = [];

  constructor(channels: number) {
    this.#channels = channels;
  }

  /** Stores the region `own` of `data [C, h, w]`, which covers `window`. */
  put(data: Uint16Array, window: Region, own: Region): void {
    const part = { ...own, data: new Uint16Array(this.#channels * own.height * own.width) };
    this.#copy(own, window, data, part, part.data);
    this.#parts.push(part);
  }

  /** Reads `[C, height, width]` of a region that the parts cover. */
  read(region: Region): Uint16Array {
    const data = new Uint16Array(this.#channels * region.height * region.width);
    let covered = 0;
    for (const part of this.#parts) {
      const shared = intersection(part, region);
      if (shared === undefined) continue;
      covered += shared.height * shared.width;
      this.#copy(shared, part, part.data, region, data);
    }
    if (covered !== region.height * region.width) throw internal('a region of features that was not put in');
    return data;
  }

  /** Copies the rows of `shared` in all channels, from data that cover `from` to data that cover `to`. */
  #copy(shared: Region, from: Region, source: Uint16Array, to: Region, target: Uint16Array): void {
    for (let c = 0; c < this.#channels; c++) {
      let start = indexOf(from, shared, c);
      let end = indexOf(to, shared, c);
      for (let row = 0; row < shared.height; row++) {
        target.set(source.subarray(start, start + shared.width), end);
        start += from.width;
        end += to.width;
      }
    }
  }
}

/** Index into `[C, …]` data of `whole` at which `part` begins in channel `c`. */
function indexOf(whole: Region, part: Region, c: number): number {
  return (c * whole.height + part.top - whole.top) * whole.width + part.left - whole.left;
}

function intersection(a: Region, b: Region): Region | undefined {
  const [top, left] = [Math.max(a.top, b.top), Math.max(a.left, b.left)];
  const height = Math.min(a.top + a.height, b.top + b.height) - top;
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  return height > 0 && width > 0 ? { top, left, height, width } : undefined;
}
