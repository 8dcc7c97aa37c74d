/** Standard input and output as pictures, which `-` stands for. */

import { UsageError } from './failure.ts';

/** Stands for the standard input, and for the standard output. */
export const DASH = '-';

let reading: Promise<Uint8Array> | undefined;

/** A path as it is; for `-` the bytes of the standard input, which is read once. */
export async function inputOf(path: string): Promise<string | Uint8Array> {
  if (path !== DASH) return path;
  reading ??= readInput();
  return reading;
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
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part));
  return new Uint8Array(Buffer.concat(parts));
}
