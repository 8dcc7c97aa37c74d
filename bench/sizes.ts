/**
 * Paints each photograph at short sides of 512 and 2,048 pixels and a long side of 6,000. It measures how far
 * the results differ, reduced to 512, in the mean (of 255) and by SSIM. `--crops` keeps crops of the largest
 * result at full size, next to its photograph.
 *
 *   npx tsx bench/sizes.ts --model slim --photographs photo.jpg … --styles painting.jpg … \
 *     [--crops out/crops]
 */

import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { luminance } from '../src/evaluation/luminance.ts';
import { ssimAgainst } from '../src/evaluation/ssim.ts';
import { cropImage, type RgbImage } from '../src/images/image.ts';
import { readImage, resizeImage, writeImage } from '../src/images/node/image-file.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'slim' },
    photographs: { type: 'string', multiple: true, default: [] },
    styles: { type: 'string', multiple: true, default: [] },
    crops: { type: 'string' },
  },
});
const stylizer = await loadStylizer({ model: values.model });
const requests = { '512': { shortSide: 512 }, '2048': { shortSide: 2048 }, '6000': { longSide: 6000 } };
const clamped = (image: RgbImage): RgbImage => ({
  width: image.width,
  height: image.height,
  data: image.data.map((v) => Math.min(1, Math.max(0, Math.round(255 * v) / 255))),
});

if (values.crops !== undefined) await mkdir(values.crops, { recursive: true });
for (const [i, photograph] of values.photographs.entries()) {
  const style = values.styles[i % values.styles.length] ?? '';
  const encoded = await stylizer.prepareStyle(style);
  const original = await readImage(photograph);
  const reduced: RgbImage[] = [];
  for (const [name, request] of Object.entries(requests)) {
    const content = await resizeImage(original, request);
    const painted = clamped(await stylizer.stylize(content, encoded));
    reduced.push(await resizeImage(painted, { shortSide: 512 }));
    if (name !== '6000' || values.crops === undefined) continue;
    const size = 700;
    const left = Math.round((painted.width - size) * 0.45);
    const top = Math.round((painted.height - size) * 0.4);
    const area = { left, top, width: size, height: size };
    const file = join(values.crops, `${i + 1}`);
    await writeImage(cropImage(content, area), `${file}-photograph.png`);
    await writeImage(cropImage(painted, area), `${file}-painting.png`);
  }
  const [first, ...others] = reduced;
  if (first === undefined) continue;
  const lines = others.map((other) => {
    const sum = other.data.reduce((total, v, k) => total + Math.abs(v - (first.data[k] ?? Number.NaN)), 0);
    const likeness = ssimAgainst(luminance(first))(luminance(other));
    return `${((255 * sum) / other.data.length).toFixed(2)} of 255, SSIM ${likeness.toFixed(3)}`;
  });
  console.log(`${basename(photograph)} in ${basename(style)}: 2048 ${lines[0]}; 6000 ${lines[1]}`);
}
await stylizer.dispose();
