/**
 * The plan of `wasserfarbe evaluate`: networks, methods, pairs. It finds all faults of
 * the inputs before the work.
 */

import { hashed, type NamedFile } from '../../evaluation/node/evaluation-files.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import { EYE, lossNetworkPath, readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { type LayerName, layerNames } from '../../networks/vgg19.ts';
import type { EvaluateFlags } from './command.ts';
import { UsageError } from '../shared/failure.ts';
import { choosePairs } from '../../evaluation/node/squares.ts';
import { type SheetPair, sheetPairs } from '../../evaluation/node/report-pictures.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { checkPictures, chosenPictures, openMethods, type Painted, picturesOf } from './inputs.ts';
import { checkFolder, checkInputs, probeFolder } from './folder.ts';

interface Network extends NamedFile {
  readonly network: LossNetwork;
}

export interface Networks {
  /** Without a loss network only the metrics that need none, and those of the eye, are computed. */
  readonly loss: Network | undefined;
  /** Tables name it by its `file`. */
  readonly eye: Network;
}

/**
 * The package's eye serves users without a VGG-19. It is distilled like the networks that it judges, so
 * tables say that no claim may rest on it.
 */
const notForClaims = 'eye: not for claims';

/** The flags' part of {@link Networks}. */
type NetworkFlags = Pick<EvaluateFlags, 'lossNetwork' | 'eye'>;

/** The eye is the named one, else the loss network, else the package's own. */
export async function openNetworks({ lossNetwork, eye }: NetworkFlags): Promise<Networks> {
  const loss = lossNetwork === undefined ? undefined : await open(lossNetwork, '--loss-network', 'relu5_1');
  if (eye !== undefined) return { loss, eye: await open(eye, '--eye', 'relu3_1') };
  if (loss !== undefined) return { loss, eye: loss };
  const own = await open(EYE, '--eye', 'relu3_1');
  return { loss, eye: { ...own, file: `${own.file} (${notForClaims})` } };
}

/** @param deepest the deepest layer that is needed */
async function open(named: string, flag: string, deepest: LayerName): Promise<Network> {
  const network = await readLossNetwork(named);
  const path = lossNetworkPath(named);
  const reaches = (layer: LayerName) => (network.config.widths[layerNames.indexOf(layer)] ?? 0) > 0;
  if (reaches(deepest)) return { ...(await hashed(path)), network };
  throw new UsageError({
    expected: `a VGG-19 up to ${deepest}`,
    name: flag,
    received: 'one that ends before',
    where: path,
    ...(reaches('relu3_1') ? { remedy: 'for strokes, new structure and tones name it with --eye' } : {}),
  });
}

export interface Plan extends Painted {
  readonly networks: Networks;
  /** The method with which the others are compared. */
  readonly against: string;
  readonly hashes: { readonly contents: NamedFile[]; readonly styles: NamedFile[] };
}

/** @param painting the runtime of the methods */
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
  flags: EvaluateFlags,
  contents: readonly string[],
  styles: readonly string[],
  chosen: readonly (readonly number[])[],
): Promise<SheetPair[]> {
  const { sheetContent, sheetStyle } = flags;
  if (sheetContent === undefined && sheetStyle === undefined) return sheetPairs(contents, styles, chosen);
  if (sheetContent === undefined || sheetStyle === undefined) {
    const missing = sheetContent === undefined ? '--sheet-content' : '--sheet-style';
    throw new UsageError({ expected: 'both or none for the sheet', name: missing, received: 'nothing' });
  }
  return sheetPairs(
    await picturesOf(sheetContent, '--sheet-content', flags),
    await picturesOf(sheetStyle, '--sheet-style', flags),
  );
}

async function hashAll(files: readonly string[]): Promise<NamedFile[]> {
  const result: NamedFile[] = [];
  for (const file of files) result.push(await hashed(file));
  return result;
}
