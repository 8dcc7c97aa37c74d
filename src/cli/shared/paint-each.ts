/** One content in many styles: painted together as long as nothing fails. */

import { performance } from 'node:perf_hooks';
import type {
  Picture,
  StyleChoice,
  StylizedImage,
  StylizeOptions,
  Stylizer,
} from '../../stylize/node/stylizer.ts';

/** Number of styles painted at once. Their pictures are in memory together, 12 bytes a pixel each. */
const TOGETHER = 16;

/** The result of a style. */
export type Painted =
  | {
      readonly picture: StylizedImage;
      /** The picture's share of the time. */
      readonly milliseconds: number;
    }
  | { readonly error: unknown };

/**
 * Paints a content in each of the styles, in their order. If painting them together fails, they are painted
 * singly, so that a faulty style spoils no other. Throws only the signal's reason, if aborted.
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
