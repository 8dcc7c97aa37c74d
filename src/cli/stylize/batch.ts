/**
 * Painting all contents in all styles. Each style is encoded once, each content is decoded and encoded once,
 * and files are decoded and encoded beside the network.
 */

import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { defined } from '../../defined.ts';
import type { PictureSource, ReadPicture } from '../../images/node/image-file.ts';
import type { StyleShare, StylizedImage, Stylizer, StylizeFileOptions } from '../../stylize/node/stylizer.ts';
import { workAhead, WorkBehind } from '../shared/progress.ts';
import { oneLine } from '../shared/failure.ts';
import { paintEach } from '../shared/paint-each.ts';
import type { Pair } from '../shared/inputs.ts';
import { DASH, writeOutput } from '../shared/standard-streams.ts';
import { inspectContent, paintedSize, readContent } from './contents.ts';
import { streamFormat } from './endings.ts';
import {
  maskFor,
  OWN_ALPHA,
  paintingOptions,
  type PreparedShare,
  type PreparedStyles,
  prepareStyles,
} from './styles.ts';
import type { ContentPlan, Plan } from './plan.ts';
import { Ledger, type Run } from './ledger.ts';
import { PictureProgress } from './report.ts';
import type { RefiningTime, StylizeFlags } from './command.ts';

/** Larger pictures are not decoded ahead, since several would lie in memory beside the one being painted. */
const AHEAD_PIXELS = 2 ** 22;

/** Node decodes and encodes no more than four files at once. */
export function jobsOf({ jobs }: StylizeFlags): number {
  return jobs ?? Math.min(4, Math.max(2, availableParallelism()));
}

/** Paints all good contents; the results are in `run`. An interruption ends it early. */
export async function paintContents(run: Run, plan: Plan, stylizer: Stylizer): Promise<void> {
  const { flags, signal, reported } = run;
  const jobs = jobsOf(flags);
  const options = await paintingOptions(flags, signal);
  const styles = await prepareStyles(run, plan, stylizer, jobs);
  const pictures = plan.contents.reduce((sum, { pairs }) => sum + pairs.length, 0);
  const progress = new PictureProgress(pictures, reported, flags.quiet);
  const { ending } = plan;
  const writing = new WorkBehind(jobs);
  const ledger = new Ledger(run, progress);
  const batch = new Batch({ run, ledger, stylizer, options, styles, progress, writing, ending });
  try {
    await batch.paintAll(plan.contents, jobs);
  } finally {
    await progress.stop();
  }
}

interface Tools {
  readonly run: Run;
  readonly ledger: Ledger;
  readonly stylizer: Stylizer;
  readonly options: StylizeFileOptions;
  readonly styles: PreparedStyles;
  readonly progress: PictureProgress;
  readonly writing: WorkBehind;
  readonly ending: Plan['ending'];
}

/** A content whose header has been read; `picture` is there if it is small enough to be decoded ahead. */
interface Content {
  readonly source: PictureSource;
  readonly picture?: ReadPicture;
}

class Batch {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async paintAll(contents: readonly ContentPlan[], jobs: number): Promise<void> {
    const { run, writing } = this.#tools;
    try {
      for await (const [plan, reading] of workAhead(contents, jobs - 1, (own) => this.#read(own))) {
        if (run.signal.aborted) return;
        await this.#paintContent(plan, reading);
      }
    } finally {
      await writing.end();
    }
  }

  async #read({ content, pairs }: ContentPlan): Promise<Content | undefined> {
    // None of its pairs can be painted.
    if (!pairs.some(({ style }) => this.#tools.styles.good.has(style))) return undefined;
    const { flags } = this.#tools.run;
    const source = await inspectContent(content);
    const { width, height } = paintedSize(source, flags);
    if (width * height > AHEAD_PIXELS) return { source };
    const picture = await readContent(content, flags);
    return { source: picture.source, picture };
  }

  async #paintContent({ content, pairs }: ContentPlan, reading: Promise<Content | undefined>): Promise<void> {
    const { run, styles } = this.#tools;
    const good: [Pair, readonly PreparedShare[]][] = [];
    for (const pair of pairs) {
      const shares = styles.good.get(pair.style);
      if (shares !== undefined) good.push([pair, shares]);
      else this.#tools.ledger.fail(pair, styles.bad.get(pair.style) ?? '');
    }
    try {
      const read = await reading;
      if (read === undefined) return;
      const [, shares = []] = good[0] ?? [];
      if (
        run.flags.refine === undefined &&
        read.picture === undefined &&
        this.#worksInBands(pairs, read.source, shares)
      ) {
        for (const [pair, shares] of good) await this.#paintInBands(pair, shares);
        return;
      }
      const picture = read.picture ?? (await readContent(content, run.flags));
      for (const warning of picture.source.warnings) run.reported.warn(warning);
      if (run.flags.refine === undefined) await this.#paintTogether(picture, good);
      else for (const [pair, shares] of good) await this.#refine(picture, pair, shares, run.flags.refine);
    } catch (error) {
      if (run.signal.aborted) return;
      run.reported.add(error);
      run.failed.add(content);
      for (const [pair] of good) if (!run.results.has(pair)) this.#tools.ledger.fail(pair, oneLine(error));
    }
  }

  /** A content that is cropped or its own mask is needed as a whole. Streams are no files to read twice. */
  #worksInBands(pairs: readonly Pair[], source: PictureSource, shares: readonly PreparedShare[]): boolean {
    const { run, stylizer, options } = this.#tools;
    if (run.flags.crop || shares.some(({ mask }) => mask === OWN_ALPHA)) return false;
    if (pairs.some(({ content, output }) => content === DASH || output === DASH)) return false;
    return stylizer.worksInBands(paintedSize(source, run.flags), plainShares(shares), options);
  }

  async #paintInBands(pair: Pair, shares: readonly PreparedShare[]): Promise<void> {
    const { run, stylizer, options, progress } = this.#tools;
    if (run.signal.aborted) return;
    const { contentSize } = run.flags;
    const started = performance.now();
    try {
      const { width, height, warnings } = await stylizer.stylizeFile(
        pair.content,
        plainShares(shares),
        pair.output,
        {
          ...options,
          ...defined({ contentSize }),
          onProgress: tilesTo(progress),
        },
      );
      for (const warning of warnings) run.reported.warn(warning);
      this.#tools.ledger.done(pair, { width, height }, performance.now() - started);
    } catch (error) {
      this.#tools.ledger.complain(pair, error);
    }
  }

  async #paintTogether(
    picture: ReadPicture,
    pairs: readonly (readonly [Pair, readonly PreparedShare[]])[],
  ): Promise<void> {
    const { stylizer, progress } = this.#tools;
    const { keepMetadata: _, quality: __, ...options } = this.#tools.options;
    const styles = pairs.map(([, shares]) => sharesFor(picture, shares));
    const painting = paintEach(stylizer, picture, styles, { ...options, onProgress: tilesTo(progress) });
    let i = 0;
    for await (const painted of painting) {
      const [pair] = pairs[i++] ?? [];
      if (pair === undefined) return;
      if ('error' in painted) this.#tools.ledger.complain(pair, painted.error);
      else await this.#write(pair, painted.picture, painted.milliseconds);
    }
  }

  /** An interruption ends refining, and what is done so far is written. */
  async #refine(
    picture: ReadPicture,
    pair: Pair,
    shares: readonly PreparedShare[],
    time: RefiningTime | true,
  ): Promise<void> {
    const { run, stylizer, progress } = this.#tools;
    const { keepMetadata: _, quality: __, signal, ...options } = this.#tools.options;
    if (run.signal.aborted) return;
    const started = performance.now();
    try {
      const refined = await stylizer.refine(picture, sharesFor(picture, shares), {
        ...options,
        ...(time === true ? {} : time),
        ...defined({ refineMethod: run.flags.refineMethod, seed: run.flags.seed, enough: signal }),
        onProgress: ({ refining }) => refining !== undefined && progress.refining(refining),
      });
      await this.#write(pair, refined, performance.now() - started, false);
    } catch (error) {
      run.reported.add(error);
      run.failed.add(pair.output);
      this.#tools.ledger.fail(pair, oneLine(error));
    }
  }

  /**
   * Waits for room to write, not for the file.
   *
   * @param ends whether an interruption leaves the picture unwritten
   */
  async #write(pair: Pair, picture: StylizedImage, milliseconds: number, ends = true): Promise<void> {
    const { run, writing, options } = this.#tools;
    const { keepMetadata, quality } = options;
    await writing.add(async () => {
      const started = performance.now();
      try {
        if (ends && run.signal.aborted) return;
        const saving = defined({ keepMetadata, quality });
        if (pair.output === DASH) {
          const format = streamFormat(this.#tools.ending(pair.content));
          await writeOutput(await picture.toBuffer(format, saving));
        } else await picture.toFile(pair.output, saving);
        this.#tools.ledger.done(pair, picture, milliseconds + performance.now() - started);
      } catch (error) {
        this.#tools.ledger.complain(pair, error);
      }
    });
  }
}

function tilesTo(progress: PictureProgress): NonNullable<StylizeFileOptions['onProgress']> {
  return ({ tiles }) => {
    if (tiles !== undefined) progress.tiles(tiles.done, tiles.total);
  };
}

/** Shares for one content, with masks of its own. */
function sharesFor(picture: ReadPicture, shares: readonly PreparedShare[]): StyleShare[] {
  return shares.map(({ style, weight, mask }) => {
    return { style, weight, ...defined({ mask: maskFor(mask, picture.image) }) };
  });
}

/** Shares without masks of the content's own. */
function plainShares(shares: readonly PreparedShare[]): StyleShare[] {
  return shares.map(({ style, weight, mask }) => ({
    style,
    weight,
    ...(mask === undefined || mask === OWN_ALPHA ? {} : { mask }),
  }));
}
