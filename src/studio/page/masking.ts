/** Which mask is painted and shown, and what shows through masks. */

import type { MaskPlane, Settings } from './settings.ts';
import type { State } from './state.ts';

/** Whether a mask can be painted now: on a photograph, by one method. */
export function canMask({ photo, live, settings }: State): boolean {
  return photo !== undefined && live === undefined && !settings.isCompared;
}

/** The chosen painting if it has a mask, else the first that has one. */
export function maskedSlot({ settings, slot }: State): number | undefined {
  if (settings.masks[slot] !== undefined) return slot;
  const first = settings.masks.findIndex((mask) => mask !== undefined);
  return first < 0 ? undefined : first;
}

/** The settings without the mask of the chosen painting. */
export function withoutMask({ settings, slot }: State): Partial<Settings> {
  return { masks: settings.masks.map((mask, i) => (i === slot ? undefined : mask)) };
}

/**
 * A painting where its masks are, and the photograph elsewhere, as the network lays it on at last. A painting
 * without a mask is everywhere.
 */
export async function throughMasks(
  pixels: ImageData,
  photo: CanvasImageSource,
  masks: Settings['masks'],
): Promise<ImageBitmap> {
  const painting = await createImageBitmap(pixels);
  const planes = masks.filter((mask) => mask !== undefined);
  const { width, height } = pixels;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (planes.length < masks.length || context === null) return painting;
  // Shares of several masks add up.
  context.globalCompositeOperation = 'lighter';
  for (const plane of planes) context.drawImage(await shareOf(plane), 0, 0, width, height);
  context.globalCompositeOperation = 'source-in';
  context.drawImage(painting, 0, 0);
  painting.close();
  context.globalCompositeOperation = 'destination-over';
  context.drawImage(photo, 0, 0, width, height);
  return canvas.transferToImageBitmap();
}

/** A picture as opaque as the mask. */
function shareOf({ width, height, data }: MaskPlane): Promise<ImageBitmap> {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < data.length; i++) pixels.data[4 * i + 3] = data[i] ?? 0;
  return createImageBitmap(pixels);
}
