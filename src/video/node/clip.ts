/** Clips: pictures in time. Node only. */

import { ImageError } from '../../errors.ts';
import type { ImageSize, RgbImage, SizeRequest } from '../../images/image.ts';

export interface ClipFrame {
  /** Upright, sRGB. All frames of a clip have one size. */
  readonly image: RgbImage;
  /** When it is shown first, in seconds from the beginning. */
  readonly start: number;
  /** How long it is shown, in seconds. */
  readonly duration: number;
}

/** A clip that is open. It must be closed. */
export interface Clip extends ImageSize {
  readonly kind: 'folder' | 'animation' | 'film';
  /** Number of frames; of films, the one that their headers let expect. */
  readonly count: number;
  readonly seconds: number;
  /** Times that an animation is shown; 0 is for ever. */
  readonly loop?: number;
  /** The pictures of a folder. */
  readonly files?: readonly string[];
  frames(): AsyncGenerator<ClipFrame>;
  close(): Promise<void>;
}

export interface OpenClipOptions extends SizeRequest {
  /** Pictures a second of a folder. */
  readonly fps: number;
  /** A file that is none of a folder's pictures: the painting that is written there. */
  readonly except?: string | undefined;
  /** Called with one line for each tolerable fault and each odd colour, also while frames are read. */
  readonly onWarning?: ((line: string) => void) | undefined;
}

/** @throws ImageError for a frame of another size than the first */
export function checkFrame(image: ImageSize, first: ImageSize, name: string): void {
  if (image.width === first.width && image.height === first.height) return;
  throw new ImageError({
    expected: `a frame of ${first.width}×${first.height} pixels, as the first`,
    name,
    received: `${image.width}×${image.height}`,
  });
}
