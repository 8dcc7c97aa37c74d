/** Films written, and read back: timing, turning, colours and sound. */

import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import type { RgbImage } from '../../images/image.ts';
import { writeImage } from '../../images/node/image-file.ts';
import { filmColours, filmFrameOf } from '../film-pixels.ts';
import type { FrameFile } from './animation.ts';
import type { ClipFrame } from './clip.ts';
import { writeFilm } from './film-writer.ts';
import { mediabunny } from './mediabunny.ts';
import { openClip } from './open-clip.ts';

let folder = '';
const at = (name: string) => join(folder, name);
/** Uneven, as telephones film. */
const STARTS = [0, 0.04, 0.1, 0.13, 0.2, 0.24];
const END = 0.28;
let frames: FrameFile[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  frames = await Promise.all(
    STARTS.map(async (start, i) => {
      const path = at(`${i}.png`);
      await writeImage(flat(64, 48, i), path);
      return { path, start, duration: (STARTS[i + 1] ?? END) - start };
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** A picture of one colour for each frame, the left half darker. */
function flat(width: number, height: number, i: number): RgbImage {
  const pixels = width * height;
  const data = Float32Array.from({ length: 3 * pixels }, (_, k) => {
    const share = k % width < width / 2 ? 0.5 : 1;
    return share * (0.3 + 0.1 * ((i + Math.floor(k / pixels)) % 6));
  });
  return { width, height, data };
}

async function framesOf(path: string): Promise<ClipFrame[]> {
  const clip = await openClip(path, { fps: 25 });
  const read: ClipFrame[] = [];
  for await (const frame of clip.frames()) read.push(frame);
  await clip.close();
  return read;
}

/** A film of the frames, turned by its metadata, with a second of sound, from a time on its clock on. */
async function withSound(path: string, rotation: 0 | 90, from = 0): Promise<void> {
  const bunny = await mediabunny();
  const film = new bunny.Output({
    format: path.endsWith('.ts') ? new bunny.MpegTsOutputFormat() : new bunny.Mp4OutputFormat(),
    target: new bunny.FilePathTarget(path),
  });
  const pictures = new bunny.VideoSampleSource({ codec: 'avc', bitrate: 500_000 });
  const sound = new bunny.AudioSampleSource({ codec: 'aac', bitrate: 64_000 });
  film.addVideoTrack(pictures, rotation === 0 ? {} : { rotation });
  film.addAudioTrack(sound, { languageCode: 'deu' });
  if (!path.endsWith('.ts')) film.setMetadataTags({ title: 'a film' });
  await film.start();
  for (const [i, { start, duration }] of frames.entries()) {
    const { bytes, width, height } = filmFrameOf(flat(64, 48, i));
    const size = { codedWidth: width, codedHeight: height };
    const times = { timestamp: from + start, duration };
    const shown = { format: 'I420', ...size, ...times, colorSpace: filmColours } as const;
    await pictures.add(new bunny.VideoSample(bytes, shown));
  }
  const data = Float32Array.from({ length: 48_000 }, (_, i) => 0.5 * Math.sin(i / 17));
  const wave = { format: 'f32', numberOfChannels: 1, sampleRate: 48_000, timestamp: from } as const;
  await sound.add(new bunny.AudioSample({ data, ...wave }));
  await film.finalize();
}

/** Bytes of the packets of sound, in order. */
async function soundOf(path: string) {
  const bunny = await mediabunny();
  const input = new bunny.Input({ formats: bunny.ALL_FORMATS, source: new bunny.FilePathSource(path) });
  const track = await input.getPrimaryAudioTrack();
  if (track === null) return undefined;
  const packets: { timestamp: number; data: Uint8Array }[] = [];
  for await (const { timestamp, data } of new bunny.EncodedPacketSink(track).packets())
    packets.push({ timestamp, data });
  const found = { codec: await track.getCodec(), language: await track.getLanguageCode(), packets };
  const { title } = await input.getMetadataTags();
  input.dispose();
  return { ...found, title };
}

describe('films', () => {
  it.each(['.mp4', '.mov', '.mkv', '.webm'])('%s keeps times and colours', async (ending) => {
    const path = at(`plain${ending}`);
    await writeFilm(path, frames, { quality: 100 });
    const read = await framesOf(path);
    expect(read).toHaveLength(STARTS.length);
    for (const [i, { image, start, duration }] of read.entries()) {
      expect(start).toBeCloseTo(STARTS[i] ?? 0, 2);
      if (i < STARTS.length - 1) expect(duration).toBeCloseTo(frames[i]?.duration ?? 0, 2);
      const wanted = flat(64, 48, i);
      const far = image.data.reduce((sum, v, k) => sum + Math.abs(v - (wanted.data[k] ?? 0)), 0);
      expect(far / image.data.length).toBeLessThan(0.015);
    }
  });

  it('keeps sound byte by byte, its language and the title; the pictures stand upright', async () => {
    await withSound(at('sound.mp4'), 90);
    const upright = await framesOf(at('sound.mp4'));
    expect(upright[0]?.image).toMatchObject({ width: 48, height: 64 });
    // The left half, which is darker, is on top now.
    const column = upright[0]?.image.data ?? [];
    expect(column[24]).toBeLessThan(0.7 * (column[48 * 60 + 24] ?? 0));
    await writeFilm(at('kept.mp4'), frames, { source: at('sound.mp4') });
    const [before, after] = [await soundOf(at('sound.mp4')), await soundOf(at('kept.mp4'))];
    expect(after).toEqual(before);
    expect(after).toMatchObject({ codec: 'aac', language: 'deu', title: 'a film' });
  });

  it('shows a film without what was trimmed off its beginning', async () => {
    await withSound(at('trimmed.mp4'), 0, -0.12);
    const clip = await openClip(at('trimmed.mp4'), { fps: 25 });
    expect(clip.count).toBe(4);
    expect(clip.seconds).toBeCloseTo(0.16, 2);
    await clip.close();
    const shown = await framesOf(at('trimmed.mp4'));
    const wanted = [0, 0.01, 0.08, 0.12];
    expect(shown.map(({ start }) => start)).toEqual(wanted.map((start) => expect.closeTo(start, 2)));
    expect(shown[0]?.duration).toBeCloseTo(0.01, 2);
    for (const ending of ['.mp4', '.mkv', '.webm']) {
      const files = shown.map(({ start, duration }) => ({ path: at('0.png'), start, duration }));
      await writeFilm(at(`rest${ending}`), files, { source: at('trimmed.mp4') });
      const written = await framesOf(at(`rest${ending}`));
      expect(written.map(({ start }) => start)).toEqual(wanted.map((start) => expect.closeTo(start, 2)));
      const { packets = [] } = (await soundOf(at(`rest${ending}`))) ?? {};
      expect(packets.length).toBeGreaterThan(30);
      if (ending !== '.mp4')
        expect(Math.min(...packets.map((packet) => packet.timestamp))).toBeGreaterThanOrEqual(0);
    }
  });

  it('counts from the beginning of a stream, whose clock does not', async () => {
    await withSound(at('stream.ts'), 0, 5001.4);
    const clip = await openClip(at('stream.ts'), { fps: 25 });
    expect(clip.count).toBe(STARTS.length);
    expect(clip.seconds).toBeLessThan(0.5);
    await clip.close();
    const shown = await framesOf(at('stream.ts'));
    const first = shown[0]?.start ?? 1;
    expect(first).toBeLessThan(0.05);
    expect(shown.map(({ start }) => start - first)).toEqual(STARTS.map((start) => expect.closeTo(start, 2)));
    await writeFilm(at('stream.mp4'), frames, { source: at('stream.ts') });
    const { packets = [] } = (await soundOf(at('stream.mp4'))) ?? {};
    expect(packets.length).toBeGreaterThan(30);
    expect(Math.abs(packets[0]?.timestamp ?? 1)).toBeLessThan(0.05);
  });

  it('encodes sound anew where the film cannot hold it', async () => {
    await withSound(at('to-webm.mp4'), 0);
    await writeFilm(at('sound.webm'), frames, { source: at('to-webm.mp4') });
    expect(await soundOf(at('sound.webm'))).toMatchObject({ codec: 'opus' });
  });

  it.each(['.mp4', '.mov', '.mkv', '.webm'])(
    '%s has the same bytes, whenever it is written',
    async (ending) => {
      await withSound(at('dated.mp4'), 0);
      const written = async (year: number) => {
        const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(year, 0));
        try {
          await writeFilm(at(`${year}${ending}`), frames, { source: at('dated.mp4') });
        } finally {
          clock.mockRestore();
        }
        return readFile(at(`${year}${ending}`));
      };
      expect((await written(2001)).equals(await written(2031))).toBe(true);
    },
  );

  it('has its colours tagged', async () => {
    await writeFilm(at('tagged.mp4'), frames);
    const bunny = await mediabunny();
    const input = new bunny.Input({
      formats: bunny.ALL_FORMATS,
      source: new bunny.FilePathSource(at('tagged.mp4')),
    });
    const track = await input.getPrimaryVideoTrack();
    expect(await track?.getColorSpace()).toEqual({ ...filmColours });
    input.dispose();
  });

  // Red of sRGB in other primaries, with the curve that displays show BT.709 by.
  it.each([
    ['bt709', [1, 0, 0]],
    ['smpte432', [0.9175, 0.2003, 0.1386]],
    ['bt2020', [0.8138, 0.2915, 0.1353]],
  ] as const)('converts colours of %s', async (primaries, colour) => {
    const bunny = await mediabunny();
    const path = at(`${primaries}.mp4`);
    const target = new bunny.FilePathTarget(path);
    const film = new bunny.Output({ format: new bunny.Mp4OutputFormat(), target });
    const colorSpace = { ...filmColours, primaries } as VideoColorSpaceInit;
    const pictures = new bunny.VideoSampleSource({
      ...{ codec: 'avc', bitrate: 500_000 },
      onEncodedPacket: (_, meta) => {
        if (meta?.decoderConfig) meta.decoderConfig.colorSpace = colorSpace;
      },
    });
    film.addVideoTrack(pictures);
    await film.start();
    const data = Float32Array.from({ length: 3 * 64 * 48 }, (_, i) => colour[Math.floor(i / 64 / 48)] ?? 0);
    const { bytes, width, height } = filmFrameOf({ width: 64, height: 48, data });
    const size = { codedWidth: width, codedHeight: height };
    const shown = { format: 'I420', ...size, timestamp: 0, duration: 1, colorSpace } as const;
    await pictures.add(new bunny.VideoSample(bytes, shown));
    await film.finalize();
    const [{ image } = {}] = await framesOf(path);
    const read = [0, 1, 2].map((c) => image?.data[c * 64 * 48 + 1000] ?? 9);
    expect(read).toEqual([1, 0, 0].map((value) => expect.closeTo(value, 1)));
  });

  it('leaves nothing behind where it fails', async () => {
    const before = await readdir(folder);
    await expect(writeFilm(at('none.mp4'), [])).rejects.toThrow(
      'expected frames for a film but received none',
    );
    const gone = [{ path: at('gone.png'), start: 0, duration: 1 }];
    await expect(writeFilm(at('none.mp4'), gone)).rejects.toThrow('expected a picture file for');
    expect(await readdir(folder)).toEqual(before);
  });

  it('names a file that is no film', async () => {
    await writeFile(at('text.mp4'), 'no film');
    await expect(openClip(at('text.mp4'), { fps: 25 })).rejects.toThrow(
      /^expected a film for .*text\.mp4 but received/,
    );
    await writeImage(drawnImage(1, 20, 20), at('one.png'));
    await expect(openClip(at('one.png'), { fps: 25 })).rejects.toThrow('received one picture (png)');
    await expect(openClip(at('nothing.mp4'), { fps: 25 })).rejects.toThrow('expected a picture file for');
  });

  it('says which packages are missing', async () => {
    vi.doMock('@mediabunny/server', () => {
      throw new Error("Cannot find package '@mediabunny/server'");
    });
    vi.resetModules();
    const { mediabunny: missing } = await import('./mediabunny.ts');
    await expect(missing()).rejects.toThrow('npm install mediabunny @mediabunny/server');
    vi.doUnmock('@mediabunny/server');
  });
});

/** Debian's ffmpeg, if it is there, is an independent judge. */
const [ffprobe, ffmpeg] = ['ffprobe', 'ffmpeg'].map((name) => {
  try {
    execFileSync(name, ['-version'], { stdio: 'ignore' });
    return name;
  } catch {
    return undefined;
  }
});

it.skipIf(ffprobe === undefined)('is read alike by ffprobe (skipped where it is not installed)', async () => {
  await withSound(at('judged-source.mp4'), 0);
  await writeFilm(at('judged.mp4'), frames, { source: at('judged-source.mp4') });
  const told = execFileSync('ffprobe', [
    ...['-loglevel', 'error', '-of', 'json', '-show_entries'],
    'stream=codec_name,color_space,color_range,nb_frames,width,height:frame=media_type,pts_time',
    at('judged.mp4'),
  ]);
  const { streams, frames: seen } = JSON.parse(told.toString());
  const picture = { codec_name: 'h264', width: 64, height: 48, color_space: 'bt709', color_range: 'tv' };
  expect(streams[0]).toMatchObject({ ...picture, nb_frames: '6' });
  expect(streams[1]).toMatchObject({ codec_name: 'aac' });
  const times = seen.filter((frame: { media_type: string }) => frame.media_type === 'video');
  for (const [i, { pts_time }] of times.entries()) expect(Number(pts_time)).toBeCloseTo(STARTS[i] ?? 0, 3);
});

it.skipIf(ffmpeg === undefined)(
  'says in its own words what is not decoded (skipped without ffmpeg)',
  async () => {
    const made = (name: string, codec: string) =>
      execFileSync(ffmpeg ?? '', [
        ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=0.5'],
        ...['-c:v', codec, at(name)],
      ]);
    made('rgb.mp4', 'libx264rgb');
    made('motion.mov', 'mjpeg');
    const warn = vi.spyOn(console, 'warn');
    await expect(framesOf(at('rgb.mp4'))).rejects.toThrow(
      /rgb\.mp4 but received frames of an unknown format$/,
    );
    await expect(framesOf(at('motion.mov'))).rejects.toThrow(/motion\.mov but received the codec unknown$/);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  },
);

it.skipIf(ffmpeg === undefined)('keeps transparency (skipped without ffmpeg)', async () => {
  const made = (codec: string) => {
    execFileSync(ffmpeg ?? '', [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'color=red:size=64x48:rate=10:duration=0.3'],
      ...['-vf', "format=yuva420p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*gte(X,32)'"],
      ...['-c:v', codec, '-auto-alt-ref', '0', '-pix_fmt', 'yuva420p', at(`clear-${codec}.webm`)],
    ]);
    return at(`clear-${codec}.webm`);
  };
  const [{ image } = {}] = await framesOf(made('libvpx-vp9'));
  const row = 64 * 20;
  expect([image?.alpha?.[row + 8], image?.alpha?.[row + 56]]).toEqual([0, 1]);
  const warnings: string[] = [];
  const path = made('libvpx');
  await (await openClip(path, { fps: 25, onWarning: (line) => warnings.push(line) })).close();
  expect(warnings).toEqual([`${path}: its transparency cannot be decoded (vp8) and is left out`]);
  // Films as outputs have none: it is white there.
  await writeImage(image ?? flat(64, 48, 0), at('clear.png'));
  await writeFilm(at('laid.webm'), [{ path: at('clear.png'), start: 0, duration: 1 }]);
  const [{ image: laid } = {}] = await framesOf(at('laid.webm'));
  expect(laid).not.toHaveProperty('alpha');
  expect(laid?.data[row + 8 + 64 * 48]).toBeGreaterThan(0.9);
});
