/** The last whole paintings, so that returning to one takes no time. */

import type { Settings } from './settings.ts';
import type { Painted, Photo } from './state.ts';

/** Limit in pixels; each takes 8 bytes. */
const MOST_PIXELS = 24e6;

export interface Kept {
  find(photo: Photo, settings: Settings): Painted | undefined;
  add(photo: Photo, settings: Settings, painted: Painted): void;
}

export function createKept(): Kept {
  let list: { readonly key: readonly unknown[]; readonly painted: Painted }[] = [];
  return {
    find(photo, settings) {
      const key = keyOf(photo, settings);
      return list.find((one) => isSame(one.key, key))?.painted;
    },
    add(photo, settings, painted) {
      list = [{ key: keyOf(photo, settings), painted }, ...list.filter(({ key }) => key[0] === photo)];
      let room = MOST_PIXELS;
      list = list.filter(({ painted: { width, height } }, i) => {
        room -= width * height;
        // The newest stays in any case: it is shown.
        return i === 0 || room >= 0;
      });
    },
  };
}

/** Everything that a painting depends on. */
function keyOf(photo: Photo, settings: Settings): unknown[] {
  return [...lookOf(photo, settings), settings.strokeSize, settings.followDetail];
}

/** Everything but the strokes, which a draft does not have yet. */
export function lookOf(photo: Photo, { styles, weights, masks, colours, model }: Settings): unknown[] {
  return [photo, colours, model, ...styles, ...weights, ...masks];
}

export function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
