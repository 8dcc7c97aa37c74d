/** The errors that users of this package can meet, all with messages of one form. */

import { visible } from './visible.ts';

/** Parts of an error message: *expected X for NAME but received Y*, the place, and a remedy. */
export interface Mismatch {
  /** The right value, e.g. `a number from 0 to 1`. */
  expected: string;
  /** The setting, file or argument that was wrong, e.g. `--alpha`. */
  name: string;
  /** The value received instead. */
  received: string;
  /** Graph path or file name. */
  where?: string;
  /** Advice for the reader. */
  remedy?: string;
}

/**
 * Base of all errors that this package throws on purpose. Messages of its own bugs begin with `internal:`.
 */
export class WasserfarbeError extends Error {
  override name = 'WasserfarbeError';

  constructor(problem: string | Mismatch, options?: ErrorOptions) {
    super(typeof problem === 'string' ? problem : sentence(problem), options);
  }
}

/** Shapes that do not fit together, found while a graph is built. */
export class ShapeError extends WasserfarbeError {
  override name = 'ShapeError';
}

/** An unknown or impossible setting: a flag, a config field, an option of a call. */
export class SettingError extends WasserfarbeError {
  override name = 'SettingError';
}

/** A picture that cannot be read or written. */
export class ImageError extends WasserfarbeError {
  override name = 'ImageError';
}

/** A weights, checkpoint or model-card file that is missing, damaged or of another network. */
export class WeightsError extends WasserfarbeError {
  override name = 'WeightsError';
}

/** A device or execution provider that is missing or refuses the work. */
export class DeviceError extends WasserfarbeError {
  override name = 'DeviceError';
}

/** Training that had to stop: a loss that is not finite, data that cannot be used. */
export class TrainingError extends WasserfarbeError {
  override name = 'TrainingError';
}

/** An error for a bug of this package, never of the caller. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}; please report this`);
}

/** The value of what is there by construction, `what` in words. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw internal(`no ${what}`);
  return value;
}

function sentence({ expected, name, received, where, remedy }: Mismatch): string {
  const place = where === undefined ? '' : ` (${visible(where)})`;
  const advice = remedy === undefined ? '' : `; ${visible(remedy)}`;
  return `expected ${expected} for ${visible(name)} but received ${visible(received)}${place}${advice}`;
}
