/** The studio as a folder of static files, for any web server. Node only. */

import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import { knownFileError } from '../../files/read.ts';
import { headers } from '../headers.ts';
import { contentOf, studioFiles } from './files.ts';

/** The file from which several static hosts read headers; docs/studio.md covers others. */
const HEADERS_FILE = '_headers';

/**
 * Writes the studio into a new or empty folder.
 *
 * @returns the number of files
 * @throws WasserfarbeError if the folder is not empty or cannot be written, or a part of the package is
 *   missing
 */
export async function buildStudio(folder: string): Promise<number> {
  const files = await studioFiles();
  await write(folder, files).catch((cause: unknown) => {
    const received = knownFileError(cause);
    if (received === undefined) throw cause;
    const problem = { expected: 'a new or empty folder', name: '--output', received, where: folder };
    throw new WasserfarbeError(problem, { cause });
  });
  return files.size + 1;
}

async function write(folder: string, files: Awaited<ReturnType<typeof studioFiles>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new WasserfarbeError({
      expected: 'a new or empty folder',
      name: '--output',
      received: folder,
      remedy: 'choose another one, or empty it',
    });
  }
  for (const [address, file] of files) {
    const path = join(folder, address);
    await mkdir(dirname(path), { recursive: true });
    if ('path' in file) await copyFile(file.path, path);
    else await writeFile(path, await contentOf(file));
  }
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  await writeFile(join(folder, HEADERS_FILE), `/*\n${lines.join('\n')}\n`);
}
