/** Films as clips, by mediabunny. Node only. */

import { ImageError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { openRegular } from '../../files/regular.ts';
import { type ColourSpace, spaceOfCodes, toSrgb } from '../../images/colour-space.ts';
import { outputSize, type RgbImage } from '../../images/image.ts';
import { resizeImage } from '../../images/node/image-file.ts';
import { unopened } from '../../images/node/picture-file.ts';
import { fillTransparent } from '../../images/transparency.ts';
import { turned } from '../turned.ts';
import { pictureFrom } from '../film-pixels.ts';
import { beginningOf, lengthOf, shownAt } from '../film-times.ts';
import type { Clip, OpenClipOptions } from './clip.ts';
import { mediabunny } from './mediabunny.ts';

type VideoSample = import('mediabunny').VideoSample;

/** Transfer curves of films brighter than screens, whose colours would come out pale. */
const hdr = ['pq', 'hlg'];

/** Colour spaces of films in standard range that hold more than sRGB, by WebCodecs' names of primaries. */
const wideSpaces: ReadonlyMap<string | null | undefined, ColourSpace | undefined> = new Map([
  ['smpte432', spaceOfCodes(12, 1)],
  ['bt2020', spaceOfCodes(9, 1)],
]);

/**
 * Opens a film. Its frames come turned upright, as sRGB.
 *
 * @throws ImageError if it is none, or one that cannot be shown truly; WasserfarbeError if the packages for
 *   films are not installed
 */
export async function openFilm(path: string, { fps: _, onWarning, ...size }: OpenClipOptions): Promise<Clip> {
  await (await openRegular(path).catch(unopened(path))).file.close();
  const bunny = await mediabunny();
  const { ALL_FORMATS, FilePathSource, Input, VideoSampleSink } = bunny;
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) });
  try {
    if (!(await input.canRead().catch(() => false))) notAFilm(path)('a file of another kind');
    const track = await input.getPrimaryVideoTrack().catch(notAFilm(path));
    if (track === null) throw unlike(path, 'a file without moving pictures');
    if (!(await track.canDecode())) throw unlike(path, `the codec ${(await track.getCodec()) ?? 'unknown'}`);
    const colours = await track.getColorSpace();
    refuseHdr(colours.transfer, path);
    for (const sound of await input.getAudioTracks()) {
      if (!(await sound.canDecode())) {
        onWarning?.(
          `${path}: a sound track (${(await sound.getCodec()) ?? 'of an unknown codec'}) that cannot be decoded is left out`,
        );
      }
    }
    const codec = await track.getCodec();
    // The decoder of VP9 alone has alpha.
    if (codec !== 'vp9' && (await track.canBeTransparent())) {
      onWarning?.(`${path}: its transparency cannot be decoded (${codec}) and is left out`);
    }
    const shown = { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() };
    const painted = outputSize(shown, size);
    const beginning = await beginningOf(input);
    const sink = new VideoSampleSink(track);
    return {
      kind: 'film',
      ...{ ...painted, ...(await lengthOf(bunny, track, beginning)) },
      async *frames() {
        try {
          for await (const sample of sink.samples(beginning)) {
            const shown = shownAt(sample, beginning);
            const image = shown && (await pictureOf(sample, colours, path));
            sample.close();
            if (shown === undefined || image === undefined) continue;
            yield { image: await resizeImage(image, { size: painted }), ...shown };
          }
        } catch (error) {
          if (error instanceof ImageError) throw error;
          return notAFilm(path)(error);
        }
      },
      close: async () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

/** The picture of a frame; what it does not say of its colours is as its track has it. */
async function pictureOf(sample: VideoSample, track: VideoColorSpaceInit, path: string): Promise<RgbImage> {
  const size = { width: sample.visibleRect.width, height: sample.visibleRect.height };
  const { matrix, fullRange, transfer, primaries } = sample.colorSpace;
  refuseHdr(transfer, path);
  const colours = {
    matrix: matrix ?? track.matrix ?? null,
    fullRange: fullRange ?? track.fullRange ?? null,
  };
  const { format } = sample;
  // Its bytes cannot be copied then.
  if (format === null) throw unlike(path, 'frames of an unknown format');
  const bytes = new Uint8Array(sample.allocationSize());
  const image = pictureFrom(format, bytes, await sample.copyTo(bytes), size, colours);
  if (image === undefined) throw unlike(path, `frames of ${format}`);
  const wide = wideSpaces.get(primaries ?? track.primaries);
  if (wide !== undefined) toSrgb(image.data, wide);
  fillTransparent(image);
  return turned(image, sample.rotation, sample.flip);
}

/** @throws ImageError for a film whose colours would come out pale */
function refuseHdr(transfer: string | null | undefined, path: string): void {
  if (!hdr.includes(transfer ?? '')) return;
  const [received, remedy] = [`${transfer}`, 'convert it to BT.709 first'];
  throw new ImageError({ expected: 'a film in standard range', name: path, received, remedy });
}

function unlike(path: string, received: string): ImageError {
  return new ImageError({ expected: 'a film that can be decoded', name: path, received });
}

function notAFilm(path: string): (cause: unknown) => never {
  return (cause) => {
    const [said = ''] = messageOf(cause).split('\n');
    throw new ImageError({ ...{ expected: 'a film', name: path, received: said } }, { cause });
  };
}
