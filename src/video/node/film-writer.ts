/** Painted frames as a film, by mediabunny. Node only. */

import { mkdir, rename } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { takeOver, writeTarget } from '../../files/target.ts';
import { forgetTemporary, pathBeside, removeTemporary } from '../../files/temporary.ts';
import { inspectImage, readImage } from '../../images/node/image-file.ts';
import {
  addPictures,
  addSound,
  bitrateOf,
  FILM_QUALITY,
  type Mediabunny,
  type Pictures,
  type Sound,
} from '../film-tracks.ts';
import { beginningOf } from '../film-times.ts';
import type { FrameFile } from './animation.ts';
import { mediabunny } from './mediabunny.ts';
import { removeDates } from './undated.ts';

type FilmOutput = import('mediabunny').Output;

export interface WriteFilmOptions {
  /** A film whose sound and tags are kept. */
  readonly source?: string | undefined;
  /** 1–100, default 80. */
  readonly quality?: number | undefined;
  /** Aborting rejects with the signal's reason, and leaves nothing. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a film, whole or not at all: H.264 in .mp4, .mov and .mkv, VP9 in .webm, tagged BT.709.
 *
 * @throws WasserfarbeError if it cannot be written
 */
export async function writeFilm(
  path: string,
  frames: readonly FrameFile[],
  { source, quality = FILM_QUALITY, signal }: WriteFilmOptions = {},
): Promise<void> {
  const bunny = await mediabunny();
  let temporary = '';
  try {
    const target = await writeTarget(path);
    await mkdir(dirname(target.path), { recursive: true });
    temporary = pathBeside(target.path, extname(path));
    const bitrate = await bitrateFor(frames, quality);
    const film = new bunny.Output({
      format: formatOf(bunny, path),
      target: new bunny.FilePathTarget(temporary),
    });
    await writeTracks(bunny, film, frames, { source, quality, bitrate, signal });
    if (film.format instanceof bunny.IsobmffOutputFormat) await removeDates(temporary);
    await takeOver(temporary, target);
    await rename(temporary, target.path);
    forgetTemporary(temporary);
  } catch (cause) {
    if (temporary !== '') await removeTemporary(temporary);
    signal?.throwIfAborted();
    if (cause instanceof WasserfarbeError) throw cause;
    const said = cause instanceof Error && !('code' in cause) ? cause.message : explainFileError(cause);
    const [received = ''] = said.split('\n');
    throw new WasserfarbeError({ expected: 'a film that can be written', name: path, received }, { cause });
  }
}

async function bitrateFor(frames: readonly FrameFile[], quality: number): Promise<number> {
  const [first] = frames;
  if (first === undefined) throw new WasserfarbeError('expected frames for a film but received none');
  const seconds = frames.reduce((sum, { duration }) => sum + duration, 0);
  return bitrateOf(await inspectImage(first.path), frames.length, seconds, quality);
}

async function writeTracks(
  bunny: Mediabunny,
  film: FilmOutput,
  frames: readonly FrameFile[],
  { source, quality, bitrate, signal }: WriteFilmOptions & { quality: number; bitrate: number },
): Promise<void> {
  const pictures = addPictures(bunny, film, {
    codec: film.format instanceof bunny.WebMOutputFormat ? 'vp9' : 'avc',
    quality,
    bitrate,
    hardwareAcceleration: 'prefer-software',
  });
  const input =
    source === undefined
      ? undefined
      : new bunny.Input({ formats: bunny.ALL_FORMATS, source: new bunny.FilePathSource(source) });
  try {
    const tracks = (await input?.getAudioTracks()) ?? [];
    const sounds: (Sound | undefined)[] = [];
    const beginning = input === undefined ? 0 : await beginningOf(input);
    for (const track of tracks) sounds.push(await addSound(bunny, film, track, beginning));
    if (input !== undefined) film.setMetadataTags(await input.getMetadataTags());
    await film.start();
    // Sound and pictures go in together, since a film interleaves them.
    await Promise.all([addFrames(pictures, frames, signal), ...sounds.map(copyAll)]);
    await film.finalize();
  } catch (error) {
    await film.cancel().catch(() => {});
    throw error;
  } finally {
    input?.dispose();
  }
}

async function addFrames(
  pictures: Pictures,
  frames: readonly FrameFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { path, start, duration } of frames) {
    signal?.throwIfAborted();
    await pictures.add(await readImage(path), start, duration);
  }
  pictures.close();
}

async function copyAll(sound: Sound | undefined): Promise<void> {
  await sound?.copyUntil(Number.POSITIVE_INFINITY);
  sound?.close();
}

function formatOf(bunny: Mediabunny, path: string) {
  switch (extname(path).toLowerCase()) {
    case '.webm':
      return new bunny.WebMOutputFormat();
    case '.mkv':
      return new bunny.MkvOutputFormat();
    case '.mov':
      return new bunny.MovOutputFormat();
    default:
      return new bunny.Mp4OutputFormat();
  }
}
