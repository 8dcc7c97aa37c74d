/** One content in many styles: together, as long as all goes well. */

import { performance } from 'node:perf_hooks';
import type {
  Picture,
  StyleChoice,
  StylizedImage,
  StylizeOptions,
  Stylizer,
} from '../../stylize/node/stylizer.ts';

/** Styles that a content is painted in at once: their pictures are in memory together, 12 bytes a pixel each. */
const TOGETHER = 16;

/** What became of a style. */
export type Painted =
  | { readonly picture: StylizedImage /** Its share of the time. */; readonly milliseconds: number }
  | { readonly error: unknown };

/**
 * Paints a content in each of the styles, in their order. Where painting them together fails they are painted singly, so
 * that one that is to blame spoils no other. Throws the signal's reason if aborted, nothing else.
 */
export async function* paintEach(
  stylizer: Stylizer,
  picture: Picture,
  styles: readonly StyleChoice[],
  options: StylizeOptions,
): AsyncGenerator<Painted> {
  for (let i = 0; i < styles.length; i += TOGETHER) {
    yield* paintGroup(stylizer, picture, styles.slice(i, i + TOGETHER), options);
  }
}

async function* paintGroup(
  stylizer: Stylizer,
  picture: Picture,
  styles: readonly StyleChoice[],
  options: StylizeOptions,
): AsyncGenerator<Painted> {
  const started = performance.now();
  let pictures: readonly StylizedImage[];
  try {
    pictures = await stylizer.stylizeEach(picture, styles, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (styles.length === 1) yield { error };
    else for (const style of styles) yield* paintGroup(stylizer, picture, [style], options);
    return;
  }
  const milliseconds = (performance.now() - started) / styles.length;
  for (const painted of pictures) yield { picture: painted, milliseconds };
}
