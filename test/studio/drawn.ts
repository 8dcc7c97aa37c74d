/** Drawn pictures as files. */

import sharp from 'sharp';
import { toSamples } from '../../src/images/image.ts';
import { drawnImage } from '../helpers/pictures.ts';

export async function drawnPng(width: number, height: number): Promise<Buffer> {
  const samples = toSamples(drawnImage(5, width, height), 8, 3);
  return sharp(samples, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
