/** Valid picture files of every format, tiny, and ways to damage them. */

import sharp from 'sharp';
import { type RandomGenerator, stream, uniformFloat64, uniformInt } from '../../src/random.ts';
import { encodedAs, sharpFormats, sharpOf } from '../helpers/pictures.ts';
import { chrm, cicp, gama, P3, tiffOf, withChunks, withNclx } from '../helpers/tagged.ts';

const [WIDTH, HEIGHT] = [24, 17];

/** Each format in its variants by name, with profile, EXIF and XMP if it has them. */
export async function validFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const rgb = samples(3, (i) => i);
  const rgba = samples(4, (i) => i);
  const deep = Uint16Array.from(rgba, (value) => 257 * value);
  const picture = () =>
    sharpOf(rgb, WIDTH, HEIGHT)
      .withExif({ IFD0: { Make: 'Acme' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 });
  const files = new Map<string, Uint8Array>();
  for (const format of sharpFormats) {
    files.set(format, await encodedAs(picture(), format));
    files.set(`${format} with alpha`, await encodedAs(sharpOf(rgba, WIDTH, HEIGHT), format));
  }
  files.set('jpeg, progressive', await picture().jpeg({ progressive: true }).toBuffer());
  files.set('jpeg, CMYK', await picture().toColourspace('cmyk').jpeg().toBuffer());
  files.set('png, interlaced', await picture().png({ progressive: true }).toBuffer());
  files.set('png, palette', await picture().png({ palette: true }).toBuffer());
  files.set('png, 16 bits', await sharpOf(deep, WIDTH, HEIGHT).png().toBuffer());
  files.set('webp, lossy', await picture().webp().toBuffer());
  files.set('avif, 10 bits', await sharpOf(deep, WIDTH, HEIGHT).avif({ bitdepth: 10 }).toBuffer());
  files.set('tiff, 16 bits', await sharpOf(deep, WIDTH, HEIGHT).tiff({ compression: 'none' }).toBuffer());
  files.set('tiff, JPEG inside', await picture().tiff({ compression: 'jpeg' }).toBuffer());
  files.set('tiff, tiles', await picture().tiff({ tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer());
  files.set('tiff, 64 bits', await picture().tiff({ compression: 'lzw', bigtiff: true }).toBuffer());
  // Colours said outside ICC profiles.
  const png = await sharpOf(rgb, WIDTH, HEIGHT).png().toBuffer();
  const avif = await sharpOf(rgb, WIDTH, HEIGHT).avif({ chromaSubsampling: '4:4:4' }).toBuffer();
  files.set('png, cICP', withChunks(png, cicp(9, 16)));
  files.set('png, gAMA and cHRM', withChunks(png, gama(0.6), chrm(...P3)));
  files.set('avif, nclx', withNclx(avif, 12, 13));
  const ycbcr = { 262: ['short', 6], 529: ['fraction', 0.3, 0.6, 0.1], 530: ['short', 1, 1] } as const;
  files.set('tiff, YCbCr', tiffOf(WIDTH, HEIGHT, rgb, ycbcr));
  const measured = { 318: ['fraction', 0.31, 0.33], 319: ['fraction', 0.7, 0.3, 0.2, 0.7, 0.1, 0] } as const;
  files.set('tiff, primaries', tiffOf(WIDTH, HEIGHT, rgb, measured, { little: false }));
  const fax = sharpOf(rgb, WIDTH, HEIGHT).threshold();
  files.set(
    'tiff, fax',
    await fax.toColourspace('b-w').tiff({ bitdepth: 1, compression: 'ccittfax4' }).toBuffer(),
  );
  const frames = await Promise.all(
    [1, 2].map((n) =>
      sharpOf(
        samples(4, (i) => i * n),
        WIDTH,
        HEIGHT,
      )
        .png()
        .toBuffer(),
    ),
  );
  const animated = () => sharp(frames, { join: { animated: true } });
  files.set('gif, animated', await animated().gif().toBuffer());
  files.set('webp, animated', await animated().webp().toBuffer());
  // Not Buffers, whose slices would share memory.
  return new Map([...files].map(([name, bytes]) => [name, new Uint8Array(bytes)]));
}

function samples(channels: 3 | 4, value: (i: number) => number): Uint8Array {
  return Uint8Array.from({ length: channels * WIDTH * HEIGHT }, (_, i) => (value(i) * 7919) % 256);
}

/** The `i`-th damaged file of a seed, always the same one. */
export function damagedFile(
  files: ReadonlyMap<string, Uint8Array>,
  seed: number,
  i: number,
): { name: string; bytes: Uint8Array } {
  const random = stream(seed, 'damage', i);
  const names = [...files.keys()];
  const name = names[i % names.length] ?? '';
  let bytes = files.get(name) ?? new Uint8Array();
  const other = files.get(names[uniformInt(random, 0, names.length - 1)] ?? '') ?? bytes;
  for (let times = uniformInt(random, 1, 2); times > 0; times--) {
    const way = ways[uniformInt(random, 0, ways.length - 1)];
    if (bytes.length > 0 && way !== undefined) bytes = way(bytes, random, other);
  }
  return { name, bytes };
}

type Way = (bytes: Uint8Array, random: RandomGenerator, other: Uint8Array) => Uint8Array;

/** Numbers that often break programs. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const ways: readonly Way[] = [
  // Changes some bits.
  (bytes, random) => {
    const copy = bytes.slice();
    for (let n = uniformInt(random, 1, 8); n > 0; n--) {
      const at = place(bytes, random);
      copy[at] = (copy[at] ?? 0) ^ (1 << uniformInt(random, 0, 7));
    }
    return copy;
  },
  // Changes some bytes.
  (bytes, random) => {
    const copy = bytes.slice();
    for (let n = uniformInt(random, 1, 8); n > 0; n--)
      copy[place(bytes, random)] = uniformInt(random, 0, 255);
    return copy;
  },
  // Writes a number of 1, 2 or 4 bytes, in either byte order.
  (bytes, random) => {
    const copy = bytes.slice();
    const size = [1, 2, 4][uniformInt(random, 0, 2)] ?? 1;
    const value = edges[uniformInt(random, 0, edges.length - 1)] ?? 0;
    const isLittle = uniformInt(random, 0, 1) === 1;
    const at = place(bytes, random);
    for (let i = 0; i < size; i++) {
      const shift = 8 * (isLittle ? i : size - 1 - i);
      if (at + i < copy.length) copy[at + i] = (value / 2 ** shift) & 0xff;
    }
    return copy;
  },
  // Cuts the end off.
  (bytes, random) => bytes.slice(0, place(bytes, random)),
  // Removes, repeats or zeroes a piece, or inserts one of another file.
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  (bytes, random) => bytes.slice().fill(0, ...piece(bytes, random)),
  (bytes, random, other) => {
    const [from, to] = piece(other, random);
    const at = place(bytes, random);
    return joined(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
  (bytes, random, other) =>
    joined(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))),
];

/** A random place, every third time among the first bytes, where headers are. */
function place(bytes: Uint8Array, random: RandomGenerator): number {
  const reach = uniformFloat64(random) < 0.3 ? Math.min(96, bytes.length) : bytes.length;
  return uniformInt(random, 0, reach - 1);
}

function piece(bytes: Uint8Array, random: RandomGenerator): [number, number] {
  const from = place(bytes, random);
  return [from, Math.min(bytes.length, from + uniformInt(random, 1, 64))];
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
