/** The tracks of painted films, by mediabunny, alike in Node and in browsers. */

import { type ImageSize, onWhite, type RgbImage } from '../images/image.ts';
import { filmColours, filmFrameOf } from './film-pixels.ts';

/** Mediabunny, which is loaded only where films are read or written. */
export type Mediabunny = typeof import('mediabunny');
type Film = import('mediabunny').Output;
type AudioTrack = import('mediabunny').InputAudioTrack;

/** Bits a pixel and frame: 0.02 at quality 0, 0.43 at 80, 0.94 at 100. */
const bitsAt = (quality: number): number => 0.02 * 2 ** (quality / 18);

/** Bits a second. Small films need a few for other things than pixels. */
const LEAST_BITRATE = 500_000;

/** Frames a second, where frames say nothing of their time. */
const MOST_FPS = 240;

/** Usual quality of films, 1–100. */
export const FILM_QUALITY = 80;

/** Bits a second for so many frames in so many seconds. */
export function bitrateOf({ width, height }: ImageSize, count: number, seconds: number, quality: number) {
  const bits = bitsAt(quality) * width * height * count;
  return Math.max(LEAST_BITRATE, Math.round(bits / Math.max(seconds, count / MOST_FPS)));
}

/** Takes the frames of a film, in their order. */
export interface Pictures {
  /** Times in seconds. Odd sides grow by a pixel, and transparency is laid on white. */
  add(image: RgbImage, start: number, duration: number): Promise<void>;
  close(): void;
}

export interface PicturesOptions {
  readonly codec: 'avc' | 'vp9' | 'vp8';
  /** 1–100. */
  readonly quality: number;
  /** Bits a second, where the encoder does not take a quality. */
  readonly bitrate: number;
  readonly hardwareAcceleration?: 'prefer-software';
}

/**
 * Coarseness of a quality: H.264's 0–51, 22 at quality 80; about the same on VP9's scale of 0–63. Bits a
 * second would make films differ from run to run, since encoders of several threads share them by time.
 */
function quantizerOf(codec: PicturesOptions['codec'], quality: number): number {
  const coarse = Math.min(51, 62 - quality / 2);
  return Math.round(codec === 'avc' ? coarse : Math.min(63, 1.2 * coarse));
}

/** Adds the track of pictures, tagged BT.709. */
export function addPictures(
  bunny: Mediabunny,
  film: Film,
  { codec, quality, bitrate, ...device }: PicturesOptions,
): Pictures {
  const source = new bunny.VideoSampleSource({
    codec,
    quality: new bunny.Quality({ quantizer: quantizerOf(codec, quality), bitrate }),
    ...device,
    keyFrameInterval: 2,
    onEncodedPacket: (_, meta) => {
      // The encoder does not pass colours on, and players would guess them.
      if (meta?.decoderConfig) meta.decoderConfig.colorSpace = { ...filmColours };
    },
  });
  film.addVideoTrack(source);
  return {
    async add(image, timestamp, duration) {
      const { bytes, width, height } = filmFrameOf(onWhite(image));
      const sample = new bunny.VideoSample(bytes, {
        ...{ format: 'I420', codedWidth: width, codedHeight: height, timestamp, duration },
        colorSpace: filmColours,
      });
      await source.add(sample);
      sample.close();
    },
    close: () => source.close(),
  };
}

/** The sound of a film on its way into another. */
export interface Sound {
  /** Copies what begins before a time, in seconds, and was not copied yet. */
  copyUntil(seconds: number): Promise<void>;
  close(): void;
}

/**
 * Adds a track for a sound: packet by packet if the film may hold its codec, else encoded anew; undefined if
 * nothing can be made of it.
 *
 * @param beginning the time on the clock of the sound's film at which the new film begins, in seconds
 */
export async function addSound(
  bunny: Mediabunny,
  film: Film,
  track: AudioTrack,
  beginning: number,
): Promise<Sound | undefined> {
  // Matroska has no time before its beginning.
  const earliest = film.format instanceof bunny.MkvOutputFormat ? 0 : Number.NEGATIVE_INFINITY;
  const codec = await track.getCodec();
  const possible = film.format.getSupportedAudioCodecs();
  const about = { languageCode: await track.getLanguageCode() };
  if (codec !== null && possible.includes(codec)) {
    const copied = new bunny.EncodedAudioPacketSource(codec);
    film.addAudioTrack(copied, about);
    const decoderConfig = await track.getDecoderConfig();
    const meta = decoderConfig === null ? {} : { decoderConfig };
    const packets = new bunny.EncodedPacketSink(track).packets();
    const add = async (packet: import('mediabunny').EncodedPacket) => {
      const timestamp = packet.timestamp - beginning;
      if (timestamp >= earliest) await copied.add(packet.clone({ timestamp }), meta);
    };
    return soundOf(packets, add, { beginning, close: () => copied.close() });
  }
  if (!(await track.canDecode())) return undefined;
  const anew = possible.includes('aac') && (await bunny.canEncodeAudio('aac')) ? 'aac' : 'opus';
  if (!possible.includes(anew) || !(await bunny.canEncodeAudio(anew))) return undefined;
  const encoded = new bunny.AudioSampleSource({
    codec: anew,
    bitrate: 160_000,
    // Opus knows no others.
    transform: { sampleRate: 48_000 },
  });
  film.addAudioTrack(encoded, about);
  const samples = new bunny.AudioSampleSink(track).samples();
  const add = async (sample: import('mediabunny').AudioSample) => {
    sample.setTimestamp(sample.timestamp - beginning);
    if (sample.timestamp >= earliest) await encoded.add(sample);
    sample.close();
  };
  return soundOf(samples, add, { beginning, close: () => encoded.close() });
}

function soundOf<T extends { readonly timestamp: number; close?(): void }>(
  parts: AsyncGenerator<T, unknown>,
  add: (part: T) => Promise<void>,
  { beginning, close }: { readonly beginning: number; close(): void },
): Sound {
  let next: T | undefined;
  let isOver = false;
  async function read(): Promise<void> {
    const { value, done } = await parts.next();
    isOver = done === true;
    next = done === true ? undefined : value;
  }
  return {
    async copyUntil(seconds) {
      if (next === undefined && !isOver) await read();
      while (next !== undefined && next.timestamp - beginning < seconds) {
        await add(next);
        await read();
      }
    },
    close() {
      next?.close?.();
      void parts.return(undefined);
      close();
    },
  };
}
