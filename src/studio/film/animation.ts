/** Animated GIF and WebP, frame by frame, by the browser's ImageDecoder. */

/** An animated picture that is open. It must be closed. */
export interface Animation {
  readonly width: number;
  readonly height: number;
  /** When each frame begins, in seconds. */
  readonly starts: readonly number[];
  readonly seconds: number;
  /** Draws a frame over the whole of a canvas, on white. */
  draw(i: number, context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D): Promise<void>;
  close(): void;
}

const animated = ['image/gif', 'image/webp'];

/** Seconds for frames that name none, as browsers show them. */
const USUAL_DURATION = 0.1;

/** Opens an animated picture; undefined for anything else, and where the browser does not decode it. */
export async function openAnimation(file: Blob): Promise<Animation | undefined> {
  const isPossible =
    'ImageDecoder' in globalThis &&
    animated.includes(file.type) &&
    (await ImageDecoder.isTypeSupported(file.type));
  if (!isPossible) return undefined;
  const decoder = new ImageDecoder({ type: file.type, data: await file.arrayBuffer() });
  try {
    await decoder.completed;
    await decoder.tracks.ready;
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    if (count < 2) {
      decoder.close();
      return undefined;
    }
    const starts: number[] = [];
    let [seconds, width, height] = [0, 0, 0];
    for (let frameIndex = 0; frameIndex < count; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      starts.push(seconds);
      seconds += (image.duration ?? 0) / 1e6 || USUAL_DURATION;
      [width, height] = [image.displayWidth, image.displayHeight];
      image.close();
    }
    return {
      ...{ width, height, starts, seconds },
      async draw(frameIndex, context) {
        const { image } = await decoder.decode({ frameIndex });
        const { canvas } = context;
        context.fillStyle = 'white';
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.imageSmoothingQuality = 'high';
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        image.close();
      },
      close: () => decoder.close(),
    };
  } catch {
    decoder.close();
    return undefined;
  }
}
