/** Results apart from what they are made of: with --force they would be written over it. */

import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './failure.ts';
import { DASH } from './standard-streams.ts';

/** The path behind all links; undefined where nothing is. */
export async function realPath(path: string): Promise<string | undefined> {
  return path === DASH ? undefined : realpath(path).catch(() => undefined);
}

/**
 * Checks that no output is an input, or a folder that an input lies in.
 *
 * @throws UsageError
 */
export async function checkApart(outputs: readonly string[], inputs: readonly string[]): Promise<void> {
  const taken = new Set<string>();
  for (const input of inputs) {
    let place = await realPath(input);
    while (place !== undefined && !taken.has(place)) {
      taken.add(place);
      place = dirname(place);
    }
  }
  for (const output of outputs) {
    const place = await realPath(output);
    if (place === undefined || !taken.has(place)) continue;
    const expected = 'another place than that of the input';
    throw new UsageError({ expected, name: '--output', received: output });
  }
}
