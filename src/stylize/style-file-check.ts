/**
 * Checks whether a model can paint in the style of a file: it must have encoded the style,
 * and the shapes must fit.
 */

import { WeightsError } from '../errors.ts';
import { baseName } from '../files/names.ts';
import { STYLE_SIZE } from './defaults.ts';
import { input } from '../graph/ops/sources.ts';
import { sameShape } from '../graph/shape.ts';
import { encodeStyle, minimumSize } from '../networks/generator.ts';
import { Variables } from '../networks/parameters.ts';
import type { StyleFileInfo } from './style-file.ts';
import type { StylizerModel } from './style.ts';
import { styleSizeOf } from './style-size.ts';

/** The first digits of a SHA-256: enough to tell models apart. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, 8);
}

/**
 * Refuses a style file that `model` has not made, with the command that encodes its picture again. Also
 * refuses a file whose tensors are not those that the model makes of a picture of that size. Cheap: the graph
 * is built, not run.
 *
 * @param file path or name, for messages
 * @throws WeightsError
 */
export function checkStyleFile(info: StyleFileInfo, model: StylizerModel, file: string): void {
  if (info.model !== model.sha256) {
    throw new WeightsError({
      expected: `a style of the model in use, ${baseName(model.name)} (${shortHash(model.sha256)}),`,
      name: file,
      received: `one of model ${info.modelName} (${shortHash(info.model)})`,
      remedy: `encode it again: ${encodingCommand(info, model.name, file)}`,
    });
  }
  const [width, height] = [info.width, info.height];
  const expected = Math.min(width, height) < minimumSize(model.config) ? {} : shapesOf(model, width, height);
  const names = new Set([...Object.keys(expected), ...Object.keys(info.shapes)]);
  for (const name of names) {
    const [right, found] = [expected[name], info.shapes[name]];
    if (right !== undefined && found !== undefined && sameShape(right, found)) continue;
    throw new WeightsError({
      expected: right === undefined ? 'none' : `shape [${right.join(', ')}]`,
      name: `tensor "${name}" of a style of ${width}×${height} pixels`,
      received: found === undefined ? 'none' : `shape [${found.join(', ')}]`,
      where: file,
      remedy: 'it was made by an earlier version, or is damaged: encode the picture again',
    });
  }
}

/** Shapes of the tensors that the model keeps of a style of that size. */
function shapesOf(model: StylizerModel, width: number, height: number) {
  const outputs = encodeStyle(input('style', [1, 3, height, width]), new Variables(), model.config);
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
}

function encodingCommand(info: StyleFileInfo, model: string, file: string): string {
  const size = styleSizeOf(info);
  return [
    'wasserfarbe style encode',
    quoted(info.source ?? 'painting.jpg'),
    `-o ${quoted(file)}`,
    `--model ${quoted(model)}`,
    ...(size === STYLE_SIZE ? [] : [`--style-size ${size}`]),
    '--force',
  ].join(' ');
}

/** Quotes a word for a shell if it has spaces or other special characters. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
