/** The work of `wasserfarbe stylize`: plan, paint past bad files, report. */

import { paintingChoices } from '../../stylize/options.ts';
import { loadStylizerOptions } from '../../stylize/node/options.ts';
import { defaultModel, openModel } from '../../stylize/node/models.ts';
import { workAhead } from '../shared/progress.ts';
import { Exit, exitCodes, interruption, oneLine, ReportedErrors } from '../shared/failure.ts';
import { loadChosen } from '../shared/flags.ts';
import type { Pair } from '../shared/inputs.ts';
import { endInput } from '../shared/standard-streams.ts';
import { inspectContent, paintedSize } from './contents.ts';
import { jobsOf, paintContents } from './batch.ts';
import type { Run } from './ledger.ts';
import { planStylizing, type Plan } from './plan.ts';
import { printReport } from './report.ts';
import type { StylizeFlags } from './command.ts';

/** Stylises all pairs. Throws an Exit without words if anything went wrong, since it has been reported. */
export async function stylizeAll(flags: StylizeFlags): Promise<void> {
  const { signal, end } = interruption(endInput);
  const { method: usual, device: auto } = loadStylizerOptions;
  const { method: wanted = usual.default, model: name = defaultModel(wanted), device = auto.default } = flags;
  const reported = new ReportedErrors();
  reported.quiet = flags.quiet ?? false;
  const run: Run = { flags, signal, reported, results: new Map(), failed: new Set() };
  let used: { method: string | null; model: string; device: string } = { method: null, model: name, device };
  let order: readonly Pair[] = [];
  let lost = 0;
  try {
    const plan = await planStylizing(flags, reported);
    order = plan.pairs;
    lost = plan.lost;
    for (const input of plan.missing) run.failed.add(input);
    for (const pair of plan.kept) run.results.set(pair, { ...pair, status: 'kept' });
    if (flags.dryRun) await rehearse(run, plan);
    else if (plan.contents.length > 0 && (flags.processes ?? 1) > 1) {
      const { name: model, method } = await openModel(name);
      used = { ...used, model, method };
      const { paintByProcesses } = await import('./processes.ts');
      await paintByProcesses(run, plan, flags.processes ?? 1);
    } else if (plan.contents.length > 0) {
      const stylizer = await loadChosen(flags);
      const { method, model, device } = stylizer;
      used = { method, model, device };
      try {
        await paintContents(run, plan, stylizer);
      } finally {
        await stylizer.dispose();
      }
    }
  } catch (error) {
    if (!signal.aborted) reported.add(error);
  } finally {
    end();
  }
  if (signal.aborted) reported.exitCode = exitCodes.interrupted;
  printReport({
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    interrupted: signal.aborted,
    strength: flags.strength ?? paintingChoices.strength.default,
    ...used,
    lost,
    results: order.flatMap((pair) => run.results.get(pair) ?? []),
    errors: reported.lines,
    failed: [...run.failed],
  });
  if (reported.exitCode !== 0) throw new Exit(reported.exitCode);
}

/** Reads only the headers of all contents. */
async function rehearse({ flags, signal, reported, results, failed }: Run, plan: Plan): Promise<void> {
  const inspecting = workAhead(plan.contents, jobsOf(flags), ({ content }) => inspectContent(content));
  for await (const [{ content, pairs }, inspected] of inspecting) {
    if (signal.aborted) return;
    try {
      const size = paintedSize(await inspected, flags);
      for (const pair of pairs) results.set(pair, { ...pair, status: 'planned', ...size });
    } catch (error) {
      reported.add(error);
      failed.add(content);
      for (const pair of pairs) results.set(pair, { ...pair, status: 'failed', error: oneLine(error) });
    }
  }
}
