/** Numbers of an earlier evaluation that a new one takes over. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluationDocument } from '../../evaluation/document.ts';
import { readEvaluation } from '../../evaluation/node/evaluation-files.ts';
import { evaluate, type EvaluationOptions, type MethodResult } from '../../evaluation/node/protocol.ts';
import { UsageError } from '../shared/failure.ts';
import type { Entry } from './inputs.ts';

/** The conditions of the new evaluation. */
export type Conditions = Pick<EvaluationDocument, 'protocol' | 'contents' | 'styles'> & {
  /** `content style` of every pair, base names. */
  readonly pairs: ReadonlySet<string>;
};

/**
 * Results by the new label, for models whose weights and configuration the earlier evaluation names.
 *
 * @throws UsageError if it was made under other conditions: its numbers would not compare
 */
export async function reusedResults(
  path: string,
  entries: readonly Entry[],
  conditions: Conditions,
): Promise<ReadonlyMap<string, readonly MethodResult[]>> {
  const folder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const earlier = await readEvaluation(folder ? join(path, 'evaluation.json') : path);
  const difference = differenceOf(earlier, conditions);
  if (difference !== undefined) {
    throw new UsageError({
      expected: 'an evaluation of the same pictures by the same protocol',
      name: '--reuse',
      received: `${path}, whose ${difference} differs`,
    });
  }
  const known = new Map<string, readonly MethodResult[]>();
  for (const { name, kind, described } of entries) {
    const same = earlier.methods.find(
      (method) =>
        kind === 'model' &&
        method.kind === 'model' &&
        method.sha256 === described.sha256 &&
        // The same weights paint other pictures under another configuration.
        method.configurationSha256 !== undefined &&
        method.configurationSha256 === described.configurationSha256 &&
        method.refined?.method === described.refined?.method &&
        method.refined?.steps === described.refined?.steps,
    );
    if (same === undefined) continue;
    const results = earlier.results.filter(({ method }) => method === same.name);
    known.set(
      name,
      results.map((result) => ({ ...result, method: name })),
    );
  }
  return known;
}

function differenceOf(earlier: EvaluationDocument, now: Conditions): string | undefined {
  if (earlier.protocol.strokes === undefined) return 'protocol (no strokes: it is older than their measure)';
  const names = new Set([...Object.keys(earlier.protocol), ...Object.keys(now.protocol)]);
  for (const name of names) {
    // Run time is measured anew, and the file name of a network does not matter.
    if (['timing', 'lossNetwork', 'eye'].includes(name)) continue;
    if (earlier.protocol[name] !== now.protocol[name]) return `protocol (${name})`;
  }
  for (const kind of ['contents', 'styles'] as const) {
    const list = (files: EvaluationDocument['contents']) =>
      files.map(({ file, sha256 }) => `${file} ${sha256}`).join();
    if (list(earlier[kind]) !== list(now[kind])) return `list of ${kind}`;
  }
  const pairs = new Set(earlier.results.map(({ content, style }) => `${content} ${style}`));
  const same = pairs.size === now.pairs.size && [...pairs].every((pair) => now.pairs.has(pair));
  return same ? undefined : 'choice of pairs';
}

/** Pairs that are painted again, and the part by which numbers may differ from one machine to another. */
const [REPEATED, TOLERANCE] = [3, 0.01];

/**
 * Judges a few pairs anew. Checksums of a model do not say which program painted with it, and where.
 *
 * @throws UsageError if the numbers are others
 */
export async function checkRepeated(
  path: string,
  entries: readonly Entry[],
  known: ReadonlyMap<string, readonly MethodResult[]>,
  options: EvaluationOptions,
): Promise<void> {
  let left = REPEATED;
  // Styles without a pair do not count.
  const chosen = options.chosen.map((contents) =>
    contents.length > 0 && left-- > 0 ? contents.slice(0, 1) : [],
  );
  const repeated = entries.filter(({ name }) => known.has(name));
  for (const { method, content, style, metrics } of await evaluate(repeated, { ...options, chosen })) {
    const before = known.get(method)?.find((one) => one.content === content && one.style === style)?.metrics;
    for (const [name, value] of Object.entries(metrics)) {
      // A style's distance to others depends on all of its pairs.
      const earlier = name === 'diversity' ? undefined : before?.[name as keyof typeof metrics];
      if (earlier === undefined || Math.abs(value - earlier) <= TOLERANCE * (0.1 + Math.abs(earlier)))
        continue;
      throw new UsageError({
        expected: 'numbers that this version repeats',
        name: '--reuse',
        received: `${path}, where ${name} of ${method} for ${content} and ${style} is ${earlier}, and not ${value}`,
        remedy: 'other programs painted or judged then: leave --reuse out',
      });
    }
  }
}
