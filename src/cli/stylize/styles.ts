/**
 * The styles of a run of `wasserfarbe stylize`, single or mixed, with masks, encoded once each; and
 * the options of painting.
 */

import { defined } from '../../defined.ts';
import { lumaAt } from '../../images/planes.ts';
import { middleSquare, type RgbImage } from '../../images/image.ts';
import { type FileInput, readImage } from '../../images/node/image-file.ts';
import type { Mask } from '../../stylize/masks.ts';
import { UsageError, type ReportedErrors, oneLine } from '../shared/failure.ts';
import type { StylizeFlags } from './command.ts';
import { stylizeFileOptions } from '../../stylize/node/options.ts';
import { pickOptions } from '../../stylize/options.ts';
import type { Style } from '../../stylize/style.ts';
import type { Stylizer, StylizeFileOptions } from '../../stylize/node/stylizer.ts';
import { nameOf, warningsOf } from '../shared/inputs.ts';
import { splitList } from '../shared/find.ts';
import { workAhead } from '../shared/progress.ts';
import { inputOf } from '../shared/standard-streams.ts';
import type { Plan } from './plan.ts';

/** Value in place of a mask: the transparency of the content. */
export const OWN_ALPHA = 'alpha';

/** A style file or picture, with its weight and mask in a mixture. */
export interface MixedStyle {
  readonly path: string;
  readonly weight: number;
  readonly mask?: Mask | typeof OWN_ALPHA;
}

/** The flags that mix styles. */
type MixtureFlags = Pick<StylizeFlags, 'styleInterpolationWeights' | 'mask' | 'crop'>;

/** Whether flags mix all styles into one, in which a style may come several times. */
export function isMixture({ styleInterpolationWeights, mask }: MixtureFlags): boolean {
  return styleInterpolationWeights !== undefined || mask !== undefined;
}

/**
 * The styles as one mixture, if the flags ask for it.
 *
 * @throws UsageError unless there are as many weights and masks as styles; ImageError
 *   if a mask cannot be read
 */
export async function mixtureOf(
  styles: readonly string[],
  flags: MixtureFlags,
): Promise<MixedStyle[] | undefined> {
  if (!isMixture(flags)) return undefined;
  const { styleInterpolationWeights: weights, mask, crop } = flags;
  const masks = mask && (await masksIn(mask));
  for (const [name, list] of [
    ['--style-interpolation-weights', weights],
    ['--mask', masks],
  ] as const) {
    if (list === undefined || list.length === styles.length) continue;
    const [expected, received] = [`one for each of ${styles.length} styles`, `${list.length}`];
    throw new UsageError({ expected, name, received });
  }
  const read = new Map<string, Mask>();
  for (const path of new Set(masks)) if (path !== OWN_ALPHA) read.set(path, await readMask(path, crop));
  return styles.map((path, i) => {
    const own = masks?.[i];
    const mask = own === OWN_ALPHA ? OWN_ALPHA : own === undefined ? undefined : read.get(own);
    return { path, weight: weights?.[i] ?? 1, ...defined({ mask }) };
  });
}

/** The masks that a flag names, each by itself or in lists with commas. */
export async function masksIn(values: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(values.map(splitList));
  return lists.flat().filter((path) => path !== '');
}

/** The name of a mixture in file names. */
export function mixtureName(styles: readonly string[]): string {
  return `${styles.map(nameOf).join('+')}.mix`;
}

/**
 * The luma of a picture: white is 1, and what is clear 0.
 *
 * @param crop whether contents are cropped to their middle square, and so is what is drawn over them
 */
async function readMask(path: string, crop = false): Promise<Mask> {
  const whole = await readImage(path);
  const { width, height, data, alpha } = crop
    ? middleSquare(whole, Math.min(whole.width, whole.height))
    : whole;
  const pixels = width * height;
  const luma = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    luma[i] = Math.min(1, Math.max(0, lumaAt(data, i, pixels))) * (alpha?.[i] ?? 1);
  }
  return { width, height, data: luma };
}

/** The mask for one content. */
export function maskFor(mask: MixedStyle['mask'], content: RgbImage): Mask | undefined {
  if (mask !== OWN_ALPHA) return mask;
  const { width, height, alpha } = content;
  return alpha === undefined ? undefined : { width, height, data: alpha };
}

/** A style of a mixture, encoded; or a path if its picture is needed for each content. */
export interface PreparedShare extends MixedStyle {
  readonly style: Style | FileInput;
}

/** Styles by their names in pairs. */
export interface PreparedStyles {
  readonly good: ReadonlyMap<string, readonly PreparedShare[]>;
  /** The fault of each of the others. */
  readonly bad: ReadonlyMap<string, string>;
}

/** Encodes all styles. Failures are reported, and spoil the mixtures of these styles. */
export async function prepareStyles(
  run: {
    readonly flags: StylizeFlags;
    readonly signal: AbortSignal;
    readonly reported: ReportedErrors;
    readonly failed: Set<string>;
  },
  plan: Plan,
  stylizer: Stylizer,
  jobs: number,
): Promise<PreparedStyles> {
  const { flags, signal, reported, failed } = run;
  const size = flags.styleSize;
  const wanted = new Set(plan.contents.flatMap(({ pairs }) => pairs.map(({ style }) => style)));
  const used = [...plan.styles].filter(([name]) => wanted.has(name));
  const paths = new Set(used.flatMap(([, shares]) => shares.map(({ path }) => path)));
  const encode = async (path: string): Promise<Style | FileInput> => {
    const input = await inputOf(path);
    if (flags.preserveColor === 'coral' || flags.refine !== undefined) return input;
    return stylizer.prepareStyle(input, defined({ size, signal }));
  };
  const encoded = new Map<string, Style | FileInput>();
  const lines = new Map<string, string>();
  for await (const [path, encoding] of workAhead(paths, jobs - 1, encode)) {
    try {
      encoded.set(path, await encoding);
      for (const line of await warningsOf(path)) reported.warn(line);
    } catch (error) {
      signal.throwIfAborted();
      reported.add(error);
      failed.add(path);
      lines.set(path, oneLine(error));
    }
  }
  const good = new Map<string, readonly PreparedShare[]>();
  const bad = new Map<string, string>();
  for (const [name, shares] of used) {
    const fault = shares.map(({ path }) => lines.get(path)).find((line) => line !== undefined);
    if (fault !== undefined) bad.set(name, fault);
    else
      good.set(
        name,
        shares.map((share) => ({ ...share, style: encoded.get(share.path) ?? share.path })),
      );
  }
  return { good, bad };
}

/** Memory of the process before it paints, with a style of 512² encoded: measured 225 MB. */
const PROGRAM_BYTES = 250e6;

/**
 * Options of painting and writing contents.
 *
 * @throws ImageError if the map of strength cannot be read; UsageError if the program itself takes all memory
 */
export async function paintingOptions(flags: StylizeFlags, signal: AbortSignal): Promise<StylizeFileOptions> {
  const { contentSize: _, strengthMap, maxMemory, ...rest } = flags;
  return {
    ...pickOptions(rest, stylizeFileOptions),
    signal,
    ...(strengthMap === undefined ? {} : { strengthMap: await readMask(strengthMap, flags.crop) }),
    ...(maxMemory === undefined ? {} : { maxMemory: besideProgram(maxMemory) }),
  };
}

function besideProgram(maxMemory: number): number {
  if (maxMemory > PROGRAM_BYTES) return maxMemory - PROGRAM_BYTES;
  const expected = `more than the ${PROGRAM_BYTES / 1e6}MB of the program itself`;
  throw new UsageError({ expected, name: '--max-memory', received: `${Math.ceil(maxMemory / 1e6)}MB` });
}
