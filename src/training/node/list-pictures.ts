/** The pictures of a folder of training, with their names in it. Node only. */

import { basename, relative, sep } from 'node:path';
import { innerFolders } from '../../files/walk.ts';
import { pictureEndings } from '../../images/formats.ts';
import { listImages } from '../../images/node/image-file.ts';

/**
 * Paths, and names that begin with the folders inside, such as `monet/1.jpg`, sorted by name.
 *
 * @throws as `listImages`
 */
export async function listPictures(
  folder: string,
  recursive = false,
): Promise<{ readonly path: string; readonly name: string }[]> {
  const paths = await listImages(folder, { recursive });
  return paths.map((path) => ({ path, name: relative(folder, path).split(sep).join('/') || basename(path) }));
}

/** Whether a list of file names, with or without folders, has a picture; without a list it has all. */
export function isWanted(name: string, list?: ReadonlySet<string>): boolean {
  return list === undefined || list.has(name) || list.has(basename(name));
}

/** The number of folders inside a folder that hold pictures which are not used; 0 for a pack. */
export async function passedOver(folder: string): Promise<number> {
  return innerFolders(folder, { endings: pictureEndings }).catch(() => 0);
}
