/**
 * MicroAST's pictures for an evaluation that has saved its own.
 * `wasserfarbe evaluate --pictures microast=FOLDER` then measures them by the same protocol.
 *
 *   npx tsx bench/microast-pictures.ts --weights ../shared/weights \
 *     --pictures evaluation/pictures --out out/microast
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readEvaluation } from '../src/evaluation/node/evaluation-files.ts';
import { readSquare } from '../src/evaluation/node/squares.ts';
import { outputStem, stemOf } from '../src/files/names.ts';
import { listImages, readImage, writeImage } from '../src/images/node/image-file.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { microAstMethod, readMicroAst } from './microast.ts';

const { values } = parseArgs({
  options: {
    /** Folder of MicroAST's weights. */
    weights: { type: 'string', default: '../shared/weights' },
    /** The folder with an evaluation's `contents` and `styles`, whose pairs are painted. */
    pictures: { type: 'string', default: 'evaluation/pictures' },
    out: { type: 'string', default: 'out/microast' },
  },
});

const contents = await listImages(join(values.pictures, 'contents'));
const styles = await listImages(join(values.pictures, 'styles'));
const { results } = await readEvaluation(join(values.pictures, '..', 'evaluation.json'));
const wanted = new Set(results.map(({ content, style }) => outputStem(stemOf(content), stemOf(style))));
const { width: size } = await readImage(contents[0] ?? '');
const runtime = createRuntime();
const method = await microAstMethod(await readMicroAst(values.weights), runtime, size);
for (const style of styles) {
  const stylize = await method.prepare(await readSquare(style, size));
  for (const content of contents) {
    const name = outputStem(stemOf(content), stemOf(style));
    if (!wanted.has(name)) continue;
    await writeImage(await stylize(await readSquare(content, size)), join(values.out, `${name}.png`));
  }
}
await method.dispose();
await runtime.dispose();
