/**
 * One picture of 512² from the command line of an installed package, beside what starts with it, in turns:
 *
 *   npm run build && npm pack && mkdir -p out/cold && npm install --prefix out/cold ./wasserfarbe-0.1.0.tgz
 *   npx tsx bench/cold.ts --folder out/cold --runs 10
 */

import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { photographs, readPhotograph } from '../demo/photographs.ts';
import { styles } from '../demo/styles/index.ts';
import { middleSquare } from '../src/images/image.ts';
import { readImage, writeImage } from '../src/images/node/image-file.ts';

const { values } = parseArgs({
  options: { folder: { type: 'string', default: 'out/cold' }, runs: { type: 'string', default: '10' } },
});
const folder = resolve(values.folder);
const { image } = await readPhotograph(photographs[0], 512);
await writeImage(middleSquare(image, 512), join(folder, 'photo.jpg'));
await writeImage(await readImage((await styles[0]?.draw(512)) ?? ''), join(folder, 'painting.jpg'));

const main = join('node_modules', 'wasserfarbe', 'dist', 'cli', 'main.js');
/** Paints until the machine is warm, and prints the milliseconds of one painting. */
const warm = `
  import { loadStylizer, readImage } from 'wasserfarbe';
  const [stylizer, photo, painting] = await Promise.all(
    [loadStylizer(), readImage('photo.jpg'), readImage('painting.jpg')]);
  let started = 0;
  for (let i = 0; i < 4; i++) {
    started = performance.now();
    await stylizer.stylize(photo, await stylizer.prepareStyle(painting));
  }
  console.log(performance.now() - started);
  await stylizer.dispose();`;
const module = (text: string) => ['--input-type', 'module', '--eval', text];
const cases: Readonly<Record<string, readonly string[]>> = {
  'painting, warm': module(warm),
  'node -e 0': ['--eval', '0'],
  sharp: module("import 'sharp'"),
  'onnxruntime-node': module("process.env.ORT_DISABLE_TELEMETRY = '1'; await import('onnxruntime-node')"),
  'command line': [
    ...[main, 'stylize', '--content', 'photo.jpg', '--style', 'painting.jpg', '-o', 'out.png'],
    ...['--force', '--quiet'],
  ],
};

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
for (let i = 0; i < Number(values.runs); i++) {
  for (const [name, args] of Object.entries(cases)) {
    const started = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const printed = Number.parseFloat(stdout);
    times.get(name)?.push(Number.isNaN(printed) ? performance.now() - started : printed);
  }
}
const median = (list: readonly number[] = []) =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
for (const [name, list] of times) {
  const ratio = median(list) / median(times.get('painting, warm'));
  const least = Math.min(...list).toFixed(0);
  console.log(
    `${name.padEnd(18)} ${median(list).toFixed(0)} ms, least ${least}, ${ratio.toFixed(2)} paintings`,
  );
}
