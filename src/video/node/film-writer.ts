/** Painted frames as a film, by mediabunny. Node only. */

import { mkdir, rename } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { takeOver, writeTarget } from '../../files/target.ts';
import { forgetTemporary, pathBeside, removeTemporary } from '../../files/temporary.ts';
import { onWhite } from '../../images/image.ts';
import { inspectImage, readImage } from '../../images/node/image-file.ts';
import { filmColours, filmFrameOf } from '../film-pixels.ts';
import type { FrameFile } from './animation.ts';
import { mediabunny } from './mediabunny.ts';

type Mediabunny = Awaited<ReturnType<typeof mediabunny>>;
type FilmOutput = import('mediabunny').Output;
type AudioTrack = import('mediabunny').InputAudioTrack;

export interface WriteFilmOptions {
  /** A film whose sound and tags are kept. */
  readonly source?: string | undefined;
  /** 1–100, default 80. */
  readonly quality?: number | undefined;
  /** Aborting rejects with the signal's reason, and leaves nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** Bits a pixel and frame: 0.02 at quality 0, 0.43 at 80, 0.94 at 100. */
const bitsAt = (quality: number): number => 0.02 * 2 ** (quality / 18);

/** Bits a second. Small films need a few for other things than pixels. */
const LEAST_BITRATE = 500_000;

/** Frames a second, where frames say nothing of their time. */
const MOST_FPS = 240;

/**
 * Writes a film, whole or not at all: H.264 in .mp4, .mov and .mkv, VP9 in .webm, tagged BT.709.
 *
 * @throws WasserfarbeError if it cannot be written
 */
export async function writeFilm(
  path: string,
  frames: readonly FrameFile[],
  { source, quality = 80, signal }: WriteFilmOptions = {},
): Promise<void> {
  const bunny = await mediabunny();
  let temporary = '';
  try {
    const target = await writeTarget(path);
    await mkdir(dirname(target.path), { recursive: true });
    temporary = pathBeside(target.path, extname(path));
    const bitrate = await bitrateOf(frames, quality);
    const film = new bunny.Output({
      format: formatOf(bunny, path),
      target: new bunny.FilePathTarget(temporary),
    });
    await writeTracks(bunny, film, frames, { source, bitrate, signal });
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

async function bitrateOf(frames: readonly FrameFile[], quality: number): Promise<number> {
  const [first] = frames;
  if (first === undefined) throw new WasserfarbeError('expected frames for a film but received none');
  const { width, height } = await inspectImage(first.path);
  const seconds = frames.reduce((sum, { duration }) => sum + duration, 0);
  const bits = bitsAt(quality) * width * height * frames.length;
  return Math.max(LEAST_BITRATE, Math.round(bits / Math.max(seconds, frames.length / MOST_FPS)));
}

async function writeTracks(
  bunny: Mediabunny,
  film: FilmOutput,
  frames: readonly FrameFile[],
  {
    source,
    bitrate,
    signal,
  }: { source: string | undefined; bitrate: number; signal: AbortSignal | undefined },
): Promise<void> {
  const pictures = new bunny.VideoSampleSource({
    codec: film.format instanceof bunny.WebMOutputFormat ? 'vp9' : 'avc',
    bitrate,
    keyFrameInterval: 2,
    hardwareAcceleration: 'prefer-software',
    onEncodedPacket: (_, meta) => {
      // The encoder does not pass colours on, and players would guess them.
      if (meta?.decoderConfig) meta.decoderConfig.colorSpace = { ...filmColours };
    },
  });
  film.addVideoTrack(pictures);
  const input =
    source === undefined
      ? undefined
      : new bunny.Input({ formats: bunny.ALL_FORMATS, source: new bunny.FilePathSource(source) });
  try {
    const tracks = (await input?.getAudioTracks()) ?? [];
    const sounds: (() => Promise<void>)[] = [];
    for (const track of tracks) sounds.push((await addSound(bunny, film, track)) ?? (async () => {}));
    if (input !== undefined) film.setMetadataTags(await input.getMetadataTags());
    await film.start();
    // Sound and pictures go in together, since a film interleaves them.
    await Promise.all([addFrames(bunny, pictures, frames, signal), ...sounds.map((copy) => copy())]);
    await film.finalize();
  } catch (error) {
    await film.cancel().catch(() => {});
    throw error;
  } finally {
    input?.dispose();
  }
}

async function addFrames(
  bunny: Mediabunny,
  pictures: import('mediabunny').VideoSampleSource,
  frames: readonly FrameFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { path, start, duration } of frames) {
    signal?.throwIfAborted();
    const { bytes, width, height } = filmFrameOf(onWhite(await readImage(path)));
    const sample = new bunny.VideoSample(bytes, {
      ...{ format: 'I420', codedWidth: width, codedHeight: height, timestamp: start, duration },
      colorSpace: filmColours,
    });
    await pictures.add(sample);
    sample.close();
  }
  pictures.close();
}

/**
 * Adds a track for a sound: packet by packet if the film may hold its codec, else encoded anew; undefined if
 * nothing can be made of it.
 */
async function addSound(
  bunny: Mediabunny,
  film: FilmOutput,
  track: AudioTrack,
): Promise<(() => Promise<void>) | undefined> {
  const codec = await track.getCodec();
  const possible = film.format.getSupportedAudioCodecs();
  if (codec !== null && possible.includes(codec)) {
    const copied = new bunny.EncodedAudioPacketSource(codec);
    film.addAudioTrack(copied, { languageCode: await track.getLanguageCode() });
    return async () => {
      const meta = { decoderConfig: (await track.getDecoderConfig()) ?? undefined };
      for await (const packet of new bunny.EncodedPacketSink(track).packets()) await copied.add(packet, meta);
      copied.close();
    };
  }
  if (!(await track.canDecode())) return undefined;
  const encoded = new bunny.AudioSampleSource({
    codec: possible.includes('aac') ? 'aac' : 'opus',
    bitrate: 160_000,
    // Opus knows no others.
    transform: { sampleRate: 48_000 },
  });
  film.addAudioTrack(encoded, { languageCode: await track.getLanguageCode() });
  return async () => {
    for await (const sample of new bunny.AudioSampleSink(track).samples()) {
      await encoded.add(sample);
      sample.close();
    }
    encoded.close();
  };
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
