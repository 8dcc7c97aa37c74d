/** The formats in which the pictures of a run are written where no file name says it. */

import { type ImageFormat, formatOfPath, holdsAlpha } from '../../images/formats.ts';
import { inspectImage } from '../../images/node/image-file.ts';
import { holdsAlphaItem } from '../../images/node/heic.ts';
import { type ReportedErrors, UsageError } from '../shared/failure.ts';
import { isFolder } from '../shared/inputs.ts';
import { DASH, inputOf } from '../shared/standard-streams.ts';
import type { StylizeFlags } from './command.ts';

/** The format of pictures without an alpha channel, by its ending. */
const USUAL = 'jpg';
/** The format of pictures with it. */
const TRANSPARENT = 'png';

/**
 * The ending of each content's results: that of `--format`, else one that keeps its alpha channel. Says of
 * how many contents that is so.
 *
 * @throws UsageError if the output is a file of another format
 */
export async function endingsOf(
  contents: readonly string[],
  { format, output }: StylizeFlags,
  reported: ReportedErrors,
): Promise<(content: string) => string> {
  const inFolder = await isFolder(output);
  if (format !== undefined) {
    const named = formatOfPath(output);
    if (!inFolder && named !== undefined && named !== streamFormat(format)) {
      const remedy = 'leave --format out, or name the file otherwise';
      throw new UsageError({
        expected: `the format of ${output}`,
        name: '--format',
        received: format,
        remedy,
      });
    }
    return () => format;
  }
  if (!inFolder && output !== DASH) return () => USUAL;
  const transparent = new Set<string>();
  for (const content of contents) if ((await usualEnding(content)) === TRANSPARENT) transparent.add(content);
  if (inFolder && transparent.size > 0) {
    const pictures = transparent.size === 1 ? '1 picture' : `${transparent.size} pictures`;
    reported.notice(
      `${pictures} with an alpha channel: written as ${TRANSPARENT.toUpperCase()}; --format webp keeps it too, --format ${USUAL} lays it on white`,
    );
  }
  return (content) => (transparent.has(content) ? TRANSPARENT : USUAL);
}

/** The format of what goes to the standard output. */
export function streamFormat(ending: string): ImageFormat {
  return formatOfPath(`x.${ending}`) ?? 'jpeg';
}

/**
 * The ending that keeps a picture's alpha channel, if it has one. Most photographs are JPEGs, which need not
 * be opened for it, or HEIC, which need not be decoded.
 */
export async function usualEnding(content: string): Promise<string> {
  const named = formatOfPath(content);
  if (named !== undefined && !holdsAlpha(named)) return USUAL;
  if (/\.hei[cf]$/i.test(content) && !(await holdsAlphaItem(content))) return USUAL;
  return inspectImage(await inputOf(content)).then(
    ({ hasAlpha }) => (hasAlpha ? TRANSPARENT : USUAL),
    () => USUAL,
  );
}
