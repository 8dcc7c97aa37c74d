/** A film with sound, drawn, and what is in the films that the studio saves. */

import { writeFile } from 'node:fs/promises';
import { addPictures } from '../../src/video/film-tracks.ts';
import { mediabunny } from '../../src/video/node/mediabunny.ts';
import { openClip } from '../../src/video/node/open-clip.ts';

/** Uneven, as telephones film. */
export const STARTS = [0, 0.1, 0.3, 0.4, 0.6, 0.7, 0.9];
export const END = 1;
export const [WIDTH, HEIGHT] = [160, 120];

/** Of the left half: dark at first, then ever lighter; the right half is its opposite. */
export const lightAt = (i: number): number => 0.1 + (0.8 * i) / (STARTS.length - 1);

export async function drawnFilm(): Promise<Buffer> {
  const bunny = await mediabunny();
  const target = new bunny.BufferTarget();
  const film = new bunny.Output({ format: new bunny.WebMOutputFormat(), target });
  const pictures = addPictures(bunny, film, { codec: 'vp9', quality: 90, bitrate: 1_000_000 });
  const sound = new bunny.AudioSampleSource({ codec: 'opus', bitrate: 64_000 });
  film.addAudioTrack(sound);
  await film.start();
  for (const [i, start] of STARTS.entries()) {
    const halves = (_: unknown, place: number) => (place % WIDTH < WIDTH / 2 ? lightAt(i) : 1 - lightAt(i));
    const data = Float32Array.from({ length: 3 * WIDTH * HEIGHT }, halves);
    await pictures.add({ width: WIDTH, height: HEIGHT, data }, start, (STARTS[i + 1] ?? END) - start);
  }
  const wave = Float32Array.from({ length: 48_000 }, (_, i) => 0.5 * Math.sin(i / 17));
  const about = { format: 'f32', numberOfChannels: 1, sampleRate: 48_000, timestamp: 0 } as const;
  await sound.add(new bunny.AudioSample({ data: wave, ...about }));
  await film.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}

/** Frames of a file: when they begin, and the colour of their middle, 0–255. */
export async function framesOf(file: Buffer, path: string) {
  await writeFile(path, file);
  const clip = await openClip(path, { fps: 25 });
  const read: { start: number; colour: number[]; width: number; height: number }[] = [];
  for await (const { image, start } of clip.frames()) {
    const { width, height, data } = image;
    const middle = (width * height + width) / 2;
    const colour = [0, 1, 2].map((c) => Math.round(255 * (data[c * width * height + middle] ?? 0)));
    read.push({ start, colour, width, height });
  }
  await clip.close();
  return read;
}

/** Packets of a film's sound. */
export async function soundOf(file: Buffer) {
  const bunny = await mediabunny();
  const input = new bunny.Input({
    formats: bunny.ALL_FORMATS,
    source: new bunny.BufferSource(new Uint8Array(file)),
  });
  const track = await input.getPrimaryAudioTrack();
  const packets: number[][] = [];
  if (track !== null) {
    for await (const { data } of new bunny.EncodedPacketSink(track).packets()) packets.push([...data]);
  }
  input.dispose();
  return packets;
}
