/** A clip rendered: its frames painted, steadied, and written with its sound. */

import { messageOf } from '../../thrown.ts';
import { fromInterleaved, type RgbImage, toSamples } from '../../images/image.ts';
import {
  addPictures,
  addSound,
  bitrateOf,
  FILM_QUALITY,
  type Mediabunny,
  type Sound,
} from '../../video/film-tracks.ts';
import { type PaintedFrame, STEADINESS, steady } from '../../video/steady.ts';
import { type Frames, openFrames } from './frames.ts';
import type { Failure, Rendered } from './protocol.ts';

/** Why there is no film. */
export class RenderError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    super(messageOf(cause), { cause });
    this.failure = failure;
  }
}

export interface RenderOptions {
  readonly side: number | undefined;
  /** Paints a frame; undefined if there are enough. */
  paint(pixels: ImageData): Promise<ImageData | undefined>;
  onFrame(done: number, count: number, shown: ImageData): void;
}

/**
 * Renders a clip; undefined if it was ended before its first frame.
 *
 * @throws RenderError if the browser cannot read or write it
 */
export async function renderClip(
  bunny: Mediabunny,
  file: Blob,
  { side, paint, onFrame }: RenderOptions,
): Promise<Rendered | undefined> {
  const frames = await openFrames(bunny, file, side).catch((error: unknown) => {
    throw new RenderError('unreadable', error);
  });
  try {
    const writer = await startFilm(bunny, frames);
    let last: PaintedFrame | undefined;
    let done = 0;
    /** Steadies and writes a frame whose painting is on its way. */
    async function finish({ pixels, start, duration, painting }: Waiting): Promise<boolean> {
      const painted = await painting;
      if (painted === undefined) return false;
      const next = { frame: pictureOf(pixels), painting: pictureOf(painted) };
      last = last === undefined ? next : { ...next, painting: steady(last, next, done, STEADINESS).painting };
      await writer.add(last.painting, start, duration);
      done += 1;
      onFrame(done, Math.max(done, frames.count), pixelsOf(last.painting));
      return true;
    }

    // The page paints a frame while the one before is finished here.
    let waiting: Waiting | undefined;
    let isWhole = true;
    let broken: string | undefined;
    const readable = untilBroken(frames, (reason) => {
      broken = reason;
    });
    for await (const frame of readable) {
      const next = { ...frame, painting: paint(frame.pixels) };
      if (waiting !== undefined && !(await finish(waiting))) {
        isWhole = false;
        break;
      }
      waiting = next;
    }
    if (isWhole && waiting !== undefined) isWhole = await finish(waiting);
    if (done > 0) {
      return { ...(await writer.finish(isWhole && broken === undefined)), frames: done, broken };
    }
    await writer.cancel();
    if (broken !== undefined) throw new RenderError('unreadable', broken);
    return undefined;
  } finally {
    frames.close();
  }
}

/** Frames up to one that cannot be read: those before it are worth a film. */
async function* untilBroken(frames: Frames, onBroken: (reason: string) => void) {
  try {
    yield* frames.all();
  } catch (error) {
    onBroken(messageOf(error));
  }
}

interface Waiting {
  readonly pixels: ImageData;
  readonly start: number;
  readonly duration: number;
  readonly painting: Promise<ImageData | undefined>;
}

/** The first that the browser writes is taken. */
const codecs = ['avc', 'vp9', 'vp8'] as const;

async function startFilm(bunny: Mediabunny, frames: Frames) {
  const { width, height, count, seconds, film: source } = frames;
  const bitrate = bitrateOf(frames, count, seconds, FILM_QUALITY);
  const even = { width: width + (width % 2), height: height + (height % 2), bitrate };
  let codec: (typeof codecs)[number] | undefined;
  for (const one of codecs) if (codec === undefined && (await bunny.canEncodeVideo(one, even))) codec = one;
  if (codec === undefined) throw new RenderError('unwritable', 'no codec');
  const isMp4 = codec === 'avc';
  const target = new bunny.BufferTarget();
  const film = new bunny.Output({
    format: isMp4 ? new bunny.Mp4OutputFormat({ fastStart: 'in-memory' }) : new bunny.WebMOutputFormat(),
    target,
  });
  const pictures = addPictures(bunny, film, { codec, quality: FILM_QUALITY, bitrate });
  const tracks = (await source?.input.getAudioTracks()) ?? [];
  const sounds: Sound[] = [];
  for (const track of tracks) {
    const sound = await addSound(bunny, film, track, source?.beginning ?? 0).catch(() => undefined);
    if (sound !== undefined) sounds.push(sound);
  }
  if (source !== undefined) film.setMetadataTags(await source.input.getMetadataTags());
  await film.start();
  let end = 0;
  return {
    async add(image: RgbImage, start: number, duration: number): Promise<void> {
      end = start + duration;
      await pictures.add(image, start, duration);
      // As far as the pictures are, so that a film that is ended early ends with its sound.
      for (const sound of sounds) await sound.copyUntil(end);
    },
    /** @param isWhole whether sound may go on after the last frame */
    async finish(isWhole: boolean): Promise<Omit<Rendered, 'frames' | 'broken'>> {
      pictures.close();
      for (const sound of sounds) {
        if (isWhole) await sound.copyUntil(Number.POSITIVE_INFINITY);
        sound.close();
      }
      await film.finalize();
      return {
        film: new Blob([target.buffer ?? new ArrayBuffer(0)], { type: isMp4 ? 'video/mp4' : 'video/webm' }),
        ending: isMp4 ? 'mp4' : 'webm',
        sound: tracks.length === 0 ? 'none' : sounds.length === tracks.length ? 'kept' : 'lost',
      };
    },
    cancel: () => film.cancel(),
  };
}

/** Without alpha: the network paints frames opaque. */
function pictureOf({ width, height, data }: ImageData): RgbImage {
  const { data: planes } = fromInterleaved(new Uint8Array(data.buffer), width, height);
  return { width, height, data: planes };
}

function pixelsOf(image: RgbImage): ImageData {
  const bytes = new Uint8ClampedArray(toSamples(image, 8, 4).buffer as ArrayBuffer);
  return new ImageData(bytes, image.width, image.height);
}
