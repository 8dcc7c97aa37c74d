/** The work of `wasserfarbe evaluate`: everything is checked first, then painted and judged, then written. */

import { rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { onnxRuntimeVersion } from '../../runtime/node/load.ts';
import { defined } from '../../defined.ts';
import { pickOptions, paintingChoices } from '../../stylize/options.ts';
import { compare } from '../../evaluation/comparison.ts';
import type { EvaluationDocument } from '../../evaluation/document.ts';
import { readSquare } from '../../evaluation/node/squares.ts';
import { baseName, outputStem } from '../../files/names.ts';
import { packageManifest } from '../../files/package.ts';
import {
  evaluate,
  type JudgedOutput,
  type MethodResult,
  protocolOf,
} from '../../evaluation/node/protocol.ts';
import { htmlReport } from '../../evaluation/node/report.ts';
import { type PaintedRow, paintSheet, type SheetPair } from '../../evaluation/node/report-pictures.ts';
import { summarise } from '../../evaluation/statistics.ts';
import { formatTable } from '../../evaluation/table-formats.ts';
import { REFINED_ROUNDS, type Timing, timeMethods } from '../../evaluation/node/timing.ts';
import { writeImage } from '../../images/node/image-file.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { publishableCommand } from './publishable-command.ts';
import { checkFolder, PICTURES, REPORT, temporaryPictures, writeFolder } from './folder.ts';
import { makePlan, type Plan } from './plan.ts';
import { checkRepeated, type Conditions, reusedResults } from './reuse.ts';
import type { EvaluateFlags } from './command.ts';
import { interruption, leaveNothing } from '../shared/failure.ts';
import { createMeter } from '../shared/progress.ts';
import { say, tell } from '../shared/output.ts';

/**
 * Evaluates, writes document and report, prints the table.
 *
 * @throws Exit after an interruption
 */
export async function evaluateAll(flags: EvaluateFlags): Promise<void> {
  const { signal, end } = interruption();
  // The number is passed explicitly, so that the document states the actual one.
  const threads = flags.threads ?? availableParallelism();
  const painting = createRuntime({ device: flags.device, threads });
  // Spinning threads of the judge would slow the main thread while it computes the metrics without networks.
  const judging = createRuntime({ device: flags.device, spinning: false, threads });
  let plan: Plan | undefined;
  let temporary: string | undefined;
  try {
    plan = await makePlan(flags, painting, signal);
    if (flags.savePictures) temporary = await temporaryPictures(flags.output);
    const { document, rows } = await carryOut(plan, { flags, signal, judging, threads, temporary });
    const json = JSON.stringify(document, null, 1);
    const result = flags.json ? json : formatTable(document, flags.table);
    try {
      const report = await htmlReport(document, rows);
      // Another evaluation may have been written there meanwhile.
      await checkFolder(flags);
      await writeFolder(flags.output, { document: `${json}\n`, report, pictures: temporary });
    } catch (error) {
      // Printing saves the work of half an hour if the disk fails.
      say(result);
      throw error;
    }
    const place = join(flags.output, REPORT);
    if (flags.json || flags.table !== 'text') {
      say(result);
      if (!flags.json) tell(place);
    } else say(`${result}\n\n${place}`);
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    end();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    for (const { method } of plan?.entries ?? []) await method.dispose();
    await painting.dispose();
    await judging.dispose();
  }
}

interface Work {
  readonly flags: EvaluateFlags;
  readonly signal: AbortSignal;
  readonly judging: Runtime;
  readonly threads: number;
  /** Folder for the judged pictures. */
  readonly temporary: string | undefined;
}

async function carryOut(
  plan: Plan,
  { flags, signal, judging, threads, temporary }: Work,
): Promise<{ document: EvaluationDocument; rows: readonly PaintedRow[] }> {
  const { entries, contents, styles, chosen, networks } = plan;
  const { size, seed } = flags;
  const options = { contents, styles, chosen, size, ...networks, flicker: flags.flicker === true };
  const timed = flags.timing ? timedPair(plan) : undefined;
  const protocol = protocolOf({ ...options, seed, choices: pickOptions(flags, paintingChoices), timed });
  const known = await reused(plan, flags, protocol);
  if (flags.reuse !== undefined) {
    await checkRepeated(flags.reuse, entries, known, { ...options, runtime: judging, signal });
  }
  const fresh = entries.filter(({ name }) => !known.has(name));
  const saved = new Set<string>();
  const pairs = chosen.reduce((count, list) => count + list.length, 0);
  const total = pairs * fresh.length;
  const meter = await createMeter(total, 'pictures', tell);
  let done = 0;
  try {
    const judged = await evaluate(fresh, {
      ...options,
      runtime: judging,
      signal,
      async onOutput(output) {
        if (temporary !== undefined) await save(temporary, output, saved);
        meter.update(++done, () => `${done} of ${total} pictures`);
      },
    });
    const results = [...[...known.values()].flat(), ...judged];
    const timings =
      timed === undefined ? new Map<string, Timing>() : await timesOf(plan, timed, size, signal);
    const rows = await paintSheet(entries, plan.sheet, size, signal);
    const of = (name: string) => results.filter(({ method }) => method === name);
    const summaries = entries.map(({ name }) => [name, summarise(of(name), seed)]);
    const { against } = plan;
    const others = entries.filter(({ name }) => name !== against);
    const ratios = others.map(({ name }) => [name, compare(of(name), of(against), seed)]);
    return {
      rows,
      document: {
        version: 1,
        created: new Date().toISOString().slice(0, 10),
        command: publishableCommand(process.argv.slice(2)),
        protocol,
        environment: environment(threads, judging.device),
        methods: entries.map(({ name, described }) => {
          const timing = timings.get(name);
          return timing === undefined ? described : { ...described, timing };
        }),
        ...plan.hashes,
        results,
        summary: Object.fromEntries(summaries),
        ...(others.length === 0 ? {} : { comparison: { against, ratios: Object.fromEntries(ratios) } }),
        ...(temporary === undefined ? {} : { pictures: PICTURES }),
      },
    };
  } finally {
    meter.stop();
  }
}

async function reused(
  { entries, contents, styles, chosen, hashes }: Plan,
  { reuse }: EvaluateFlags,
  protocol: Conditions['protocol'],
): Promise<ReadonlyMap<string, readonly MethodResult[]>> {
  if (reuse === undefined) return new Map();
  const pairs = new Set(
    chosen.flatMap((list, s) =>
      list.map((c) => `${baseName(contents[c] ?? '')} ${baseName(styles[s] ?? '')}`),
    ),
  );
  return reusedResults(reuse, entries, { protocol, ...hashes, pairs });
}

/** Saves PNGs of an output, and of its content and style at their first use. */
async function save(folder: string, output: JudgedOutput, saved: Set<string>): Promise<void> {
  const { content, style, image, result } = output;
  const write = async (name: string, picture: typeof image) => {
    if (saved.has(name)) return;
    saved.add(name);
    await writeImage(picture, join(folder, name));
  };
  await write(join('contents', `${content.stem}.png`), content);
  await write(join('styles', `${style.stem}.png`), style);
  await write(join(result.method, `${outputStem(content.stem, style.stem)}.png`), image);
}

/** The first pair, if there is a model to time with it. */
function timedPair({ entries, contents, styles, chosen }: Plan): SheetPair | undefined {
  if (!entries.some(({ kind }) => kind === 'model')) return undefined;
  const s = chosen.findIndex((list) => list.length > 0);
  return { content: contents[chosen[s]?.[0] ?? 0] ?? '', style: styles[s] ?? '' };
}

async function timesOf(
  { entries }: Plan,
  pair: SheetPair,
  size: number,
  signal: AbortSignal,
): Promise<Map<string, Timing>> {
  const [content, style] = [await readSquare(pair.content, size), await readSquare(pair.style, size)];
  const timed = (isRefined: boolean, rounds?: number) => {
    const chosen = entries.filter(
      ({ kind, described }) => kind === 'model' && (described.refined !== undefined) === isRefined,
    );
    const methods = new Map(chosen.map(({ name, method }) => [name, method]));
    return timeMethods(methods, content, style, { signal, ...defined({ rounds }) });
  };
  return new Map([...(await timed(false)), ...(await timed(true, REFINED_ROUNDS))]);
}

function environment(threads: number, device: string): EvaluationDocument['environment'] {
  return {
    wasserfarbe: packageManifest().version,
    onnxruntime: onnxRuntimeVersion() ?? 'unknown',
    node: process.versions.node,
    device,
    threads,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
  };
}
