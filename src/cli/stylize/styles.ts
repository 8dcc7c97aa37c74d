/** The styles of a run of `wasserfarbe stylize`, encoded once each, and how they are painted. */

import { stylizeFileOptions } from '../../stylize/node/options.ts';
import { pickOptions } from '../../stylize/options.ts';
import type { Style } from '../../stylize/style.ts';
import type { Stylizer, StylizeFileOptions } from '../../stylize/node/stylizer.ts';
import { workAhead } from '../shared/work-ahead.ts';
import type { ReportedErrors } from '../shared/reported-errors.ts';
import { oneLine, UsageError } from '../shared/failure.ts';
import { type MixedStyle, readMask } from './mix.ts';
import type { Plan } from './plan.ts';
import type { StylizeFlags } from './command.ts';

/** A style of a mixture, encoded; a path where it is to get the colours of each content. */
export interface PreparedShare extends MixedStyle {
  readonly style: Style | string;
}

/** By their names in pairs. */
export interface PreparedStyles {
  readonly good: ReadonlyMap<string, readonly PreparedShare[]>;
  /** What is wrong with the others. */
  readonly bad: ReadonlyMap<string, string>;
}

/** Encodes all styles; those that cannot be are complained of, and spoil the mixtures that they are in. */
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
  const encode = async (path: string): Promise<Style | string> =>
    flags.preserveColor === 'coral'
      ? path
      : stylizer.prepareStyle(path, size === undefined ? { signal } : { size, signal });
  const encoded = new Map<string, Style | string>();
  const lines = new Map<string, string>();
  for await (const [path, encoding] of workAhead(paths, jobs - 1, encode)) {
    try {
      encoded.set(path, await encoding);
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

/** What the process takes before it paints, a style of 512² encoded: measured 225 MB. */
const PROGRAM_BYTES = 250e6;

/**
 * How contents are painted and written.
 *
 * @throws ImageError if the map of strength cannot be read; UsageError if the program itself takes all memory
 */
export async function paintingOptions(flags: StylizeFlags, signal: AbortSignal): Promise<StylizeFileOptions> {
  const { contentSize: _, strengthMap, maxMemory, ...rest } = flags;
  return {
    ...pickOptions(rest, stylizeFileOptions),
    signal,
    ...(strengthMap === undefined ? {} : { strengthMap: await readMask(strengthMap) }),
    ...(maxMemory === undefined ? {} : { maxMemory: besideProgram(maxMemory) }),
  };
}

function besideProgram(maxMemory: number): number {
  if (maxMemory > PROGRAM_BYTES) return maxMemory - PROGRAM_BYTES;
  const expected = `more than the ${PROGRAM_BYTES / 1e6}MB of the program itself`;
  throw new UsageError({ expected, name: '--max-memory', received: `${Math.ceil(maxMemory / 1e6)}MB` });
}
