/** Selection of pictures: a fixed, evenly spread choice, and lists of file names. Node only. */

import { SettingError, TrainingError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';

/**
 * Holds back every ⌊n / held⌋-th of `names`: a fixed split that needs no file. It is made from all names in
 * order, before any is found to be unusable, so that no setting can move it. Training leaves `held` out, and
 * evaluation uses it.
 *
 * @throws TrainingError if nothing would be left to train on
 */
export function holdOut(names: readonly string[], held: number): { train: string[]; held: string[] } {
  if (held >= names.length) {
    throw new TrainingError({
      expected: `more than ${held} pictures`,
      name: 'a training folder',
      received: `${names.length}`,
      remedy: 'lower --holdout-contents or --holdout-styles',
    });
  }
  const every = held === 0 ? Number.POSITIVE_INFINITY : Math.floor(names.length / held);
  const isHeld = (i: number) => i % every === every - 1 && Math.floor(i / every) < held;
  return { train: names.filter((_, i) => !isHeld(i)), held: names.filter((_, i) => isHeld(i)) };
}

/**
 * Reads a list of file names, one per line; empty lines are ignored.
 *
 * @param name the flag that names the list, in errors
 * @throws SettingError if the file cannot be read
 */
export async function readList(path: string, name: `--${string}`): Promise<ReadonlySet<string>> {
  const bytes = await readRegular(path).catch((cause: unknown) => {
    const expected = 'a file with one picture’s name a line';
    throw new SettingError({ expected, name, received: explainFileError(cause), where: path }, { cause });
  });
  const lines = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => line.trim());
  return new Set(lines.filter((line) => line !== ''));
}
