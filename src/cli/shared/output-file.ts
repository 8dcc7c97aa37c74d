/** The one file that a command writes. */

import { checkApart } from './apart.ts';
import { required, UsageError } from './failure.ts';
import { exists, existing } from './inputs.ts';

/**
 * Checks the name of an output by its ending, such as `.onnx`, and that nothing lies there.
 *
 * @param inputs files that it is made of, which are never written over
 */
export async function outputFile(
  output: string | undefined,
  ending: `.${string}`,
  force = false,
  inputs: readonly string[] = [],
): Promise<string> {
  const path = required(output, `a ${ending} file`, '--output');
  if (!path.endsWith(ending)) {
    throw new UsageError({ expected: `the ending ${ending}`, name: '--output', received: path });
  }
  await checkApart([path], inputs);
  if (!force && (await exists(path))) throw existing(path);
  return path;
}
