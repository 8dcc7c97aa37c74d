/** Opening of clips of every kind. Node only. */

import { stat } from 'node:fs/promises';
import { unopened } from '../../images/node/picture-file.ts';
import { openAnimation } from './animation.ts';
import type { Clip, OpenClipOptions } from './clip.ts';
import { openPictureFolder } from './picture-folder.ts';

/**
 * Opens a clip: a folder of pictures by their names, an animated GIF or WebP, else a film.
 *
 * @throws ImageError if it is none; WasserfarbeError if films need a package that is not installed
 */
export async function openClip(path: string, options: OpenClipOptions): Promise<Clip> {
  const found = await stat(path).catch(unopened(path));
  if (found.isDirectory()) return openPictureFolder(path, options);
  const animation = await openAnimation(path, options);
  if (animation !== undefined) return animation;
  const { openFilm } = await import('./film.ts');
  return openFilm(path, options);
}
