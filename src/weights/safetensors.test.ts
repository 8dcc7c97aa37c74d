import { describe, expect, test } from 'vitest';
import { WeightsError } from '../errors.ts';
import { readSafetensors, type WeightMap, writeSafetensors } from './safetensors.ts';

const example: WeightMap = new Map([
  ['conv.weight', { shape: [2, 1, 3], data: new Float32Array([0, -1.5, 2, 1e-7, 300.25, -0]) }],
  ['2', { shape: [], data: new Float32Array([0.1]) }],
  ['1', { shape: [0, 4], data: new Float32Array(0) }],
  ['__proto__', { shape: [2], data: new Float32Array([Number.POSITIVE_INFINITY, Number.NaN]) }],
]);

/** A file made by hand, so that it can be invalid. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function headerOf(bytes: Uint8Array): string {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(WeightsError);
    return error instanceof Error ? error.message : '';
  }
  return 'no error';
}

describe('valid files', () => {
  test('F32 comes back to the bit, with names, shapes, order and metadata', () => {
    const metadata = { licence: 'MIT', note: 'Größe "1"' };
    const read = readSafetensors(writeSafetensors(example, { metadata }));
    expect(read.tensors).toEqual(example);
    expect([...read.tensors.keys()]).toEqual([...example.keys()]);
    expect(read.metadata).toEqual(metadata);
  });

  test('F16 halves the data and rounds to half precision', () => {
    const bytes = writeSafetensors(example, { dtype: 'F16' });
    expect(headerOf(bytes)).toContain('"dtype":"F16"');
    const { tensors } = readSafetensors(bytes);
    const data = [0, -1.5, 2, 2 * 2 ** -24, 300.25, -0];
    expect(tensors.get('conv.weight')).toEqual({ shape: [2, 1, 3], data: new Float32Array(data) });
    expect(tensors.get('2')?.data[0]).toBe(1638 / 2 ** 14);
    expect(tensors.get('__proto__')?.data).toEqual(new Float32Array([Number.POSITIVE_INFINITY, Number.NaN]));
  });

  test('the header is padded with spaces to a multiple of 8 and lists the map in order', () => {
    const bytes = writeSafetensors(new Map([['a', { shape: [1], data: new Float32Array([1]) }]]));
    expect(headerOf(bytes)).toBe('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(56));
    expect([...bytes.subarray(64)]).toEqual([0, 0, 0x80, 0x3f]);
    for (let length = 1; length <= 9; length++) {
      const name = 'n'.repeat(length);
      expect(
        headerOf(writeSafetensors(new Map([[name, { shape: [0], data: new Float32Array(0) }]]))).length % 8,
      ).toBe(0);
    }
  });

  test('equal maps give equal bytes', () => {
    expect(writeSafetensors(example)).toEqual(writeSafetensors(new Map(example)));
  });

  test('no tensors and no metadata are an empty map', () => {
    expect(readSafetensors(writeSafetensors(new Map()))).toEqual({ tensors: new Map(), metadata: {} });
  });

  test('tensors keep the order of their data, F32 and F16 mixed, at an odd memory address', () => {
    const header = {
      second: { dtype: 'F32', shape: [1], data_offsets: [2, 6] },
      first: { dtype: 'F16', shape: [1], data_offsets: [0, 2] },
    };
    const bytes = file(header, [0x00, 0x3c, 0, 0, 0, 0xc0]);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect([...readSafetensors(shifted.subarray(1)).tensors]).toEqual([
      ['first', { shape: [1], data: new Float32Array([1]) }],
      ['second', { shape: [1], data: new Float32Array([-2]) }],
    ]);
  });

  test('values are copied, even from a Buffer whose slices share memory', () => {
    const bytes = Buffer.from(writeSafetensors(example));
    const { tensors } = readSafetensors(bytes);
    bytes.fill(0);
    expect(tensors).toEqual(example);
  });

  test('only the viewed part of a larger array is written', () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const { tensors } = readSafetensors(writeSafetensors(new Map([['a', { shape: [2], data }]])));
    expect(tensors.get('a')?.data).toEqual(new Float32Array([1, 2]));
  });
});

describe('damaged files', () => {
  const a = (change: object = {}) => ({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...change } });
  const four = [0, 0, 0, 0];
  const tooLong = new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255, 0x7b, 0x7d]);
  const cases: [string, Uint8Array, string][] = [
    ['empty', new Uint8Array(0), 'expected at least 8 bytes for the file but received 0'],
    ['length', tooLong, 'expected at most 2 bytes for the header length but received 18446744073709551615'],
    [
      'cut header',
      file(a()).subarray(0, 30),
      'expected at most 22 bytes for the header length but received 54',
    ],
    ['no JSON', file('{"a":'), 'expected JSON text for the header but received something else'],
    [
      'no UTF-8',
      file('{"__metadata__":{"x":"?"}}').map((byte) => (byte === 0x3f ? 0xff : byte)),
      'expected JSON text for the header',
    ],
    ['list', file([]), 'expected a JSON object for the header but received []'],
    ['null', file('null'), 'expected a JSON object for the header but received null'],
    ['metadata', file({ __metadata__: 1 }), 'expected an object for __metadata__ but received 1'],
    ['metadata text', file({ __metadata__: { x: 1 } }), 'expected text for __metadata__.x but received 1'],
    ['entry', file({ a: 1 }), 'expected an object for the description of tensor "a" but received 1'],
    [
      'dtype',
      file(a({ dtype: 'F64' }), four),
      'expected F32, F16 or BF16 for the dtype of tensor "a" but received "F64"',
    ],
    [
      'no dtype',
      file({ a: {} }),
      'expected F32, F16 or BF16 for the dtype of tensor "a" but received nothing',
    ],
    ['shape', file(a({ shape: [-1] })), 'whole numbers for the shape of tensor "a" but received [-1]'],
    ['fraction', file(a({ shape: [0.5] })), 'whole numbers for the shape of tensor "a" but received [0.5]'],
    ['no shape', file(a({ shape: 4 })), 'whole numbers for the shape of tensor "a" but received 4'],
    ['offsets', file(a({ data_offsets: [0, 'x'] })), 'data_offsets of tensor "a" but received [0,"x"]'],
    ['one offset', file(a({ data_offsets: [0] })), 'a begin and an end for data_offsets of tensor "a"'],
    [
      'three offsets',
      file(a({ data_offsets: [0, 4, 8] })),
      'a begin and an end for data_offsets of tensor "a"',
    ],
    ['backwards', file(a({ data_offsets: [4, 0] })), 'a begin and an end for data_offsets of tensor "a"'],
    [
      'size',
      file(a({ shape: [2, 3] }), four),
      '24 bytes (F32, shape [2, 3]) for the data of tensor "a" but received 4',
    ],
    [
      'size F16',
      file(a({ dtype: 'F16' }), four),
      '2 bytes (F16, shape [1]) for the data of tensor "a" but received 4',
    ],
    ['huge', file(a({ shape: [2 ** 40, 2 ** 40] }), four), 'for the data of tensor "a" but received 4'],
    ['cut data', file(a(), [0, 0]), 'expected 4 bytes for the data of all tensors but received 2'],
    ['more data', file(a(), [...four, 0]), 'expected 4 bytes for the data of all tensors but received 5'],
    ['no tensors', file({}, [0]), 'expected 0 bytes for the data of all tensors but received 1'],
    [
      'gap',
      file(a({ data_offsets: [1, 5] }), [0, ...four]),
      'begin of tensor "a" but received 1, after a gap',
    ],
    [
      'overlap',
      file({ ...a(), b: { dtype: 'F16', shape: [1], data_offsets: [2, 4] } }, four),
      'expected offset 4 for the begin of tensor "b" but received 2, inside another tensor',
    ],
  ];

  test.each(cases)('%s', (_, bytes, expected) => {
    const message = messageOf(() => readSafetensors(bytes, 'x.safetensors'));
    expect(message).toContain(expected);
    expect(message).toMatch(/ \(x\.safetensors\); .*(again|convert)/);
    expect(message).not.toContain('\n');
  });

  test('without a name the message says that data were being read', () => {
    expect(messageOf(() => readSafetensors(new Uint8Array(3)))).toContain('(safetensors data)');
  });

  test('the JSON parser’s error is kept as the cause', () => {
    expect(() => readSafetensors(file('{'))).toThrow(
      expect.objectContaining({ cause: expect.any(SyntaxError) }),
    );
  });
});

describe('tensors that cannot be written', () => {
  const write = (name: string, shape: number[], values: number[], dtype: 'F32' | 'F16' = 'F32') =>
    messageOf(() =>
      writeSafetensors(new Map([[name, { shape, data: new Float32Array(values) }]]), { dtype }),
    );

  test('a value too large for F16 names the tensor', () => {
    expect(write('up.bias', [2], [1, 65520], 'F16')).toBe(
      'expected values of magnitude at most 65504 for tensor "up.bias" as F16 but received 65520; write F32 instead',
    );
    expect(write('up.bias', [2], [1, -1e6], 'F16')).toContain('received -1000000');
    expect(write('up.bias', [2], [1, 65520])).toBe('no error');
    expect(write('up.bias', [2], [65519, Number.NEGATIVE_INFINITY], 'F16')).toBe('no error');
  });

  test('a shape that does not fit', () => {
    const expected = 'expected as many values as shape [2, 2] has for tensor "a" but received 3';
    expect(write('a', [2, 2], [1, 2, 3])).toBe(expected);
    expect(write('a', [-1, -1], [1])).toContain('shape [-1, -1]');
    expect(write('a', [], [])).toContain('received 0');
  });

  test('the reserved name', () => {
    expect(write('__metadata__', [1], [1])).toBe(
      'expected another name for a tensor but received __metadata__',
    );
  });
});
