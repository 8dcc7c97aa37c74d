/** The output files of contents and styles, and what lies there already. */

import { lstat, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { ImageError } from '../../errors.ts';
import { cutName, LONGEST_NAME, outputStem, stemOf } from '../../files/names.ts';
import { formatOfPath, writtenEndings } from '../../images/formats.ts';
import { inspectImage, readPicture } from '../../images/node/image-file.ts';
import { UsageError } from './failure.ts';
import { DASH, inputName, inputOf } from './standard-streams.ts';

/** One picture to paint. */
export interface Pair {
  readonly content: string;
  readonly style: string;
  readonly output: string;
}

/** Where the results of a run go. */
export interface Outputs {
  /** A file, a folder, or `-` for the standard output. */
  readonly output: string;
  /** The ending of a result in a folder. */
  ending(content: string): string;
  /** Folders of contents inside of the one that was named. They are kept in the output. */
  readonly within: ReadonlyMap<string, string>;
}

/** Whether an output is a folder, in which results have names of their own. */
export async function isFolder(output: string): Promise<boolean> {
  if (output === DASH) return false;
  return (
    output.endsWith('/') || output.endsWith(sep) || extname(output) === '' || (await isDirectory(output))
  );
}

/**
 * Every content with every style, and the output of each: `output` itself if it is a file name and there is
 * one pair, otherwise `{content}_stylized_{style}.{ending}` in the folder `output`.
 *
 * @throws UsageError if there are more pairs than the one file that `output` names
 */
export async function planPairs(
  contents: readonly string[],
  styles: readonly string[],
  { output, ending, within }: Outputs,
): Promise<Pair[]> {
  if (!(await isFolder(output))) {
    const [content, style] = [contents[0], styles[0]];
    if (contents.length * styles.length > 1) {
      const received = `${output} for ${contents.length * styles.length} pictures`;
      throw new UsageError({ expected: 'a folder', name: '--output', received });
    }
    if (output !== DASH && formatOfPath(output) === undefined) {
      const expected = `the ending ${writtenEndings}`;
      throw new UsageError({ expected, name: '--output', received: output });
    }
    return content === undefined || style === undefined ? [] : [{ content, style, output }];
  }
  const place = placesIn(output, within);
  // Contents are the outer loop, so that each is decoded and encoded once for all styles.
  return contents.flatMap((content) =>
    styles.map((style) => {
      const path = place(content, outputStem(nameOf(content), nameOf(style)));
      return { content, style, output: `${path}.${ending(content)}` };
    }),
  );
}

/** Gives each result a path of its own, without an ending, in the folder `output` or inside of it. */
export function placesIn(output: string, within: Outputs['within']): (input: string, stem: string) => string {
  const taken = new Map<string, Set<string>>();
  return (input, stem) => {
    const folder = join(output, within.get(input) ?? '');
    // Folders that differ only in case are one on some file systems.
    const key = folder.toLowerCase();
    const names = taken.get(key) ?? new Set();
    taken.set(key, names);
    return join(folder, unique(stem, names));
  };
}

/** The name of an input in those of results. */
export function nameOf(input: string): string {
  return input === DASH ? 'stdin' : stemOf(input);
}

/** Room for an ending, and for a number that makes names unique. */
const ROOM = 16;

/** A name not taken yet: pictures of one name in several folders or formats must not become one file. */
function unique(long: string, taken: Set<string>): string {
  const name = cutName(long, LONGEST_NAME - ROOM);
  let candidate = name;
  // Names that differ only in case are one on some file systems.
  for (let i = 2; taken.has(candidate.toLowerCase()); i++) candidate = `${name}-${i}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}

/** Pixels a side at which faults are looked for. */
const LITTLE = 64;

/** Lines about faults of a picture, and colours that are not shown as it names them; none for other files. */
export async function warningsOf(path: string): Promise<readonly string[]> {
  try {
    const [picture, name] = [await inputOf(path), inputName(path)];
    const { format, warnings } = await inspectImage(picture, { name });
    // Of the other formats what ends early is refused. Reduced, a JPEG is read in a moment.
    if (format !== 'jpeg') return warnings;
    return (await readPicture(picture, { name, longSide: LITTLE })).source.warnings;
  } catch {
    return [];
  }
}

/** Whether anything is at a path, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The refusal to write over a file. */
export function existing(output: string): ImageError {
  return new ImageError({
    expected: 'a new file',
    name: '--output',
    received: `${output}, which exists`,
    remedy: 'add --force to write over it',
  });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
