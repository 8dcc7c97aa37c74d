/** Zip files without compression, since pictures are compressed already. */

/** What fits into a zip file with 32-bit sizes, in bytes, and in files. */
export const zipLimits = { bytes: 0xffff_ffff, files: 0xffff } as const;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Names are in UTF-8. */
const UTF8 = 0x0800;

export interface Zip {
  /** Bytes of the file as it is now. */
  size(): number;
  count(): number;
  add(name: string, file: Blob): Promise<void>;
  /** The whole file. Its parts stay where the browser keeps them. */
  finish(): Blob;
}

/** @param date of all files */
export function createZip(date = new Date()): Zip {
  const parts: BlobPart[] = [];
  const central: Uint8Array<ArrayBuffer>[] = [];
  let [offset, directory] = [0, 0];
  const end = (): Uint8Array<ArrayBuffer> =>
    record(22, [
      [4, END],
      [2, 0],
      [2, 0],
      [2, central.length],
      [2, central.length],
      [4, directory],
      [4, offset],
      [2, 0],
    ]);

  return {
    size: () => offset + directory + 22,
    count: () => central.length,
    async add(name, file) {
      const checksum = crc32(new Uint8Array(await file.arrayBuffer()));
      const bytes = new TextEncoder().encode(name);
      const common: readonly Field[] = [
        [2, 20],
        [2, UTF8],
        [2, 0],
        [2, (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)],
        [2, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()],
        [4, checksum],
        [4, file.size],
        [4, file.size],
        [2, bytes.length],
        [2, 0],
      ];
      const local = record(30, [[4, LOCAL], ...common]);
      const rest: readonly Field[] = [
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, offset],
      ];
      const entry = record(46 + bytes.length, [[4, CENTRAL], [2, 20], ...common, ...rest]);
      entry.set(bytes, 46);
      parts.push(local, bytes, file);
      central.push(entry);
      offset += local.length + bytes.length + file.size;
      directory += entry.length;
    },
    finish: () => new Blob([...parts, ...central, end()], { type: 'application/zip' }),
  };
}

type Field = readonly [bytes: 2 | 4, value: number];

function record(length: number, fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    value = (value >>> 8) ^ (table[(value ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}
