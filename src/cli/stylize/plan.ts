/** The plan of `wasserfarbe stylize`: each content once, with all pictures to be made of it. */

import { type ReportedErrors, required, UsageError } from '../shared/failure.ts';
import { findPictures, findStyles, PICTURES, STYLES } from '../shared/find.ts';
import { existing, exists, type Pair, planPairs } from '../shared/inputs.ts';
import { DASH } from '../shared/standard-streams.ts';
import { endingsOf } from './endings.ts';
import { type MixedStyle, mixtureName, mixtureOf } from './styles.ts';
import type { StylizeFlags } from './command.ts';

/** A content, and the pictures to be made of it. */
export interface ContentPlan {
  readonly content: string;
  readonly pairs: readonly Pair[];
}

export interface Plan {
  /** Pairs in the order of the report. */
  readonly pairs: readonly Pair[];
  readonly contents: readonly ContentPlan[];
  /** Each style by its name in pairs, with the styles mixed in it. */
  readonly styles: ReadonlyMap<string, readonly MixedStyle[]>;
  /** Pairs whose files exist and are kept. */
  readonly kept: readonly Pair[];
  /** The ending of a content's results in a folder; it also names the format of the standard output. */
  ending(content: string): string;
  /** Inputs that were not found. */
  readonly missing: readonly string[];
}

/**
 * Finds pictures and styles, and reports those that cannot be found.
 *
 * @throws UsageError if the flags do not go together; ImageError if a mask cannot be read
 */
export async function planStylizing(flags: StylizeFlags, reported: ReportedErrors): Promise<Plan> {
  if (flags.force && flags.skipExisting) {
    const received = 'both';
    throw new UsageError({ expected: 'one of them', name: '--force and --skip-existing', received });
  }
  const { output, recursive = false } = flags;
  const options = { recursive, takesInput: true, except: output };
  const [contents, styles] = await Promise.all([
    findPictures(required(flags.content, PICTURES, '--content'), options),
    findStyles(required(flags.style, STYLES, '--style'), options),
  ]);
  for (const error of [...contents.errors, ...styles.errors]) reported.add(error);
  for (const line of [...contents.notices, ...styles.notices]) reported.notice(line);
  if (contents.files.includes(DASH) && styles.files.includes(DASH)) {
    const received = `${DASH} for both`;
    throw new UsageError({ expected: 'one picture', name: 'standard input', received });
  }
  const mixture = await mixtureOf(styles.files, flags);
  const named: ReadonlyMap<string, readonly MixedStyle[]> =
    mixture === undefined
      ? new Map(styles.files.map((path) => [path, [{ path, weight: 1 }]]))
      : new Map([[mixtureName(styles.files), mixture]]);
  const ending = await endingsOf(contents.files, flags, reported);
  const pairs = await planPairs(contents.files, [...named.keys()], {
    output,
    ending,
    within: contents.within,
  });
  const kept = flags.force ? [] : await whereFilesAre(pairs);
  const [only] = kept;
  if (pairs.length === 1 && only !== undefined && !flags.skipExisting) {
    reported.add(existing(only.output));
  }
  const there = new Set(kept);
  const wanted = pairs.filter((pair) => !there.has(pair));
  return {
    pairs,
    contents: byContent(wanted),
    styles: named,
    kept,
    ending,
    missing: [...contents.missing, ...styles.missing],
  };
}

async function whereFilesAre(pairs: readonly Pair[]): Promise<readonly Pair[]> {
  const kept: Pair[] = [];
  for (const pair of pairs) if (pair.output !== DASH && (await exists(pair.output))) kept.push(pair);
  return kept;
}

function byContent(pairs: readonly Pair[]): ContentPlan[] {
  const plans = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const own = plans.get(pair.content) ?? [];
    own.push(pair);
    plans.set(pair.content, own);
  }
  return [...plans].map(([content, own]) => ({ content, pairs: own }));
}
