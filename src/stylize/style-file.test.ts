import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { statisticsStyle } from '../../test/helpers/styles.ts';
import { WeightsError } from '../errors.ts';
import {
  decodeStyleFile,
  encodeStyleFile,
  isStyleFile,
  readStyleFileInfo,
  type StyleFileNotes,
} from './style-file.ts';

const notes: StyleFileNotes = {
  modelName: 'slim',
  source: 'klee.jpg',
  version: '0.1.0',
  thumbnail: { type: 'image/webp', bytes: Uint8Array.of(1, 2, 3) },
};

/** The parts of a file, with another header. */
function withHeader(file: Uint8Array, change: (header: object) => unknown): Uint8Array {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(12, 12 + length)));
  const json = new TextEncoder().encode(JSON.stringify(change(header)));
  const changed = new Uint8Array(12 + json.length + file.length - 12 - length);
  changed.set(file.subarray(0, 8));
  new DataView(changed.buffer).setUint32(8, json.length, true);
  changed.set(json, 12);
  changed.set(file.subarray(12 + length), 12 + json.length);
  return changed;
}

describe('a file', () => {
  it('describes itself before it is unpacked', async () => {
    const file = await encodeStyleFile(statisticsStyle(), notes);
    expect([isStyleFile(file), isStyleFile(file.subarray(0, 8)), isStyleFile(file.subarray(1))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(readStyleFileInfo(file, 'x.style')).toEqual({
      ...notes,
      model: 'ab'.repeat(32),
      width: 128,
      height: 128,
      shapes: {
        'relu4_1.keys': [1, 8, 64],
        'relu4_1.values': [1, 64, 19],
        'relu3_1.mean': [1, 5, 1, 1],
        modulation: [1, 2],
      },
    });
    const bare = await encodeStyleFile(statisticsStyle(), { modelName: 'slim' });
    expect(readStyleFileInfo(bare)).not.toHaveProperty('thumbnail');
  });

  it('is not made if nobody could read it again', async () => {
    const style = statisticsStyle();
    for (const [own, given, name] of [
      [style, { ...notes, source: 'a\nb' }, 'source'],
      [style, { ...notes, modelName: 'x'.repeat(256) }, 'model.name'],
      [{ ...style, model: 'slim' }, notes, 'model.sha256'],
    ] as const) {
      const made = encodeStyleFile(own, given);
      await expect(made).rejects.toThrow(`expected what a style file can hold for ${name} but received`);
    }
  });

  it('of the first version can still be read', async () => {
    const style = await decodeStyleFile(new Uint8Array(Buffer.from(firstFile.join(''), 'base64')));
    expect(style).toMatchObject({ model: 'cd'.repeat(32), width: 64, height: 17 });
    const positions = Array.from({ length: 16 }, (_, p) => p);
    const keys = [...positions.map((p) => (p * 7) % 16), ...positions.map((p) => p / 8 - 1)];
    const values = positions.flatMap((p) => {
      const [v1, v2, w1, w2] = [p ** 2 / 32, -p / 4, (p % 4) / 8, 0.5];
      return [v1, v2, v1 ** 2 + w1 ** 2, v2 ** 2 + w2 ** 2];
    });
    for (const [name, expected] of Object.entries({ 'relu4_1.keys': keys, 'relu4_1.values': values })) {
      const found = [...(style.tensors[name]?.data ?? [])];
      expect(found).toHaveLength(expected.length);
      for (const [i, value] of expected.entries())
        expect(Math.abs((found[i] ?? Number.NaN) - value)).toBeLessThan(0.01 + 0.01 * Math.abs(value));
    }
    expect([...(style.tensors['palette.shift']?.data ?? [])]).toEqual([0.25, -1, 3]);
  });

  it('may have fields that this version does not know', async () => {
    const style = statisticsStyle();
    const file = await encodeStyleFile(style, notes);
    const more = withHeader(file, (header) => ({ ...header, painter: 'Klee' }));
    expect(await decodeStyleFile(more)).toEqual(await decodeStyleFile(file));
  });

  it('that ends anywhere before its end is refused in one line', async () => {
    const file = await encodeStyleFile(statisticsStyle(), notes);
    for (let length = 0; length < file.length; length += length < 800 ? 1 : 97) {
      const message = await refusal(file.subarray(0, length));
      expect(message).toMatch(/^expected .* but received .* \(x\.style\).*$/);
    }
    expect(await refusal(new Uint8Array([...file, 0]))).toContain(`expected ${file.length} bytes`);
  });

  it('with any one byte changed is refused, or still a style of finite values', async () => {
    const file = await encodeStyleFile(statisticsStyle(), notes);
    let refused = 0;
    for (let i = 0; i < file.length; i += i < 900 ? 1 : 13) {
      const changed = file.slice();
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
      try {
        const { tensors } = await decodeStyleFile(changed, 'x.style');
        for (const { data } of Object.values(tensors)) expect(data.every(Number.isFinite)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(WeightsError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(600);
  });

  const tensor = { name: 'a', shape: [2, 2], coding: { kind: 'float32' } };
  const steps = (shape: number[], groups: object[]) => ({
    tensors: [{ name: 'a', shape, coding: { kind: 'steps', axis: 1, groups } }],
  });
  it.each([
    ['many values', { tensors: [{ ...tensor, shape: [2 ** 20, 2 ** 20] }] }, 'at most 67108864 values'],
    [
      'values beyond counting',
      { tensors: [{ ...tensor, shape: Array(8).fill(2 ** 50) }] },
      'at most 67108864',
    ],
    ['a bomb', { tensors: [{ ...tensor, shape: [2 ** 25] }] }, 'enough for 134217728 bytes'],
    ['other values than there are', { tensors: [tensor] }, 'a whole zlib stream for the tensors'],
    ['names twice', { tensors: [tensor, tensor] }, 'names once each'],
    ['an empty axis', { tensors: [{ ...tensor, shape: [0, 4] }] }, 'the header.tensors.0.shape.0'],
    ['half an extent', { tensors: [{ ...tensor, shape: [1.5] }] }, 'the header.tensors.0.shape.0'],
    ['another type', { tensors: [{ ...tensor, coding: { kind: 'int4' } }] }, 'newer version'],
    ['no such channels', steps([1, 4, 9], [{ channels: 3, fineness: 1 }]), 'channels of its shape'],
    ['no groups', steps([1, 4, 9], []), 'channels of its shape'],
    ['flat steps', steps([4, 9], [{ channels: 9, fineness: 1 }]), 'channels of its shape'],
    [
      'deviations of nothing',
      steps([1, 4, 9], [{ channels: 4, fineness: 1, deviations: true }]),
      'channels of its shape',
    ],
    [
      'more deviations than values',
      steps(
        [1, 4, 9],
        [
          { channels: 1, fineness: 1 },
          { channels: 3, fineness: 1, deviations: true },
        ],
      ),
      'channels of its shape',
    ],
    ['a size of nothing', { width: 0 }, 'the header.width'],
    ['a model without checksum', { model: { name: 'slim', sha256: 'x' } }, 'the header.model.sha256'],
    ['a name for terminals', { source: '\u001b[2J' }, 'the header.source'],
    [
      'a thumbnail past the end',
      { thumbnail: { type: 'image/webp', bytes: 2 ** 40 } },
      'bytes for the style file',
    ],
    ['a thumbnail of any type', { thumbnail: { type: 'text/html', bytes: 3 } }, 'the header.thumbnail.type'],
  ])('that speaks of %s is refused', async (_, change, message) => {
    const file = await encodeStyleFile(statisticsStyle(), notes);
    expect(await refusal(withHeader(file, (header) => ({ ...header, ...change })))).toContain(message);
  });

  it('whose stream holds more than its shapes is refused before the rest is unpacked', async () => {
    const file = await encodeStyleFile(statisticsStyle(), notes, {
      deflate: async () => deflateSync(new Uint8Array(50_000_000)),
    });
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(file)).toMatch(/a whole zlib stream .* received more than \d+ bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it('of numbers that are not finite is refused', async () => {
    const file = await encodeStyleFile(statisticsStyle(), notes, {
      deflate: async (bytes) => deflateSync(bytes.fill(0xff)),
    });
    expect(await refusal(file)).toContain(
      'expected finite values for tensor "relu4_1.keys" but received NaN',
    );
  });

  it('of another format is refused, with a guess of its kind', async () => {
    const file = await encodeStyleFile(statisticsStyle(), notes);
    const later = file.slice();
    later[7] = '2'.charCodeAt(0);
    expect(await refusal(later)).toContain(
      'received "wfstyle2" (x.style); it may be made by a newer version',
    );
    expect(await refusal(new TextEncoder().encode('not a style'))).toContain(
      'received a file of another kind',
    );
    const text = file.slice();
    text.fill(0x20, 12, 20);
    expect(await refusal(text)).toContain('expected JSON text for the header');
    expect(await refusal(withHeader(file, () => null))).toContain('for the header but received');
  });

  async function refusal(file: Uint8Array): Promise<string> {
    const error = await decodeStyleFile(file, 'x.style').then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(WeightsError);
    const { message } = error instanceof Error ? error : { message: '' };
    expect(message).not.toContain('\n');
    return message;
  }
});

/** A style of 2 channels and 16 positions, as the first version wrote it. */
const firstFile = [
  'd2ZzdHlsZTH5AQAAeyJtb2RlbCI6eyJuYW1lIjoidGlueSIsInNoYTI1NiI6ImNkY2RjZGNkY2RjZGNkY2RjZGNkY2RjZGNkY2Rj',
  'ZGNkY2RjZGNkY2RjZGNkY2RjZGNkY2RjZGNkY2RjZGNkY2QifSwid2lkdGgiOjY0LCJoZWlnaHQiOjE3LCJ0ZW5zb3JzIjpbeyJu',
  'YW1lIjoicmVsdTRfMS5rZXlzIiwic2hhcGUiOlsxLDIsMTZdLCJjb2RpbmciOnsia2luZCI6InN0ZXBzIiwiYXhpcyI6MSwiZ3Jv',
  'dXBzIjpbeyJjaGFubmVscyI6MiwiZmluZW5lc3MiOjM4NH1dfX0seyJuYW1lIjoicmVsdTRfMS52YWx1ZXMiLCJzaGFwZSI6WzEs',
  'MTYsNF0sImNvZGluZyI6eyJraW5kIjoic3RlcHMiLCJheGlzIjoyLCJncm91cHMiOlt7ImNoYW5uZWxzIjoyLCJmaW5lbmVzcyI6',
  'MTkyfSx7ImNoYW5uZWxzIjoyLCJmaW5lbmVzcyI6OTYsImRldmlhdGlvbnMiOnRydWV9XX19LHsibmFtZSI6InBhbGV0dGUuc2hp',
  'ZnQiLCJzaGFwZSI6WzEsMywxXSwiY29kaW5nIjp7ImtpbmQiOiJmbG9hdDMyIn19XSwiY29tcHJlc3NlZCI6MTUwfXicm6vBY8MA',
  'Bg37b7LdZmDgl9Wx8oxIK22ZtHD9vrO3GYxSParjJ5Yuv7n3wxW2VzIM6ICZjYmVkQVCsTKwHGCQgJpXcOAb0xTGKZVxzhq8n2/s',
  'XdSeE2gmzcDAzCtnFlK59IZg4IynllO+MYIBhqkMDCBhJiamAwwS1lAR+0VYlDGY5SxCwQRBgx3IrwwMDg4AtHEtMA==',
];
