/** The plan of `wasserfarbe stylize`: each content once, with all pictures to be made of it. */

import { checkApart, realPath } from '../shared/apart.ts';
import { type ReportedErrors, required, UsageError } from '../shared/failure.ts';
import { findPictures, findStyles, PICTURES, STYLES } from '../shared/find.ts';
import { existing, exists, type Pair, planPairs } from '../shared/inputs.ts';
import { DASH } from '../shared/standard-streams.ts';
import { endingsOf } from './endings.ts';
import { isMixture, masksIn, type MixedStyle, mixtureName, mixtureOf } from './styles.ts';
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
  /** Number of pictures that cannot be planned without them. */
  readonly lost: number;
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
    findStyles(required(flags.style, STYLES, '--style'), { ...options, repeats: isMixture(flags) }),
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
  const { within } = contents;
  const planned = await planPairs(contents.files, [...named.keys()], { output, ending, within });
  const written = await whereFilesAre(planned);
  const results = await resultsAmong([...contents.files, ...named.keys()], written);
  const isWanted = ({ content, style }: Pair) => !results.has(content) && !results.has(style);
  const [pairs, existed] = [planned.filter(isWanted), written.filter(isWanted)];
  const maps = [
    ...(await masksIn(flags.mask ?? [])),
    ...(flags.strengthMap === undefined ? [] : [flags.strengthMap]),
  ];
  await checkApart(
    existed.map((pair) => pair.output),
    [...contents.files, ...styles.files, ...maps].filter((path) => !results.has(path)),
  );
  const [result] = results;
  if (result !== undefined) {
    const count = results.size === 1 ? '1 picture' : `${results.size} pictures`;
    reported.notice(`left out ${count} that this command itself writes, such as ${result}`);
  }
  const kept = flags.force ? [] : existed;
  const [only] = kept;
  if (pairs.length === 1 && only !== undefined && !flags.skipExisting) {
    reported.add(existing(only.output));
  }
  const there = new Set(kept);
  const everyStyle = named.size + (mixture === undefined ? styles.missing.length : 0);
  const all = (contents.files.length + contents.missing.length) * everyStyle;
  const wanted = pairs.filter((pair) => !there.has(pair));
  return {
    pairs,
    contents: byContent(wanted),
    styles: named,
    kept,
    ending,
    missing: [...contents.missing, ...styles.missing],
    lost: all - contents.files.length * named.size,
  };
}

/** Inputs that the run itself writes, as where it was run before into their folder. */
async function resultsAmong(inputs: readonly string[], written: readonly Pair[]): Promise<Set<string>> {
  const makers = new Map<string, Pair>();
  for (const pair of written) makers.set((await realPath(pair.output)) ?? '', pair);
  const results = new Set<string>();
  for (const input of makers.size === 0 ? [] : inputs) {
    const maker = makers.get((await realPath(input)) ?? DASH);
    if (maker !== undefined && maker.content !== input && maker.style !== input) results.add(input);
  }
  return results;
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
