/** The work of `wasserfarbe stylize`: pair by pair, past bad files, with a report at the end. */

import { performance } from 'node:perf_hooks';
import { ImageError, WeightsError } from '../errors.ts';
import { type ReadPicture, readPicture } from '../images/node.ts';
import { defaultModel } from '../stylize/node-models.ts';
import type { Mask } from '../stylize/masks.ts';
import { loadStylizer, type Stylizer, type StylizeOptions } from '../stylize/node.ts';
import { DEFAULT_STYLE_SIZE } from '../stylize/style-file-check.ts';
import type { Style } from '../stylize/stylizer.ts';
import { Exit, exitCodeOf, exitCodes, interruption, oneLine, required } from './failure.ts';
import { exists, findPictures, type Pair, PICTURES, planPairs } from './pairs.ts';
import { type Bar, progressBar } from './progress.ts';
import { maskFor, type MixedStyle, mixtureName, mixtureOf, readMask } from './stylize-mix.ts';
import { findStyles, STYLES } from './style-inputs.ts';
import type { StylizeFlags } from './stylize.ts';

/** What became of a pair: `kept` if its file was there already. The form of `results` in the JSON document. */
interface Result extends Pair {
  readonly status: 'written' | 'kept' | 'failed';
  readonly width?: number;
  readonly height?: number;
  /** Painting and writing this one. */
  readonly seconds?: number;
  readonly error?: string;
}

/** What is known of a run so far. */
interface Run {
  readonly flags: StylizeFlags;
  readonly signal: AbortSignal;
  readonly results: Result[];
  /** Each is reported once, however many pairs it spoils. */
  readonly errors: string[];
  readonly warned: Set<string>;
  exitCode: number;
  /** As the model's card says: not known, and null in the document, before one is loaded. */
  method: string | null;
  model: string;
  device: string;
  bar: Bar | undefined;
}

/** Stylises all pairs. Throws an Exit without words if anything went wrong: it has been reported by then. */
export async function stylizeAll(flags: StylizeFlags): Promise<void> {
  const { signal, end } = interruption();
  const { method = 'wasserfarbe', model = defaultModel(method), device } = flags;
  const used = { method: null, model, device };
  const run: Run = {
    flags,
    signal,
    results: [],
    errors: [],
    warned: new Set(),
    exitCode: 0,
    ...used,
    bar: undefined,
  };
  try {
    await paintAll(run);
  } catch (error) {
    if (!signal.aborted) complain(run, error);
  } finally {
    end();
    run.bar?.stop();
  }
  if (signal.aborted) run.exitCode = exitCodes.interrupted;
  report(run);
  if (run.exitCode !== 0) throw new Exit(run.exitCode);
}

async function paintAll(run: Run): Promise<void> {
  const { flags } = run;
  const [contents, styles] = await Promise.all([
    findPictures(required(flags.content, PICTURES, '--content')),
    findStyles(required(flags.style, STYLES, '--style')),
  ]);
  for (const error of [...contents.errors, ...styles.errors]) complain(run, error);
  const mixture = await mixtureOf(styles.files, flags);
  const named = mixture === undefined ? styles.files : [mixtureName(styles.files)];
  const planned = await planPairs(contents.files, named, flags.output, flags.format);
  const pairs = flags.force ? planned : await withoutExisting(run, planned);
  if (pairs.length === 0) return;
  // Decoded by other threads while this one loads the model.
  const first = ahead(run, pairs[0]);
  const stylizer = await loadStylizer({
    device: flags.device,
    ...(flags.method === undefined ? {} : { method: flags.method }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  });
  run.method = stylizer.method;
  run.model = stylizer.model;
  run.device = stylizer.device;
  if (pairs.length > 1 && process.stderr.isTTY) run.bar = await progressBar(pairs.length, 'pictures');
  try {
    const strengthMap = flags.strengthMap === undefined ? undefined : await readMask(flags.strengthMap);
    await paintPairs(run, pairs, stylizer, { first, mixture, strengthMap });
  } finally {
    await stylizer.dispose();
  }
}

async function paintPairs(
  run: Run,
  pairs: readonly Pair[],
  stylizer: Stylizer,
  { first, mixture, strengthMap }: Inputs,
): Promise<void> {
  const { flags, signal } = run;
  const bad = new Map<string, string>();
  const size = Math.max(1, Math.round((flags.styleSize ?? DEFAULT_STYLE_SIZE) * flags.styleScale));
  const options = paintingOptions(flags, signal, strengthMap);
  /** A style picture stays a picture where it is to get the colours of each content. */
  const encode = async (path: string): Promise<Style | string> =>
    flags.preserveColor === 'coral' ? path : stylizer.prepareStyle(path, { size, signal });
  let prepared: { name: string; shares: readonly PreparedShare[] } | undefined;
  let next = first;
  for (const [i, pair] of pairs.entries()) {
    const started = performance.now();
    const content = next;
    next = ahead(run, pairs[i + 1]);
    try {
      if (prepared?.name !== pair.style) {
        prepared = undefined;
        const shares: PreparedShare[] = [];
        for (const own of mixture ?? [{ path: pair.style, weight: 1 }]) {
          const style = await once(bad, own.path, () => encode(own.path));
          shares.push({ ...own, style });
        }
        prepared = { name: pair.style, shares };
      }
      const read = await once(bad, pair.content, () => content ?? readContent(run, pair.content));
      warn(run, read.source.warnings);
      const styles = prepared.shares.map(({ style, weight, mask }) => {
        const own = maskFor(mask, read.image);
        return { style, weight, ...(own === undefined ? {} : { mask: own }) };
      });
      const picture = await stylizer.stylize(read, styles, { ...options, styleSize: size });
      signal.throwIfAborted();
      await picture.toFile(pair.output, {
        keepMetadata: flags.keepMetadata ?? false,
        ...(flags.quality === undefined ? {} : { quality: flags.quality }),
      });
      const { width, height } = picture;
      const seconds = round((performance.now() - started) / 1000);
      run.results.push({ ...pair, status: 'written', width, height, seconds });
    } catch (error) {
      if (signal.aborted) return;
      run.results.push({ ...pair, status: 'failed', error: oneLine(error) });
      if (!(error instanceof KnownFailure)) complain(run, error);
    }
    run.bar?.update(i + 1);
  }
}

/** What is read before the first pair. */
interface Inputs {
  readonly first: Promise<ReadPicture> | undefined;
  readonly mixture: readonly MixedStyle[] | undefined;
  readonly strengthMap: Mask | undefined;
}

interface PreparedShare extends MixedStyle {
  readonly style: Style | string;
}

function paintingOptions(
  { strength, preserveColor, paintSize, tile, maxMemory }: StylizeFlags,
  signal: AbortSignal,
  strengthMap: Mask | undefined,
): StylizeOptions {
  return {
    strength,
    signal,
    tile,
    ...(strengthMap === undefined ? {} : { strengthMap }),
    ...(preserveColor === undefined ? {} : { preserveColor }),
    ...(paintSize === undefined ? {} : { paintSize }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
  };
}

/** A second failure of a picture that has failed before. */
class KnownFailure extends ImageError {}

/** Tries each picture once: what has failed before fails again, without another look. */
async function once<T>(bad: Map<string, string>, path: string, work: () => Promise<T>): Promise<T> {
  const reason = bad.get(path);
  if (reason !== undefined) throw new KnownFailure(reason);
  try {
    return await work();
  } catch (error) {
    if (error instanceof ImageError || error instanceof WeightsError) bad.set(path, error.message);
    throw error;
  }
}

/** Begins to decode the content of a pair; whoever awaits it hears of its errors. */
function ahead(run: Run, pair: Pair | undefined): Promise<ReadPicture> | undefined {
  const reading = pair && readContent(run, pair.content);
  reading?.catch(() => {});
  return reading;
}

function readContent({ flags }: Run, path: string): Promise<ReadPicture> {
  return readPicture(path, flags.contentSize === undefined ? {} : { shortSide: flags.contentSize });
}

/** Pairs still to do. A single file that exists is an error; in a batch it is work done by an earlier run. */
async function withoutExisting(run: Run, pairs: readonly Pair[]): Promise<Pair[]> {
  const there = await Promise.all(pairs.map(({ output }) => exists(output)));
  const kept = pairs.filter((_, i) => there[i]);
  for (const pair of kept) run.results.push({ ...pair, status: 'kept' });
  const [only] = kept;
  if (pairs.length === 1 && only !== undefined) {
    complain(
      run,
      new ImageError({
        expected: 'a new file',
        name: '--output',
        received: `${only.output}, which exists`,
        remedy: 'add --force to write over it',
      }),
    );
  }
  return pairs.filter((_, i) => !there[i]);
}

function complain(run: Run, error: unknown): void {
  const line = oneLine(error);
  run.errors.push(line);
  run.exitCode ||= exitCodeOf(error);
  say(run, line);
}

/** Faults of a content that it was painted with all the same: once, however many styles it has. */
function warn(run: Run, warnings: readonly string[]): void {
  for (const warning of warnings) {
    if (run.warned.has(warning)) continue;
    run.warned.add(warning);
    say(run, warning);
  }
}

function say(run: Run, line: string): void {
  const text = `wasserfarbe: ${line}`;
  if (run.bar === undefined) console.error(text);
  else run.bar.log(text);
}

function report(run: Run): void {
  const { flags, signal, results, errors, method, model, device } = run;
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  if (signal.aborted) console.error(`wasserfarbe: interrupted after ${count('written')} pictures`);
  if (flags.json) {
    const seconds = round(performance.now() / 1000);
    const { strength } = flags;
    const document = {
      method,
      model,
      device,
      strength,
      interrupted: signal.aborted,
      seconds,
      results,
      errors,
    };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  for (const { output, status, width, height, seconds } of results) {
    if (status === 'written') console.log(`${output}  ${width}×${height}  ${seconds} s`);
  }
  if (results.length > 1 && count('kept') > 0) {
    console.error(`wasserfarbe: kept existing files: ${count('kept')}; --force writes over them`);
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
