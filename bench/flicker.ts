/**
 * Flicker of painted clips whose motion is drawn, frame by frame and steadied, and a strip of frames:
 *
 *   npx tsx bench/flicker.ts --pairs 3 --strip strip.webp
 *   npx tsx bench/flicker.ts --content-dir photos --style-dir paintings --eye vgg19.safetensors
 *
 * Without folders it takes the photographs and drawn styles of the demo.
 * For each scene it prints root mean squares (0–1), their ratio, and the strokes (T) of the last frames.
 */

import { parseArgs } from 'node:util';
import { styles as drawnStyles } from '../demo/styles/index.ts';
import { createEye } from '../src/evaluation/eye.ts';
import { drawClip, flicker, sceneNames } from '../src/evaluation/flicker.ts';
import { paintedAgainst, paintedContent, paintedStyle } from '../src/evaluation/painted.ts';
import { writeFileAtomic } from '../src/files/write.ts';
import { cropImage, type RgbImage } from '../src/images/image.ts';
import { contactSheet } from '../src/images/node/contact-sheet.ts';
import { readImage } from '../src/images/node/image-file.ts';
import { EYE, readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { STEADINESS, steadyAll } from '../src/video/steady.ts';
import sharp from 'sharp';
import { photographSquares, spread, spreadSquares } from './spread.ts';

const { values } = parseArgs({
  options: {
    'content-dir': { type: 'string' },
    'style-dir': { type: 'string' },
    scenes: { type: 'string', default: sceneNames.join() },
    /** Number of pairs, made of evenly spaced pictures of each folder. */
    pairs: { type: 'string', default: '4' },
    /** Side of the photographs; frames are smaller by twice the margin. */
    size: { type: 'string', default: '512' },
    frames: { type: 'string', default: '12' },
    steadiness: { type: 'string', default: `${STEADINESS}` },
    model: { type: 'string', default: 'slim' },
    eye: { type: 'string', default: EYE },
    threads: { type: 'string', default: '2' },
    /** A picture of the first pair's frames. */
    strip: { type: 'string' },
  },
});
const [pairs, size, count] = [Number(values.pairs), Number(values.size), Number(values.frames)];
const [steadiness, threads] = [Number(values.steadiness), Number(values.threads)];
/** Pixels in which the camera can move. */
const margin = 3 * count + 4;
const contents = await photographSquares(values['content-dir'], pairs, size);
const styles = await (values['style-dir'] === undefined
  ? Promise.all(spread(drawnStyles, pairs).map(async ({ draw }) => readImage(await draw(size))))
  : spreadSquares(values['style-dir'], pairs, size));
const stylizer = await loadStylizer({ threads, model: values.model });
const runtime = createRuntime({ threads });
const eye = await createEye(await readLossNetwork(values.eye), runtime);

for (const scene of sceneNames.filter((name) => values.scenes.split(',').includes(name))) {
  const sums = { plain: 0, steady: 0, plainStrokes: 0, steadyStrokes: 0 };
  for (const [i, content] of contents.entries()) {
    const picture = styles[i] ?? content;
    const style = await stylizer.prepareStyle(picture);
    const { frames, motions } = drawClip(content, scene, count, margin);
    const plain: RgbImage[] = [];
    for (const frame of frames) plain.push(await stylizer.stylize(frame, style));
    const held = steadyAll(frames, plain, steadiness);
    sums.plain += flicker(plain, motions) / pairs;
    sums.steady += flicker(held, motions) / pairs;
    const [shown, one, other] = [frames, plain, held].map((list) => list.at(-1));
    if (shown === undefined || one === undefined || other === undefined) continue;
    const measure = await paintedAgainst(eye, await paintedStyle(eye, picture), paintedContent(shown));
    sums.plainStrokes += ((await measure(one)).strokes ?? 0) / pairs;
    sums.steadyStrokes += ((await measure(other)).strokes ?? 0) / pairs;
    if (scene === 'pan' && i === 0 && values.strip !== undefined)
      await strip(values.strip, frames, plain, held);
  }
  const [plain, held] = [sums.plain.toFixed(4), sums.steady.toFixed(4)];
  const [t, own] = [sums.plainStrokes.toFixed(3), sums.steadyStrokes.toFixed(3)];
  const ratio = (sums.steady / sums.plain).toFixed(2);
  console.log(`${scene}: flicker ${plain} frame by frame, ${held} steadied (${ratio}); T ${t} and ${own}`);
}
await eye.dispose();
await stylizer.dispose();
await runtime.dispose();

/** A quarter of every third frame: frames, paintings, steadied paintings. */
async function strip(path: string, ...rows: readonly (readonly RgbImage[])[]): Promise<void> {
  const labels = ['frames', 'each for itself', 'steadied'];
  const cells = rows.map((row) =>
    row
      .filter((_, i) => i % 3 === 0)
      .map((image) => {
        const side = Math.floor(image.width / 2);
        return cropImage(image, { left: side >> 1, top: side >> 1, width: side, height: side });
      }),
  );
  const sheet = await contactSheet({
    rows: labels.map((label, i) => ({ label, image: cells[i]?.[0] ?? (rows[i]?.[0] as RgbImage) })),
    columns: (cells[0] ?? []).map((_, i) => ({ label: `frame ${3 * i + 1}` })),
    cells,
    cellSize: 240,
  });
  await writeFileAtomic(path, await sharp(sheet).webp({ quality: 88 }).toBuffer());
}
