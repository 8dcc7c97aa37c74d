/** When the frames of a film are shown, by mediabunny, alike in Node and in browsers. */

import type { Mediabunny } from './film-tracks.ts';

type Film = import('mediabunny').Input;
type VideoTrack = import('mediabunny').InputVideoTrack;

/** Seconds, on the film's own clock. */
interface Timed {
  readonly timestamp: number;
  readonly duration: number;
}

/** Seconds below which a frame is not seen. Decoders round their times. */
const UNSEEN = 0.0005;

/**
 * The time on a film's own clock from which it is shown, in seconds. Streams count from anywhere. What lies
 * before 0 was trimmed off.
 */
export async function beginningOf(film: Film): Promise<number> {
  const tracks = [await film.getPrimaryVideoTrack(), ...(await film.getAudioTracks())];
  return Math.max(0, await film.getFirstTimestamp(tracks.filter((track) => track !== null)));
}

/** When a frame is shown, in seconds from the film's beginning; undefined for one that was trimmed off. */
export function shownAt(
  { timestamp, duration }: Timed,
  beginning: number,
): { readonly start: number; readonly duration: number } | undefined {
  const own = timestamp - beginning;
  if (own >= 0) return { start: own, duration };
  return own + duration < UNSEEN && own < -UNSEEN
    ? undefined
    : { start: 0, duration: Math.max(0, own + duration) };
}

/** The number of frames that are shown and how long, by the headers of a film. */
export async function lengthOf(
  bunny: Mediabunny,
  track: VideoTrack,
  beginning: number,
): Promise<{ readonly count: number; readonly seconds: number }> {
  let count = 0;
  const packets = new bunny.EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true });
  for await (const packet of packets) if (shownAt(packet, beginning) !== undefined) count++;
  return { count, seconds: (await track.computeDuration()) - beginning };
}
