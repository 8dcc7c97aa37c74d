/** What `wasserfarbe evaluate` is going to do. All that can be wrong is found here, before the work. */

import { hashed, type NamedFile } from '../../evaluation/node/evaluation-files.ts';
import { choosePairs } from '../../evaluation/node/squares.ts';
import { type SheetPair, sheetPairs } from '../../evaluation/node/sample-pairs.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { checkPictures, type Painted } from './check.ts';
import { checkFolder, checkInputs, probeFolder } from './folder.ts';
import { chosenPictures, openMethods, picturesOf } from './inputs.ts';
import { type Networks, openNetworks } from './networks.ts';
import type { EvaluateFlags } from './command.ts';
import { UsageError } from '../shared/failure.ts';

export interface Plan extends Painted {
  readonly networks: Networks;
  /** The method that the others are compared with. */
  readonly against: string;
  readonly hashes: { readonly contents: NamedFile[]; readonly styles: NamedFile[] };
}

/** @param painting what the methods will run on */
export async function makePlan(flags: EvaluateFlags, painting: Runtime, signal: AbortSignal): Promise<Plan> {
  const { output, size } = flags;
  if (flags.reuse !== undefined && flags.savePictures) {
    const expected = 'one of --reuse and --save-pictures';
    throw new UsageError({
      expected,
      name: '--reuse',
      received: 'both: what is reused is not painted again',
    });
  }
  await checkFolder(flags);
  const { contents, styles } = await chosenPictures(flags);
  const chosen = choosePairs(contents.length, styles.length, flags.pairs, flags.seed);
  const entries = await openMethods(flags, painting);
  const against = referenceOf(flags, entries);
  const sheet = await sheetOf(flags, contents, styles, chosen);
  await checkInputs(output, [
    ...contents,
    ...styles,
    ...sheet.flatMap((row) => [row.content, row.style]),
    ...entries.flatMap(({ folder }) => folder?.path ?? []),
  ]);
  await probeFolder(output);
  const saves = flags.savePictures ?? false;
  await checkPictures({ entries, contents, styles, chosen, sheet, size, saves, signal });
  const networks = await openNetworks(flags);
  const hashes = { contents: await hashAll(contents), styles: await hashAll(styles) };
  return { entries, contents, styles, chosen, sheet, networks, against, hashes };
}

/** The method that `--against` names, else the first. */
function referenceOf({ against }: EvaluateFlags, entries: Painted['entries']): string {
  const names = entries.map(({ name }) => name);
  const [first = ''] = names;
  if (against === undefined || names.includes(against)) return against ?? first;
  const expected = `one of ${names.join(', ')}`;
  throw new UsageError({ expected, name: '--against', received: against });
}

async function sheetOf(
  { sheetContent, sheetStyle }: EvaluateFlags,
  contents: readonly string[],
  styles: readonly string[],
  chosen: readonly (readonly number[])[],
): Promise<SheetPair[]> {
  if (sheetContent === undefined && sheetStyle === undefined) return sheetPairs(contents, styles, chosen);
  if (sheetContent === undefined || sheetStyle === undefined) {
    const missing = sheetContent === undefined ? '--sheet-content' : '--sheet-style';
    throw new UsageError({ expected: 'both or none for the sheet', name: missing, received: 'nothing' });
  }
  return sheetPairs(
    await picturesOf(sheetContent, '--sheet-content'),
    await picturesOf(sheetStyle, '--sheet-style'),
  );
}

async function hashAll(files: readonly string[]): Promise<NamedFile[]> {
  const result: NamedFile[] = [];
  for (const file of files) result.push(await hashed(file));
  return result;
}
