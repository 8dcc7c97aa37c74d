/** Which mask is painted and shown. */

import type { Settings } from './settings.ts';
import type { State } from './state.ts';

/** Whether a mask can be painted now: on a photograph, by one method. */
export function canMask({ photo, live, settings }: State): boolean {
  return photo !== undefined && live === undefined && !settings.isCompared;
}

/** The chosen painting if it has a mask, else the first that has one. */
export function maskedSlot({ settings, slot }: State): number | undefined {
  if (settings.masks[slot] !== undefined) return slot;
  const first = settings.masks.findIndex((mask) => mask !== undefined);
  return first < 0 ? undefined : first;
}

/** The settings without the mask of the chosen painting. */
export function withoutMask({ settings, slot }: State): Partial<Settings> {
  return { masks: settings.masks.map((mask, i) => (i === slot ? undefined : mask)) };
}
