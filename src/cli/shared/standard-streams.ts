/** Standard input and output as pictures, which `-` stands for. */

import { gathered } from '../../images/node/gathering.ts';
import { limitsOf } from '../../images/node/limits.ts';
import { UsageError } from './failure.ts';

/** Stands for the standard input, and for the standard output. */
export const DASH = '-';

const reading = new AbortController();

/** A path as it is; for `-` the bytes of the standard input, which is read once. */
export async function inputOf(path: string): Promise<string | Uint8Array> {
  return path === DASH ? readInput() : path;
}

/** Ends the wait for the standard input, also a later one: who feeds it may go on, and keep the process. */
export function endInput(): void {
  reading.abort();
}

/** Name of an input in errors. */
export function inputName(path: string): string {
  return path === DASH ? 'standard input' : path;
}

/**
 * Writes to the standard output; it is on its way when the promise resolves. Of errors the stream's own
 * listener tells, as for all that is printed.
 */
export async function writeOutput(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(bytes, () => resolve());
  });
}

async function readInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    const received = 'a terminal';
    const remedy = 'as in: wasserfarbe stylize - painting.jpg -o out.png < photo.jpg';
    throw new UsageError({ expected: 'a picture', name: 'standard input', received, remedy });
  }
  const { limitBytes } = limitsOf({});
  return gathered(process.stdin, inputName(DASH), { limitBytes, signal: reading.signal });
}
