/** The one file that a command writes. */

import { required, UsageError } from './failure.ts';
import { exists, existing } from './inputs.ts';

/** Checks the name of an output by its ending, such as `.onnx`, and that nothing lies there. */
export async function outputFile(
  output: string | undefined,
  ending: `.${string}`,
  force = false,
): Promise<string> {
  const path = required(output, `a ${ending} file`, '--output');
  if (!path.endsWith(ending)) {
    throw new UsageError({ expected: `the ending ${ending}`, name: '--output', received: path });
  }
  if (!force && (await exists(path))) throw existing(path);
  return path;
}
