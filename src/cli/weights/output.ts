/** The `.safetensors` file that a command writes. */

import { exists, existing } from '../shared/inputs.ts';
import { required, UsageError } from '../shared/failure.ts';

/** Checks the name of an output, and that nothing lies there unless it may be replaced. */
export async function outputFile(output: string | undefined, force = false): Promise<string> {
  const path = required(output, 'a .safetensors file', '--output');
  if (!path.endsWith('.safetensors')) {
    throw new UsageError({ expected: 'the ending .safetensors', name: '--output', received: path });
  }
  if (!force && (await exists(path))) throw existing(path);
  return path;
}
