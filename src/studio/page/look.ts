/** What a painting depends on, and the paintings that are kept. */

import type { Moment, Settings } from './settings.ts';
import type { Painted, Photo } from './state.ts';

/** Limit in pixels; each takes 8 bytes. */
const MOST_PIXELS = 24e6;

/** Values that are all the same for the same painting. */
export type Look = readonly unknown[];

/** Everything that a painting depends on before it is refined. */
export function strokesOf(photo: Photo, settings: Settings): Look {
  return [...coloursOf(photo, settings), settings.strokeSize, settings.followDetail];
}

/** Everything but the strokes, which a draft does not have yet. */
export function coloursOf({ blob }: Photo, { styles, weights, masks, colours, model }: Settings): Look {
  // The file stands for the photograph, whose bitmaps need not stay in memory for a look.
  return [blob, colours, model, ...styles, ...weights, ...masks];
}

export function isSame(a: Look, b: Look): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/** The moment of a refinement that is to be shown: undefined if none is, or other settings have come. */
export function momentOf(photo: Photo, settings: Settings): Moment | undefined {
  const { moment } = settings;
  return moment !== undefined && isSame(moment.look, strokesOf(photo, settings)) ? moment : undefined;
}

/** Everything that the whole painting depends on. */
export function lookOf(photo: Photo, settings: Settings): Look {
  return [...strokesOf(photo, settings), momentOf(photo, settings)];
}

/** Paintings of a photograph by all that they depend on. */
export interface Kept {
  find(photo: Photo, settings: Settings): Painted | undefined;
  add(photo: Photo, painted: Painted): void;
}

export function createKept(): Kept {
  let list: { readonly photo: Photo; readonly painted: Painted }[] = [];
  return {
    find(photo, settings) {
      const look = lookOf(photo, settings);
      return list.find(({ painted }) => isSame(painted.look, look))?.painted;
    },
    add(photo, painted) {
      list = [{ photo, painted }, ...list.filter((other) => other.photo === photo)];
      let room = MOST_PIXELS;
      list = list.filter(({ painted: { width, height } }, i) => {
        room -= width * height;
        // The newest stays in any case: it is shown.
        return i === 0 || room >= 0;
      });
    },
  };
}
