/** What `wasserfarbe stylize` paints in: each style by itself, or all of them mixed, where their masks are. */

import { defined } from '../../defined.ts';
import type { RgbImage } from '../../images/image.ts';
import { lumaAt } from '../../images/luma.ts';
import { readImage } from '../../images/node/image-file.ts';
import type { Mask } from '../../stylize/masks.ts';
import { UsageError } from '../shared/failure.ts';
import { stemOf } from '../../files/names.ts';
import type { StylizeFlags } from './command.ts';

/** In place of a mask: the transparency of the content. */
export const OWN_ALPHA = 'alpha';

/** A style file or picture, with what it has in a mixture. */
export interface MixedStyle {
  readonly path: string;
  readonly weight: number;
  readonly mask?: Mask | typeof OWN_ALPHA;
}

/**
 * The styles as one mixture, if the flags ask for it.
 *
 * @throws UsageError unless there are as many weights and masks as styles; ImageError if a mask cannot be read
 */
export async function mixtureOf(
  styles: readonly string[],
  { styleInterpolationWeights: weights, mask }: StylizeFlags,
): Promise<MixedStyle[] | undefined> {
  if (weights === undefined && mask === undefined) return undefined;
  const masks = mask?.flatMap((value) => value.split(',')).filter((path) => path !== '');
  for (const [name, list] of [
    ['--style-interpolation-weights', weights],
    ['--mask', masks],
  ] as const) {
    if (list === undefined || list.length === styles.length) continue;
    const [expected, received] = [`one for each of ${styles.length} styles`, `${list.length}`];
    throw new UsageError({ expected, name, received });
  }
  const read = new Map<string, Mask>();
  for (const path of new Set(masks)) if (path !== OWN_ALPHA) read.set(path, await readMask(path));
  return styles.map((path, i) => {
    const own = masks?.[i];
    const mask = own === OWN_ALPHA ? OWN_ALPHA : own === undefined ? undefined : read.get(own);
    return { path, weight: weights?.[i] ?? 1, ...defined({ mask }) };
  });
}

/** What stands for all styles in the names of files. */
export function mixtureName(styles: readonly string[]): string {
  return `${styles.map(stemOf).join('+')}.mix`;
}

/** The luma of a picture: white is 1. */
export async function readMask(path: string): Promise<Mask> {
  const { width, height, data } = await readImage(path);
  const pixels = width * height;
  const luma = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    luma[i] = Math.min(1, Math.max(0, lumaAt(data, i, pixels)));
  }
  return { width, height, data: luma };
}

/** The mask for one content. */
export function maskFor(mask: MixedStyle['mask'], content: RgbImage): Mask | undefined {
  if (mask !== OWN_ALPHA) return mask;
  const { width, height, alpha } = content;
  return alpha === undefined ? undefined : { width, height, data: alpha };
}
