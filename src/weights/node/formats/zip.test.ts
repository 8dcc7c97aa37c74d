import { deflateRawSync, crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { readZip } from './zip.ts';

interface Made {
  readonly method?: number;
  readonly sum?: number;
  /** Writes sizes, offset and directory in the fields of 64 bits. */
  readonly large?: boolean;
  readonly comment?: string;
}

const content = Buffer.from('some weights');

/** An archive of one file, `a`. */
function zipOf({ method = 0, sum = crc32(content), large = false, comment = '' }: Made = {}): Uint8Array {
  const data = method === 0 ? content : deflateRawSync(content);
  const numbers = (parts: readonly [number, 2 | 4 | 8][]) =>
    Buffer.concat(
      parts.map(([value, size]) => {
        const bytes = Buffer.alloc(size);
        if (size === 8) bytes.writeBigUInt64LE(BigInt(value));
        else bytes.writeUIntLE(value, 0, size);
        return bytes;
      }),
    );
  const rest: [number, 2 | 4][] = [
    [20, 2],
    [0, 2],
    [method, 2],
    [0, 4],
    [sum, 4],
  ];
  const local = Buffer.concat([
    numbers([[0x04034b50, 4], ...rest, [data.length, 4], [content.length, 4], [1, 2], [0, 2]]),
    Buffer.from('a'),
    data,
  ]);
  const small = large ? 0xffffffff : undefined;
  const extra = large
    ? numbers([
        [7, 2],
        [0, 2],
        [1, 2],
        [24, 2],
        [content.length, 8],
        [data.length, 8],
        [0, 8],
      ])
    : Buffer.alloc(0);
  const directory = Buffer.concat([
    numbers([[0x02014b50, 4], [20, 2], ...rest, [small ?? data.length, 4], [small ?? content.length, 4]]),
    numbers([
      [1, 2],
      [extra.length, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [small ?? 0, 4],
    ]),
    Buffer.from('a'),
    extra,
  ]);
  const at = local.length + directory.length;
  const record = numbers([
    [0x06064b50, 4],
    [44, 8],
    [45, 2],
    [45, 2],
    [0, 4],
    [0, 4],
    [1, 8],
    [1, 8],
    [directory.length, 8],
    [local.length, 8],
  ]);
  const locator = numbers([
    [0x07064b50, 4],
    [0, 4],
    [at, 8],
    [1, 4],
  ]);
  const count = large ? 0xffff : 1;
  const end = numbers([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [directory.length, 4],
    [small ?? local.length, 4],
    [comment.length, 2],
  ]);
  return Buffer.concat([local, directory, ...(large ? [record, locator] : []), end, Buffer.from(comment)]);
}

it.each([{}, { comment: 'made by hand' }, { large: true }])('reads stored files of %o', (made) => {
  const files = readZip(zipOf(made), 'x.pth');
  expect([...files.keys()]).toEqual(['a']);
  expect(Buffer.from(files.get('a')?.() ?? []).toString()).toBe('some weights');
});

it.each([
  [
    zipOf({ method: 8 }),
    'expected files that are stored as they are for the ZIP archive but received a, compressed or encrypted (x.pth)',
  ],
  [zipOf({ sum: 7 }), 'expected the checksum of a for the ZIP archive but received another'],
  [zipOf().subarray(0, 60), 'expected a directory of its files for the ZIP archive but received none'],
  [new Uint8Array(5), 'expected a directory of its files'],
])('refuses others in one line', (bytes, message) => {
  expect(() => readZip(bytes, 'x.pth').get('a')?.()).toThrow(message);
});
