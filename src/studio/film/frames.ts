/** The frames of a clip, upright and at the size at which they are painted. */

import { type ImageSize, outputSize } from '../../images/size.ts';
import type { Mediabunny } from '../../video/film-tracks.ts';
import { beginningOf, lengthOf, shownAt } from '../../video/film-times.ts';
import { openAnimation } from './animation.ts';

interface Frame {
  readonly pixels: ImageData;
  /** Seconds. */
  readonly start: number;
  readonly duration: number;
}

/** A clip that is open. It must be closed. */
export interface Frames extends ImageSize {
  /** Number of frames; of films, the one that their headers let expect. */
  readonly count: number;
  readonly seconds: number;
  /** The film, for its sound, and the time on its clock from which it is shown. */
  readonly film?: { readonly input: import('mediabunny').Input; readonly beginning: number };
  all(): AsyncGenerator<Frame>;
  close(): void;
}

/**
 * Opens a clip.
 *
 * @param side its short side in pixels, if not its own
 * @throws Error if the browser cannot read it
 */
export async function openFrames(bunny: Mediabunny, file: Blob, side: number | undefined): Promise<Frames> {
  const sized = (size: ImageSize) => outputSize(size, side === undefined ? {} : { shortSide: side });
  const animation = await openAnimation(file);
  if (animation !== undefined) {
    const size = sized(animation);
    const { starts, seconds } = animation;
    return {
      ...{ ...size, count: starts.length, seconds },
      async *all() {
        const canvas = new OffscreenCanvas(size.width, size.height);
        const context = contextOf(canvas);
        for (const [i, start] of starts.entries()) {
          await animation.draw(i, context);
          const pixels = context.getImageData(0, 0, size.width, size.height);
          yield { pixels, start, duration: (starts[i + 1] ?? seconds) - start };
        }
      },
      close: animation.close,
    };
  }
  const input = new bunny.Input({ formats: bunny.ALL_FORMATS, source: new bunny.BlobSource(file) });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) throw new Error('a file without moving pictures');
    if (!(await track.canDecode())) throw new Error(`codec ${(await track.getCodec()) ?? 'unknown'}`);
    const size = sized({ width: await track.getDisplayWidth(), height: await track.getDisplayHeight() });
    const beginning = await beginningOf(input);
    const sink = new bunny.CanvasSink(track, { ...size, fit: 'fill', poolSize: 2 });
    return {
      ...{ ...size, ...(await lengthOf(bunny, track, beginning)), film: { input, beginning } },
      async *all() {
        for await (const { canvas, ...times } of sink.canvases(beginning)) {
          const shown = shownAt(times, beginning);
          if (shown === undefined) continue;
          const pixels = contextOf(canvas as OffscreenCanvas).getImageData(0, 0, size.width, size.height);
          yield { pixels, ...shown };
        }
      },
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('a clip too large for this browser');
  return context;
}
