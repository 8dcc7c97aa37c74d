/** What a painting depends on, and the paintings that are kept. */

import type { Moment, Settings } from './settings.ts';
import type { Painted, Photo } from './state.ts';

/** A browser that does not say how much memory the device has is taken to have this much, in GB. */
const USUAL_MEMORY = 4;

/** Pixels that are kept for each GB of the device's memory. A pixel takes 4 bytes: a sixteenth in all. */
const PIXELS_PER_GB = 16e6;

/** Two of the largest usual photographs, so that one step back is always at hand. */
const LEAST_PIXELS = 50e6;

/** Values that are all the same for the same painting. */
export type Look = readonly unknown[];

/** Everything that a painting depends on before it is refined. */
export function strokesOf(photo: Photo, settings: Settings): Look {
  const { strokeSize, followDetail, brokenColour } = settings;
  return [...coloursOf(photo, settings), strokeSize, followDetail, brokenColour];
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

/** @param memory of the device, in GB */
export function createKept(memory = deviceMemory()): Kept {
  const mostPixels = Math.max(LEAST_PIXELS, memory * PIXELS_PER_GB);
  let list: { readonly photo: Photo; readonly painted: Painted }[] = [];
  return {
    find(photo, settings) {
      const look = lookOf(photo, settings);
      const found = list.find(({ painted }) => isSame(painted.look, look));
      // What was shown last stays longest.
      if (found !== undefined) list = [found, ...list.filter((other) => other !== found)];
      return found?.painted;
    },
    add(photo, painted) {
      const before = list.filter((other) => other.painted !== painted);
      list = [{ photo, painted }, ...before.filter((other) => other.photo === photo)];
      let room = mostPixels;
      list = list.filter(({ painted: { width, height } }, i) => {
        room -= width * height;
        // The newest stays in any case: it is shown.
        return i === 0 || room >= 0;
      });
      const stay = new Set(list.map(({ painted }) => painted));
      for (const { painted } of before) if (!stay.has(painted)) freePainted(painted);
    },
  };
}

/** Frees the memory of a painting, which is outside of the page's heap. */
export function freePainted({ image }: Painted): void {
  if (image instanceof ImageBitmap) image.close();
}

function deviceMemory(): number {
  return (navigator as { readonly deviceMemory?: number }).deviceMemory ?? USUAL_MEMORY;
}
