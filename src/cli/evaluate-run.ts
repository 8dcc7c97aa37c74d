/** The work of `wasserfarbe evaluate`: everything is checked first, then painted and judged, then written. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { ImageError } from '../errors.ts';
import type { EvaluationDocument } from '../evaluation/document.ts';
import { hashed, type NamedFile } from '../evaluation/node-files.ts';
import { choosePairs, outputStem, readSquare, stemOf } from '../evaluation/pictures.ts';
import { evaluate, type JudgedOutput, protocolOf } from '../evaluation/protocol.ts';
import { htmlReport } from '../evaluation/report.ts';
import { type PaintedRow, paintSheet, type SheetPair, sheetPairs } from '../evaluation/sheet.ts';
import { summarise } from '../evaluation/statistics.ts';
import { textTable } from '../evaluation/table.ts';
import { type Timing, timeMethods } from '../evaluation/timing.ts';
import { writeImage } from '../images/node.ts';
import { createRuntime } from '../runtime/node.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { readWeights, writeFileAtomic } from '../weights/node.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { commandLine } from './evaluate-command.ts';
import type { EvaluateFlags } from './evaluate.ts';
import { chosenPictures, type Entry, openMethods, picturesOf } from './evaluate-inputs.ts';
import { Exit, exitCodes, interruption, UsageError } from './failure.ts';
import { exists } from './pairs.ts';
import { progressMeter } from './evaluate-progress.ts';

const DOCUMENT = 'evaluation.json';
const REPORT = 'report.html';
const PICTURES = 'pictures';

/** Evaluates, writes document and report, prints the table. Throws an Exit after an interruption. */
export async function evaluateAll(flags: EvaluateFlags): Promise<void> {
  const { signal, end } = interruption();
  const threads = flags.threads === undefined ? {} : { threads: flags.threads };
  const painting = createRuntime({ device: flags.device, ...threads });
  // Threads of the judge would spin while the main thread computes the metrics that are no networks.
  const judging = createRuntime({ device: flags.device, spinning: false, ...threads });
  let temporary: string | undefined;
  try {
    const plan = await makePlan(flags, painting);
    if (flags.savePictures) {
      // Beside its place, so that it can be renamed to it when it is whole.
      temporary = join(flags.output, `.${PICTURES}-${randomUUID()}`);
      await mkdir(temporary, { recursive: true });
    }
    const { document, rows } = await carryOut(plan, { flags, signal, judging, temporary });
    const report = await htmlReport(document, rows);
    if (temporary !== undefined) {
      await rm(join(flags.output, PICTURES), { recursive: true, force: true });
      await rename(temporary, join(flags.output, PICTURES));
    }
    const encoder = new TextEncoder();
    const json = JSON.stringify(document, null, 1);
    await writeFileAtomic(join(flags.output, REPORT), encoder.encode(report));
    await writeFileAtomic(join(flags.output, DOCUMENT), encoder.encode(`${json}\n`));
    console.log(flags.json ? json : `${textTable(document)}\n\n${join(flags.output, REPORT)}`);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('wasserfarbe: interrupted, nothing is written');
    throw new Exit(exitCodes.interrupted);
  } finally {
    end();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    await painting.dispose();
    await judging.dispose();
  }
}

/** All that can be wrong is found here, before the work. */
interface Plan {
  readonly entries: readonly Entry[];
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  readonly chosen: readonly (readonly number[])[];
  readonly sheet: readonly SheetPair[];
  readonly loss: NamedFile & { readonly weights: WeightMap };
  readonly hashes: { readonly contents: NamedFile[]; readonly styles: NamedFile[] };
}

async function makePlan(flags: EvaluateFlags, painting: Runtime): Promise<Plan> {
  const { lossNetwork } = flags;
  if (lossNetwork === undefined) {
    const expected = 'the .safetensors file of a VGG-19';
    throw new UsageError({ expected, name: '--loss-network', received: 'nothing' });
  }
  await checkOutput(flags);
  const { contents, styles } = await chosenPictures(flags);
  const chosen = choosePairs(contents.length, styles.length, flags.pairs, flags.seed);
  const entries = await openMethods(flags, painting);
  const pairs = chosen.flatMap((list, s) =>
    list.map((c) => ({ content: stemOf(contents[c] ?? ''), style: stemOf(styles[s] ?? '') })),
  );
  for (const { folder } of entries) folder?.check(pairs);
  if ((flags.sheetContent === undefined) !== (flags.sheetStyle === undefined)) {
    const missing = flags.sheetContent === undefined ? '--sheet-content' : '--sheet-style';
    throw new UsageError({ expected: 'both or none for the sheet', name: missing, received: 'nothing' });
  }
  const sheet =
    flags.sheetContent === undefined
      ? sheetPairs(contents, styles, chosen)
      : sheetPairs(
          await picturesOf(flags.sheetContent, '--sheet-content'),
          await picturesOf(flags.sheetStyle, '--sheet-style'),
        );
  const loss = { ...(await hashed(lossNetwork)), weights: (await readWeights(lossNetwork)).tensors };
  const hashes = { contents: await hashAll(contents), styles: await hashAll(styles) };
  return { entries, contents, styles, chosen, sheet, loss, hashes };
}

async function checkOutput(flags: EvaluateFlags): Promise<void> {
  if (flags.force) return;
  for (const name of flags.savePictures ? [DOCUMENT, REPORT, PICTURES] : [DOCUMENT, REPORT]) {
    const path = join(flags.output, name);
    if (!(await exists(path))) continue;
    throw new ImageError({
      expected: 'a folder without an evaluation',
      name: '--output',
      received: `${flags.output}, which has ${name}`,
      remedy: 'add --force to write over it',
    });
  }
}

async function hashAll(files: readonly string[]): Promise<NamedFile[]> {
  const result: NamedFile[] = [];
  for (const file of files) result.push(await hashed(file));
  return result;
}

interface Work {
  readonly flags: EvaluateFlags;
  readonly signal: AbortSignal;
  readonly judging: Runtime;
  /** Folder for the judged pictures. */
  readonly temporary: string | undefined;
}

async function carryOut(
  plan: Plan,
  { flags, signal, judging, temporary }: Work,
): Promise<{ document: EvaluationDocument; rows: readonly PaintedRow[] }> {
  const { entries, contents, styles, chosen, loss } = plan;
  const { size, seed } = flags;
  const options = { contents, styles, chosen, size, lossNetwork: loss.file };
  const saved = new Set<string>();
  const pairs = chosen.reduce((count, list) => count + list.length, 0);
  const meter = await progressMeter(pairs * entries.length);
  try {
    const results = await evaluate(entries, {
      ...options,
      lossWeights: loss.weights,
      runtime: judging,
      signal,
      async onOutput(output) {
        if (temporary !== undefined) await save(temporary, output, saved);
        meter.advance();
      },
    });
    const timings = flags.timing ? await timesOf(plan, size, signal) : new Map<string, Timing>();
    const rows = await paintSheet(entries, plan.sheet, size, signal);
    const summaries = entries.map(({ name }) => [
      name,
      summarise(
        results.filter(({ method }) => method === name),
        seed,
      ),
    ]);
    return {
      rows,
      document: {
        version: 1,
        created: new Date().toISOString().slice(0, 10),
        command: commandLine(process.argv.slice(2)),
        protocol: protocolOf({ ...options, lossNetworkSha256: loss.sha256, seed }),
        environment: environment(flags, judging.device),
        methods: entries.map(({ name, described }) => {
          const timing = timings.get(name);
          return timing === undefined ? described : { ...described, timing };
        }),
        ...plan.hashes,
        results,
        summary: Object.fromEntries(summaries),
        ...(temporary === undefined ? {} : { pictures: PICTURES }),
      },
    };
  } finally {
    meter.stop();
  }
}

/** PNGs of an output, and of its content and style when they are met first. */
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

async function timesOf(plan: Plan, size: number, signal: AbortSignal): Promise<Map<string, Timing>> {
  const s = plan.chosen.findIndex((list) => list.length > 0);
  const content = await readSquare(plan.contents[plan.chosen[s]?.[0] ?? 0] ?? '', size);
  const style = await readSquare(plan.styles[s] ?? '', size);
  const models = plan.entries.filter(({ kind }) => kind === 'model');
  return timeMethods(new Map(models.map(({ name, method }) => [name, method])), content, style, { signal });
}

function environment(flags: EvaluateFlags, device: string): EvaluationDocument['environment'] {
  // Two folders up both from src/cli/ and from dist/cli/.
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return {
    wasserfarbe: /"version": "([^"]+)"/.exec(manifest)?.[1] ?? 'unknown',
    onnxruntime: env.versions.node ?? env.versions.common,
    node: process.versions.node,
    device,
    threads: flags.threads ?? availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
  };
}
