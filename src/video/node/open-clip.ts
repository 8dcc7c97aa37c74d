/** Opening of clips of every kind. Node only. */

import { stat } from 'node:fs/promises';
import { openRegular } from '../../files/regular.ts';
import { HEAD_BYTES, recognise } from '../../images/formats.ts';
import { unopened } from '../../images/node/picture-file.ts';
import { openAnimation } from './animation.ts';
import type { Clip, OpenClipOptions } from './clip.ts';
import { isCutShort } from './cut-short.ts';
import { openPictureFolder } from './picture-folder.ts';

/**
 * Opens a clip: a folder of pictures by their names, an animated GIF or WebP, else a film. A file that is cut
 * short is read as far as it goes, with a warning.
 *
 * @throws ImageError if it is none; WasserfarbeError if films need a package that is not installed
 */
export async function openClip(path: string, options: OpenClipOptions): Promise<Clip> {
  const found = await stat(path).catch(unopened(path));
  if (found.isDirectory()) return openPictureFolder(path, options);
  const { except: _, ...ofFile } = options;
  const isPart = await isCutShort(path).catch(unopened(path));
  const clip = await openFile(path, { ...ofFile, isPart });
  if (isPart) {
    options.onWarning?.(`${path} ends before its pictures do: the rest is missing; fetch or export it again`);
  }
  return clip;
}

async function openFile(
  path: string,
  { isPart, ...options }: OpenClipOptions & { isPart: boolean },
): Promise<Clip> {
  if (await isPicture(path)) return openAnimation(path, { ...options, isPart });
  const { openFilm } = await import('./film.ts');
  return openFilm(path, options);
}

/** Whether a file begins as pictures do: films are larger than pictures may be. */
async function isPicture(path: string): Promise<boolean> {
  const { file } = await openRegular(path).catch(unopened(path));
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return 'format' in recognise(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
