/** Seeded files of one colour each, in every way of naming colours, with the colour that must be seen. */

import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { type RandomGenerator, uniformFloat64, uniformInt } from '../../src/random.ts';
import { sharpOf } from '../helpers/pictures.ts';
import {
  chrm,
  cicp,
  gama,
  pngChunk,
  type TiffEntry,
  tiffOf,
  withChunks,
  withNclx,
} from '../helpers/tagged.ts';

/** A file, and what it shows: RGB 0–255, or nothing if it may be refused or warned about. */
export interface OddColour {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly shown?: readonly number[];
  readonly tolerance: number;
}

const [WIDTH, HEIGHT] = [16, 16];

type Colour = readonly [number, number, number];

export async function oddColour(random: RandomGenerator): Promise<OddColour> {
  const kinds = [taggedPng, taggedAvif, oddTiff, oddTiff];
  const kind = kinds[uniformInt(random, 0, kinds.length - 1)] ?? oddTiff;
  return kind(random);
}

function anyColour(random: RandomGenerator): Colour {
  const value = () => uniformInt(random, 0, 255);
  return [value(), value(), value()];
}

function filled(colour: readonly number[], channels = colour.length): Uint8Array {
  return Uint8Array.from({ length: channels * WIDTH * HEIGHT }, (_, i) => colour[i % channels] ?? 0);
}

/** Light of a value 0–1 by the numbers of ITU-T H.273; those that are left out need tone mapping. */
const curves: Readonly<Record<number, (x: number) => number>> = {
  4: (x) => x ** 2.2,
  5: (x) => x ** 2.8,
  8: (x) => x,
  13: (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4),
};

/** Linear RGB to linear sRGB, from the literature. */
const matrices: Readonly<Record<number, readonly number[]>> = {
  1: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  9: [1.660491, -0.587641, -0.07285, -0.12455, 1.1329, -0.008349, -0.018151, -0.100579, 1.11873],
  12: [1.2249401, -0.2249404, 0, -0.0420569, 1.0420571, 0, -0.0196376, -0.0786361, 1.0982735],
};

function shownBy(colour: Colour, primaries: number, curve: (x: number) => number): number[] | undefined {
  const matrix = matrices[primaries];
  if (matrix === undefined) return undefined;
  const light = colour.map((value) => curve(value / 255));
  return [0, 1, 2].map((row) => {
    const sum = light.reduce((total, value, i) => total + value * (matrix[3 * row + i] ?? 0), 0);
    const cut = Math.min(1, Math.max(0, sum));
    return 255 * (cut <= 0.0031308 ? 12.92 * cut : 1.055 * cut ** (1 / 2.4) - 0.055);
  });
}

const pick = <T>(random: RandomGenerator, values: readonly T[]): T | undefined =>
  values[uniformInt(random, 0, values.length - 1)];

const whites = [0.3127, 0.329];
const chromaticities: Readonly<Record<number, readonly number[]>> = {
  1: [...whites, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06],
  9: [...whites, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046],
  12: [...whites, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06],
};

async function taggedPng(random: RandomGenerator): Promise<OddColour> {
  const colour = anyColour(random);
  const chunks: Uint8Array[] = [];
  let shown: readonly number[] | undefined = colour;
  let tolerance = 3;
  const has = (share: number) => uniformFloat64(random) < share;
  // The lesser words come first; each that counts more replaces what was shown.
  if (has(0.5)) {
    const gamma = 0.2 + 0.8 * uniformFloat64(random);
    const primaries = pick(random, [undefined, 1, 9, 12]);
    chunks.push(gama(gamma));
    if (primaries !== undefined) chunks.push(chrm(...(chromaticities[primaries] ?? [])));
    const isUsual = primaries === undefined && Math.abs(gamma - 0.45455) < 0.002;
    shown = isUsual ? undefined : shownBy(colour, primaries ?? 1, (x) => x ** (1 / gamma));
  } else if (has(0.3)) {
    chunks.push(chrm(...Array.from({ length: 8 }, () => uniformFloat64(random))));
    shown = undefined;
  }
  if (has(0.3)) {
    chunks.push(pngChunk('sRGB', Uint8Array.of(uniformInt(random, 0, 3))));
    shown = colour;
  } else if (has(0.2)) {
    chunks.push(await profileChunk());
    shown = shownBy(colour, 12, curves[13] ?? ((x) => x));
    // Profiles are applied by lcms, which rounds more.
    tolerance = 5;
  }
  if (has(0.5)) {
    const [primaries = 1, transfer = 13] = [
      pick(random, [1, 9, 12, 3, 10]),
      pick(random, [4, 5, 8, 13, 16, 18, 200]),
    ];
    const [matrix = 0, range = 1] = [pick(random, [0, 0, 0, 1]), pick(random, [1, 1, 1, 0])];
    chunks.push(cicp(primaries, transfer, matrix, range));
    const curve = curves[transfer];
    shown =
      curve === undefined || matrix !== 0 || range !== 1 ? undefined : shownBy(colour, primaries, curve);
  }
  const bytes = withChunks(await sharpOf(filled(colour), WIDTH, HEIGHT).png().toBuffer(), ...chunks);
  return { what: 'png', bytes, tolerance, ...(shown === undefined ? {} : { shown }) };
}

let profile: Promise<Uint8Array> | undefined;

function profileChunk(): Promise<Uint8Array> {
  profile ??= (async () => {
    const tagged = await sharpOf(filled([1, 2, 3]), WIDTH, HEIGHT)
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const { icc = Buffer.alloc(0) } = await sharp(tagged).metadata();
    return pngChunk('iCCP', Buffer.concat([Buffer.from('p3\0\0', 'latin1'), deflateSync(icc)]));
  })();
  return profile;
}

async function taggedAvif(random: RandomGenerator): Promise<OddColour> {
  const colour = anyColour(random);
  const [primaries = 1, transfer = 13] = [
    pick(random, [1, 2, 9, 12, 40]),
    pick(random, [1, 4, 5, 8, 13, 16, 18, 90]),
  ];
  const avif = await sharpOf(filled(colour), WIDTH, HEIGHT)
    .avif({ quality: 100, chromaSubsampling: '4:4:4', effort: 0 })
    .toBuffer();
  const curve = curves[transfer === 1 ? 13 : transfer];
  // What the coder made of the colour is what is named.
  const coded = await sharp(avif).raw().toBuffer();
  const stored: Colour = [coded[0] ?? 0, coded[1] ?? 0, coded[2] ?? 0];
  const shown = curve === undefined ? undefined : shownBy(stored, primaries === 2 ? 1 : primaries, curve);
  return {
    what: `avif ${primaries}/${transfer}`,
    bytes: withNclx(avif, primaries, transfer),
    tolerance: 4,
    ...(shown && { shown }),
  };
}

async function oddTiff(random: RandomGenerator): Promise<OddColour> {
  const colour = anyColour(random);
  const little = uniformInt(random, 0, 1) === 1;
  const deep = uniformInt(random, 0, 3) === 0;
  const samples = (values: readonly number[]): Uint8Array => {
    const bytes = filled(values.map(Math.round));
    return deep ? Uint8Array.from({ length: 2 * bytes.length }, (_, i) => bytes[i >> 1] ?? 0) : bytes;
  };
  const bits = (count: number): TiffEntry => [
    'short',
    ...Array.from({ length: count }, () => (deep ? 16 : 8)),
  ];
  const made = (
    what: string,
    pixels: Uint8Array,
    entries: Record<number, TiffEntry>,
    shown?: readonly number[],
  ) => ({
    what: `tiff ${what}`,
    bytes: tiffOf(WIDTH, HEIGHT, pixels, entries, { little }),
    tolerance: 3,
    ...(shown && { shown }),
  });
  const [r, g, b] = colour;
  const [luma, grey] = [0.299 * r + 0.587 * g + 0.114 * b, [r, r, r]];
  const ycbcr = [luma, 128 + (b - luma) / 1.772, 128 + (r - luma) / 1.402];
  switch (uniformInt(random, 0, 9)) {
    case 0:
      return made('rgb', samples(colour), { 258: bits(3) }, colour);
    case 1:
      return made(
        'black is zero',
        samples([r]),
        { 258: bits(1), 262: ['short', 1], 277: ['short', 1] },
        grey,
      );
    case 2:
      return made(
        'white is zero',
        samples([255 - r]),
        { 258: bits(1), 262: ['short', 0], 277: ['short', 1] },
        grey,
      );
    case 3:
      return made(
        'alpha',
        samples([...colour, 255]),
        { 258: bits(4), 277: ['short', 4], 338: ['short', 2] },
        colour,
      );
    case 4: {
      const planes = [r, g, b].map((value) => samples([value]));
      return planar(
        made('planes', Buffer.concat(planes), { 258: bits(3), 284: ['short', 2] }, colour),
        planes,
        deep,
        little,
      );
    }
    case 5:
      return made('ycbcr', samples(ycbcr), { 258: bits(3), 262: ['short', 6], 530: ['short', 1, 1] }, colour);
    case 6:
      return made('ycbcr, reduced', samples(ycbcr), {
        258: bits(3),
        262: ['short', 6],
        530: ['short', 2, 2],
      });
    case 7:
      return made('lab', samples([luma, 128, 128]), {
        258: bits(3),
        262: ['short', pick(random, [8, 9, 10]) ?? 8],
      });
    case 8: {
      const odd = pick(random, [3, 5, 6, 10, 12, 14]) ?? 12;
      return made(`${odd} bits`, samples(colour), { 258: ['short', odd, odd, odd] });
    }
    default:
      return made('primaries', samples(colour), {
        258: bits(3),
        319: ['fraction', 0.7, 0.3, 0.2, 0.7, 0.1, 0.05],
      });
  }
}

/** The same file with a strip for each plane. */
function planar(file: OddColour, planes: readonly Uint8Array[], deep: boolean, little: boolean): OddColour {
  const size = planes[0]?.length ?? 0;
  const offsets = planes.map((_, i) => 8 + i * size);
  const bits = deep ? 16 : 8;
  const bytes = tiffOf(
    WIDTH,
    HEIGHT,
    Buffer.concat(planes),
    {
      258: ['short', bits, bits, bits],
      273: ['long', ...offsets],
      279: ['long', size, size, size],
      284: ['short', 2],
    },
    { little },
  );
  return { ...file, bytes };
}
