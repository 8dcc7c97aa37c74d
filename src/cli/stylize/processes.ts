/** Painting all contents of a run by several processes, a picture at a time in each. */

import { availableParallelism } from 'node:os';
import { PainterPool } from '../../painters/node/pool.ts';
import type { PaintOptions } from '../../painters/node/task.ts';
import { loadStylizerOptions, saveImageOptions } from '../../stylize/node/options.ts';
import { pickOptions, stylizeOptions } from '../../stylize/options.ts';
import { UsageError } from '../shared/failure.ts';
import { type Pair, warningsOf } from '../shared/inputs.ts';
import { WorkBehind } from '../shared/progress.ts';
import { DASH } from '../shared/standard-streams.ts';
import type { StylizeFlags } from './command.ts';
import { Ledger, type Run } from './ledger.ts';
import type { Plan } from './plan.ts';
import { PictureProgress } from './report.ts';

/** Flags of which a process of its own knows nothing. */
const alone = ['crop', 'mask', 'strengthMap', 'refine'] as const;
/** No picture of a folder is given up for its time. */
const SECONDS = 2e6;
const LEAST_MEMORY = 500e6;

/** Paints all good contents; the results are in `run`. An interruption ends it early. */
export async function paintByProcesses(run: Run, plan: Plan, processes: number): Promise<void> {
  const { flags, signal, reported } = run;
  checkFlags(flags, plan);
  const { threads = Math.max(1, Math.floor(availableParallelism() / processes)) } = flags;
  const memory = (flags.maxMemory ?? process.availableMemory()) / processes;
  // More than there are processes, so that none of them waits.
  const waiting = 2 * processes;
  const pool = new PainterPool({
    ...{ painters: processes, queue: waiting, memory: Math.max(LEAST_MEMORY, memory) },
    model: { ...pickOptions({ ...flags }, loadStylizerOptions), threads },
  });
  const pairs = plan.contents.flatMap((content) => content.pairs);
  const progress = new PictureProgress(pairs.length, reported, flags.quiet);
  const ledger = new Ledger(run, progress);
  const { refine: _, strengthMap: __, maxMemory: ___, ...choices } = flags;
  const options: PaintOptions = pickOptions(choices, { ...stylizeOptions, ...saveImageOptions });
  const paint = async (pair: Pair) => {
    if (signal.aborted) return;
    try {
      const styles = (plan.styles.get(pair.style) ?? []).map(({ path, weight }) => ({ path, weight }));
      const task = { do: 'paint', content: pair.content, styles, output: pair.output, options } as const;
      const painted = await pool.run(task, { seconds: SECONDS, signal });
      for (const warning of painted.warnings) reported.warn(warning);
      ledger.done(pair, painted, 1000 * painted.seconds);
    } catch (error) {
      const inputs = [pair.content, ...(plan.styles.get(pair.style) ?? []).map(({ path }) => path)];
      const words = error instanceof Error ? error.message : '';
      ledger.complain(
        pair,
        error,
        inputs.find((input) => words.includes(input)),
      );
    }
  };
  try {
    await pool.ready();
    for (const { path } of [...plan.styles.values()].flat()) {
      for (const line of await warningsOf(path)) reported.warn(line);
    }
    const working = new WorkBehind(waiting);
    for (const pair of pairs) await working.add(() => paint(pair));
    await working.end();
  } finally {
    await progress.stop();
    await pool.close();
  }
}

function checkFlags(flags: StylizeFlags, plan: Plan): void {
  const flag = alone.find((name) => flags[name] !== undefined);
  const isStream = plan.pairs.some(({ content, output }) => content === DASH || output === DASH);
  if (flag === undefined && !isStream) return;
  const received =
    flag === undefined ? 'standard input or output' : `--${flag.replace('strengthMap', 'strength-map')}`;
  throw new UsageError({ expected: 'files, and flags of painting alone,', name: '--processes', received });
}
