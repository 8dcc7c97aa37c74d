/** Style files in memory, as users have them: their bytes in any form. Node only. */

import { SettingError } from '../../errors.ts';
import { bytesIn } from '../../images/node/file-input.ts';
import { inWords } from '../option-kinds.ts';
import type { Style } from '../style.ts';
import * as bare from '../style-file.ts';

/** The bytes of a file. */
type Bytes = Uint8Array | ArrayBuffer | DataView;

/**
 * Whether bytes are a style file, judged by their beginning; a few bytes suffice.
 *
 * @throws SettingError for anything but bytes
 */
export function isStyleFile(bytes: Bytes): boolean {
  return bare.isStyleFile(plain(bytes));
}

/**
 * The information of a style file. Cheap: nothing is unpacked.
 *
 * @param name of the file, for messages
 * @throws WeightsError if it is no style file, of another version or incomplete, or exceeds the limits of
 *   styles; SettingError for anything but bytes
 */
export function readStyleFileInfo(bytes: Bytes, name?: string): bare.StyleFileInfo {
  return bare.readStyleFileInfo(plain(bytes), name);
}

/**
 * The style of a file. Memory is bounded by the length of the file, and by 2²⁶ values in all.
 *
 * @param name of the file, for messages
 * @throws WeightsError as {@link readStyleFileInfo}, or if the tensors are damaged or not finite;
 *   SettingError for anything but bytes
 */
export async function decodeStyleFile(bytes: Bytes, name?: string): Promise<Style> {
  return bare.decodeStyleFile(plain(bytes), name);
}

function plain(given: Bytes): Uint8Array {
  const bytes = bytesIn(given);
  if (bytes !== undefined) return bytes;
  throw new SettingError({
    expected: 'the bytes of a file',
    name: 'the style file',
    received: inWords(given),
  });
}
