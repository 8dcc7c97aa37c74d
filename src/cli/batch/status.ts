/** The work of `wasserfarbe batch status` and `batch collect`. */

import type { Batch } from '../../batch/node/chunk.ts';
import { paintingsIn } from '../../batch/node/manifest.ts';
import { type Line, linesOf, QUARANTINE, receipted, writeQuarantine } from '../../batch/node/receipts.ts';
import { visible } from '../../visible.ts';
import { Exit, exitCodes } from '../shared/failure.ts';
import { say, sayJson, sayJsonLine, tell } from '../shared/output.ts';
import type { StatusFlags } from './command.ts';
import { openBatch } from './open.ts';

/** Names of lacking pictures that are shown. */
const SHOWN = 20;

/** Prints how far a batch is; with the queue also what is in it. */
export async function printStatus(address: string, { queue: server, json }: StatusFlags): Promise<void> {
  const batch = await openBatch(address);
  const done = await receipted(batch);
  const { chunks } = batch.manifest;
  const finished = chunks.filter(({ chunk }) => done.has(chunk));
  // Only these, since of the others the plan itself would be read.
  const failed = await failedIn({ ...batch, manifest: { ...batch.manifest, chunks: finished } });
  const counts = {
    chunks: { done: finished.length, all: chunks.length },
    paintings: { done: paintingsIn(finished), all: paintingsIn(chunks), failed },
  };
  const queue = server === undefined ? undefined : await inQueue(batch, server);
  if (json) {
    sayJson({ ...counts, ...(queue === undefined ? {} : queue) });
    return;
  }
  for (const [name, { done: some, all }] of Object.entries(counts)) {
    const told = name === 'paintings' && failed > 0 ? `: ${some - failed} painted, ${failed} failed` : '';
    say(`${name.padEnd(10)} ${some} of ${all} done${told}`);
  }
  if (queue === undefined) return;
  const { waiting, active, delayed, failed: givenUp } = queue.queue;
  say(`queue      ${waiting} waiting, ${active} in work, ${delayed} after a pause, ${givenUp} given up`);
  for (const { chunk, reason } of queue.dead) say(`given up   ${chunk}: ${visible(reason)}`);
}

/** The number of paintings that were given up. */
async function failedIn(batch: Batch): Promise<number> {
  let failed = 0;
  for await (const lines of linesOf(batch)) failed += lines.filter(({ error }) => error !== undefined).length;
  return failed;
}

async function inQueue(batch: Batch, server: string) {
  const { openQueue } = await import('../../batch/node/queue.ts');
  const queue = await openQueue(server, batch);
  try {
    return { queue: await queue.counts(), dead: await queue.dead() };
  } finally {
    await queue.close();
  }
}

/**
 * Prints a line for each painting, and names what lacks.
 *
 * @throws Exit unless all is painted
 */
export async function collectBatch(address: string): Promise<void> {
  const batch = await openBatch(address);
  const failed: Line[] = [];
  const missing: Line[] = [];
  let painted = 0;
  for await (const lines of linesOf(batch)) {
    for (const line of lines) {
      sayJsonLine(line);
      if (line.output !== undefined) painted++;
      else (line.error === undefined ? missing : failed).push(line);
    }
  }
  await writeQuarantine(batch, failed);
  if (failed.length + missing.length === 0) return;
  tell(`wasserfarbe: ${painted} painted, ${failed.length} failed, ${missing.length} missing`);
  show(
    failed.map(({ error = '' }) => error),
    `${QUARANTINE} of the batch names all`,
  );
  show(
    missing.map(({ picture, style }) => `not painted yet: ${picture} in the style ${style}`),
    'they are those without output and error above',
  );
  throw new Exit(exitCodes.failure);
}

function show(lines: readonly string[], all: string): void {
  const own = [...new Set(lines)];
  for (const line of own.slice(0, SHOWN)) tell(`  ${visible(line)}`);
  if (own.length > SHOWN) tell(`  and ${own.length - SHOWN} more: ${all}`);
}
