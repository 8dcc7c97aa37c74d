/** ZIP archives whose files are stored without compression, as PyTorch writes them. */

import { crc32 } from 'node:zlib';
import { formatFault } from './fault.ts';

const fault = formatFault('the file is damaged or incomplete: fetch it again');

/** An end record has this many bytes, and a comment of at most 65,535 behind it. */
const [END_BYTES, LONGEST_COMMENT] = [22, 65_535];

/** What stands for a number that the 64-bit fields have. */
const ELSEWHERE = 0xffffffff;

/** A stored file, read and checked when it is asked for. */
export type ZippedFile = () => Uint8Array;

/**
 * The files of an archive by name, by its central directory.
 *
 * @throws WeightsError for an archive that is cut off or damaged; reading a file throws one if it is
 *   compressed, encrypted or has another checksum
 */
export function readZip(bytes: Uint8Array, source: string): ReadonlyMap<string, ZippedFile> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wrong = (expected: string, received: string) => fault(expected, 'the ZIP archive', received, source);
  const within = (at: number, length: number) => {
    if (at >= 0 && at + length <= bytes.length) return at;
    throw wrong('all of it', 'one that is cut off');
  };
  const u16 = (at: number) => view.getUint16(within(at, 2), true);
  const u32 = (at: number) => view.getUint32(within(at, 4), true);
  const u64 = (at: number) => Number(view.getBigUint64(within(at, 8), true));
  const directory = () => {
    const last = bytes.length - END_BYTES;
    for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
      if (u32(at) !== 0x06054b50) continue;
      const [count, start] = [u16(at + 10), u32(at + 16)];
      // The locator before it leads to a record with larger numbers.
      if ((count !== 0xffff && start !== ELSEWHERE) || u32(at - 20) !== 0x07064b50) return { count, start };
      const large = u64(at - 20 + 8);
      if (u32(large) !== 0x06064b50) throw wrong('an end record', 'none');
      return { count: u64(large + 32), start: u64(large + 48) };
    }
    throw wrong('a directory of its files', 'none');
  };
  const files = new Map<string, ZippedFile>();
  const { count, start } = directory();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (u32(at) !== 0x02014b50) throw wrong(`${count} files`, `${i}`);
    const [flags, method, sum] = [u16(at + 8), u16(at + 10), u32(at + 16)];
    const [nameLength, extraLength, commentLength] = [u16(at + 28), u16(at + 30), u16(at + 32)];
    const nameAt = within(at + 46, nameLength + extraLength);
    const name = new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameLength));
    const [packed, size, offset] = largeFields(
      [u32(at + 20), u32(at + 24), u32(at + 42)],
      nameAt + nameLength,
      extraLength,
    );
    files.set(name, () => {
      if ((flags & 1) !== 0 || method !== 0 || packed !== size) {
        throw wrong('files that are stored as they are', `${name}, compressed or encrypted`);
      }
      if (u32(offset) !== 0x04034b50) throw wrong(`the file ${name}`, 'something else');
      const begin = offset + 30 + u16(offset + 26) + u16(offset + 28);
      const data = bytes.subarray(within(begin, size), begin + size);
      if (crc32(data) !== sum) throw wrong(`the checksum of ${name}`, 'another');
      return data;
    });
    at = nameAt + nameLength + extraLength + commentLength;
  }
  return files;

  /** Sizes and offset, those of 64 bits from the extra fields. */
  function largeFields(small: readonly number[], extraAt: number, length: number): [number, number, number] {
    let [packed = 0, size = 0, offset = 0] = small;
    for (let field = extraAt; field + 4 <= extraAt + length; field += 4 + u16(field + 2)) {
      if (u16(field) !== 1) continue;
      let next = field + 4;
      const large = () => {
        next += 8;
        return u64(next - 8);
      };
      // In this order, each only where it is needed: size, packed size, offset.
      if (size === ELSEWHERE) size = large();
      if (packed === ELSEWHERE) packed = large();
      if (offset === ELSEWHERE) offset = large();
    }
    return [packed, size, offset];
  }
}
