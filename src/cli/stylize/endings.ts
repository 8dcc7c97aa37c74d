/** The formats in which the pictures of a run are written where no file name says it. */

import { type ImageFormat, formatOfPath, holdsAlpha } from '../../images/formats.ts';
import { inspectImage } from '../../images/node/image-file.ts';
import type { ReportedErrors } from '../shared/failure.ts';
import { isFolder } from '../shared/inputs.ts';
import { DASH, inputOf } from '../shared/standard-streams.ts';
import type { StylizeFlags } from './command.ts';

/** The format of pictures without transparency, by its ending. */
const USUAL = 'jpg';
/** The format of pictures with it. */
const TRANSPARENT = 'png';

/**
 * The ending of each content's results: that of `--format`, else one that keeps its transparency. Says of how
 * many contents that is so.
 */
export async function endingsOf(
  contents: readonly string[],
  { format, output }: StylizeFlags,
  reported: ReportedErrors,
): Promise<(content: string) => string> {
  if (format !== undefined) return () => format;
  const inFolder = await isFolder(output);
  if (!inFolder && output !== DASH) return () => USUAL;
  const transparent = new Set<string>();
  for (const content of contents) if ((await usualEnding(content)) === TRANSPARENT) transparent.add(content);
  if (inFolder && transparent.size > 0) {
    const pictures = transparent.size === 1 ? '1 picture' : `${transparent.size} pictures`;
    reported.notice(
      `${pictures} with transparency: written as ${TRANSPARENT.toUpperCase()}; --format webp keeps it too, --format ${USUAL} lays it on white`,
    );
  }
  return (content) => (transparent.has(content) ? TRANSPARENT : USUAL);
}

/** The format of what goes to the standard output. */
export function streamFormat(ending: string): ImageFormat {
  return formatOfPath(`x.${ending}`) ?? 'jpeg';
}

/**
 * The ending that keeps a picture's transparency, if it has any. Most photographs are JPEGs, which need not
 * be opened for it.
 */
export async function usualEnding(content: string): Promise<string> {
  const named = formatOfPath(content);
  if (named !== undefined && !holdsAlpha(named)) return USUAL;
  return inspectImage(await inputOf(content)).then(
    ({ hasAlpha }) => (hasAlpha ? TRANSPARENT : USUAL),
    () => USUAL,
  );
}
