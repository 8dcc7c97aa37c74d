/** What `wasserfarbe stylize` says when it has ended: a line for each picture, or one JSON document. */

import { performance } from 'node:perf_hooks';
import type { Pair } from '../shared/picture-pairs.ts';

/**
 * What became of a pair: `kept` if its file was there already, `planned` in a dry run. The form of `results` in the JSON
 * document.
 */
export interface Result extends Pair {
  readonly status: 'written' | 'kept' | 'failed' | 'planned';
  readonly width?: number;
  readonly height?: number;
  /** Painting and writing this one; of pictures that were painted together, its share. */
  readonly seconds?: number;
  readonly error?: string;
}

export interface Report {
  readonly json: boolean;
  readonly interrupted: boolean;
  readonly strength: number;
  /** As the model's card says: null before one is loaded. */
  readonly method: string | null;
  readonly model: string;
  readonly device: string;
  readonly results: readonly Result[];
  /** Lines. */
  readonly errors: readonly string[];
  /** Inputs, or outputs that could not be made of good ones. */
  readonly failed: readonly string[];
}

export function printReport({ json, failed, ...report }: Report): void {
  const { results, interrupted } = report;
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  if (interrupted) console.error(`wasserfarbe: interrupted after ${count('written')} pictures`);
  if (json) {
    const { method, model, device, strength, errors } = report;
    const seconds = roundSeconds(performance.now() / 1000);
    const document = { method, model, device, strength, interrupted, seconds, results, errors };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  for (const { output, status, width, height, seconds } of results) {
    if (status === 'written') console.log(`${output}  ${width}×${height}  ${seconds} s`);
    if (status === 'planned') console.log(`${output}  ${width}×${height}`);
  }
  if (results.length > 1 && count('kept') > 0) {
    console.error(`wasserfarbe: kept existing files: ${count('kept')}; --force writes over them`);
  }
  if (results.length > 1 && failed.length > 0) {
    const sum = `${count('failed')} of ${results.length} pictures`;
    console.error([`wasserfarbe: not painted: ${sum}; what failed:`, ...failed].join('\n  '));
  }
}

export function roundSeconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
