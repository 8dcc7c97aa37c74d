/** Turning and cropping: the photograph follows the settings, so that undo covers both. */

import { pixelsOf, turnedSize } from './crop-shape.ts';
import { decode, openPhoto } from './photo.ts';
import type { Crop, Settings } from './settings.ts';
import type { Photo, State } from './state.ts';
import type { Store } from './store.ts';
import { wholeView } from './view.ts';

/** The crop of a photograph: undefined if there is none, or it is another one's. */
export function cropOf({ original }: Photo, { crop }: Settings): Crop | undefined {
  return crop?.of === original ? crop : undefined;
}

/** @param tell reports failures */
export function followCrop(store: Store<State>, tell: (error: unknown) => void): void {
  /** Files of crops: a finished painting belongs to the file, and undo comes back to both. */
  const files = new WeakMap<Crop, Blob>();

  async function follow(photo: Photo): Promise<void> {
    if (photo.crop !== undefined) files.set(photo.crop, photo.blob);
    const wanted = cropOf(photo, store.get().settings);
    if (wanted === photo.crop) return;
    const { original, name } = photo;
    const blob =
      wanted === undefined ? original : (files.get(wanted) ?? (await cropped(original, name, wanted)));
    const next = { ...(await openPhoto(blob, name)), original, crop: wanted };
    if (store.get().photo !== photo || cropOf(photo, store.get().settings) !== wanted) {
      next.image.close();
      return;
    }
    const view = { view: wholeView, split: 0, isMasking: false };
    store.set({ photo: next, painted: undefined, compared: {}, ...view });
    photo.image.close();
  }

  store.watch(
    ({ photo, settings }) => [photo, settings.crop],
    (photo, _) => {
      if (photo !== undefined) void follow(photo).catch(tell);
    },
  );
}

/** A part of a picture as a file, without loss. */
async function cropped(blob: Blob, name: string, { turns, box }: Crop): Promise<Blob> {
  const image = await decode(blob, name);
  try {
    const size = turnedSize(image, turns);
    const { x, y, width, height } = pixelsOf(box, size);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('the picture is too large for this browser');
    context.translate(size.width / 2 - x, size.height / 2 - y);
    context.rotate((turns * Math.PI) / 2);
    context.drawImage(image, -image.width / 2, -image.height / 2);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    image.close();
  }
}
