/** The work of `wasserfarbe style`. */

import { stat } from 'node:fs/promises';
import { extname, sep } from 'node:path';
import { defined } from '../defined.ts';
import { WeightsError } from '../errors.ts';
import { stemOf } from '../files/names.ts';
import { readImage, writeImage } from '../images/node/image-file.ts';
import { readStyleBytes } from '../stylize/node/style-files.ts';
import { decodeStyleFile, readStyleFileInfo } from '../stylize/style-file.ts';
import { shortHash } from '../stylize/style-file-check.ts';
import { checkApart } from './shared/apart.ts';
import { exitCodes, interruption, ReportedErrors, required, UsageError } from './shared/failure.ts';
import { loadChosen } from './shared/flags.ts';
import { findPictures, type Found, STYLE_ENDING } from './shared/find.ts';
import { existing, exists, placesIn, warningsOf } from './shared/inputs.ts';
import type { StyleEncodeFlags, StyleThumbnailFlags } from './style.ts';
import { say, sayJson, tell } from './shared/output.ts';
import { visible } from '../visible.ts';

/** A picture and the style file made from it. */
interface Planned {
  readonly picture: string;
  readonly output: string;
}

/**
 * Encodes all pictures that can be encoded. Continues past bad ones, and ends with an
 * error if there were any.
 */
export async function encodeStyles(paths: readonly string[], flags: StyleEncodeFlags): Promise<void> {
  const { signal, end } = interruption();
  const reported = new ReportedErrors();
  try {
    const { recursive = false, output } = flags;
    const found = await findPictures(paths, { recursive, except: output });
    for (const error of found.errors) reported.add(error);
    for (const line of found.notices) reported.notice(line);
    const planned = await planStyles(found, output);
    await checkApart(
      planned.map((plan) => plan.output),
      found.files,
    );
    const wanted = flags.force ? planned : await withoutExisting(planned, reported);
    if (wanted.length > 0) await encodeAll(wanted, flags, reported, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    end();
  }
  if (signal.aborted) {
    tell('wasserfarbe: interrupted');
    reported.exitCode = exitCodes.interrupted;
  }
  reported.end();
}

async function encodeAll(
  planned: readonly Planned[],
  flags: StyleEncodeFlags,
  reported: ReportedErrors,
  signal: AbortSignal,
): Promise<void> {
  const { styleSize } = flags;
  const stylizer = await loadChosen(flags);
  try {
    for (const { picture, output } of planned) {
      const started = performance.now();
      try {
        const style = await stylizer.prepareStyle(picture, defined({ size: styleSize, signal }));
        for (const line of await warningsOf(picture)) reported.warn(line);
        signal.throwIfAborted();
        await stylizer.saveStyle(style, output, { picture });
        const { size: bytes } = await stat(output);
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        say(`${visible(output)}  ${style.width}×${style.height}  ${kilobytes(bytes)}  ${seconds} s`);
      } catch (error) {
        if (signal.aborted) return;
        reported.add(error);
      }
    }
  } finally {
    await stylizer.dispose();
  }
}

/**
 * The output of each picture: `output` itself if that is a style file and there is one picture, else a file
 * in the folder of that name, which keeps the folders inside of those that are named.
 */
async function planStyles({ files: pictures, within }: Found, output: string): Promise<Planned[]> {
  const there = await stat(output).catch(() => undefined);
  const isFolder =
    output.endsWith('/') || output.endsWith(sep) || extname(output) === '' || there?.isDirectory() === true;
  if (!isFolder) {
    if (extname(output).toLowerCase() !== STYLE_ENDING) {
      const expected = `the ending ${STYLE_ENDING}, or a folder`;
      throw new UsageError({ expected, name: '--output', received: output });
    }
    if (pictures.length > 1) {
      const received = `${output} for ${pictures.length} pictures`;
      throw new UsageError({ expected: 'a folder', name: '--output', received });
    }
    return pictures.map((picture) => ({ picture, output }));
  }
  const place = placesIn(output, within);
  return pictures.map((picture) => ({ picture, output: place(picture, stemOf(picture)) + STYLE_ENDING }));
}

/** Leaves out existing outputs. A single one is an error; among many they are the work of an earlier run. */
async function withoutExisting(planned: readonly Planned[], reported: ReportedErrors): Promise<Planned[]> {
  const there = await Promise.all(planned.map(({ output }) => exists(output)));
  const kept = planned.filter((_, i) => there[i]);
  const [only] = planned;
  if (planned.length === 1 && only !== undefined && kept.length === 1) {
    reported.add(existing(only.output));
  } else if (kept.length > 0) {
    tell(`wasserfarbe: kept existing files: ${kept.length}; --force writes over them`);
  }
  return planned.filter((_, i) => !there[i]);
}

/** Prints the information in a style file, after checking that the file is intact. */
export async function describeStyle(file: string, json: boolean): Promise<void> {
  const bytes = await readStyleBytes(file);
  const { model, modelName, width, height, source, version, thumbnail, shapes } = readStyleFileInfo(
    bytes,
    file,
  );
  await decodeStyleFile(bytes, file);
  if (json) {
    const document = {
      file,
      bytes: bytes.length,
      model: { name: modelName, sha256: model },
      width,
      height,
      source: source ?? null,
      version: version ?? null,
      thumbnail: thumbnail === undefined ? null : { type: thumbnail.type, bytes: thumbnail.bytes.length },
      tensors: shapes,
    };
    sayJson(document);
    return;
  }
  const lines = [
    ['source', source ?? 'not named'],
    ['size', `${width}×${height} pixels`],
    ['model', `${modelName} (${shortHash(model)})`],
    ['tensors', Object.keys(shapes).join(', ')],
    [
      'thumbnail',
      thumbnail === undefined ? 'none' : `${thumbnail.type}, ${kilobytes(thumbnail.bytes.length)}`,
    ],
    ['file', `${kilobytes(bytes.length)}, written by wasserfarbe ${version ?? 'of unknown version'}`],
  ];
  say(
    [visible(file), ...lines.map(([name = '', text]) => `  ${name.padEnd(10)} ${visible(text ?? '')}`)].join(
      '\n',
    ),
  );
}

/** Writes the thumbnail as a picture in the format of the ending. */
export async function extractThumbnail(file: string, flags: StyleThumbnailFlags): Promise<void> {
  const output = required(flags.output, 'a picture file', '--output');
  const { thumbnail } = readStyleFileInfo(await readStyleBytes(file), file);
  if (thumbnail === undefined) {
    throw new WeightsError({
      expected: 'a style file with a thumbnail',
      name: file,
      received: 'one without',
    });
  }
  await checkApart([output], [file]);
  if (!flags.force && (await exists(output))) throw existing(output);
  const picture = await readImage(thumbnail.bytes, { name: `the thumbnail of ${file}` });
  await writeImage(picture, output);
  say(`${visible(output)}  ${picture.width}×${picture.height}`);
}

function kilobytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1000))} kB`;
}
