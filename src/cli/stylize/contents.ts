/** The contents of a run: read from files or the standard input, resized and cropped as the flags say. */

import { type ImageSize, middleSquare, outputSize } from '../../images/image.ts';
import {
  inspectImage,
  type PictureSource,
  type ReadPicture,
  readPicture,
} from '../../images/node/image-file.ts';
import { contentRequest } from '../../stylize/calls.ts';
import { inputName, inputOf } from '../shared/standard-streams.ts';
import type { StylizeFlags } from './command.ts';

type SizeFlags = Pick<StylizeFlags, 'contentSize' | 'crop'>;

/** Describes a content; see `inspectImage`. */
export async function inspectContent(content: string): Promise<PictureSource> {
  return inspectImage(await inputOf(content), { name: inputName(content) });
}

/** Reads a content at the size that the flags ask for; see `readPicture`. */
export async function readContent(content: string, flags: SizeFlags): Promise<ReadPicture> {
  const request = { ...contentRequest(flags), name: inputName(content) };
  const picture = await readPicture(await inputOf(content), request);
  if (!flags.crop) return picture;
  const { image } = picture;
  return { ...picture, image: middleSquare(image, Math.min(image.width, image.height)) };
}

/** The size at which a content is painted. */
export function paintedSize(source: ImageSize, flags: SizeFlags): ImageSize {
  const { width, height } = outputSize(source, contentRequest(flags));
  if (!flags.crop) return { width, height };
  const side = Math.min(width, height);
  return { width: side, height: side };
}
