/** The painting as a file, in the photograph's full size. */

import type { Paintings } from './gallery.ts';
import { isSame, lookOf, momentOf } from './look.ts';
import type { Engine } from './network.ts';
import { beginning, styleJob } from './repainting.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

const downloadTypes = { PNG: 'image/png', JPEG: 'image/jpeg' } as const;
export type DownloadType = keyof typeof downloadTypes;

const JPEG_QUALITY = 0.93;

/** The painting that is shown, if it is that of photograph and settings, and in full size. */
export function wholeOf({ photo, painted, settings, live }: State): ImageData | undefined {
  if (photo === undefined || live !== undefined || settings.isCompared || painted === undefined)
    return undefined;
  return isSame(painted.look, lookOf(photo, settings)) ? painted.pixels : undefined;
}

/**
 * Downloads of the painting as it is at the click, whatever is changed while the file is made. The shown
 * picture is blended by the browser from values in 0–255, so a lesser strength is painted anew: where the
 * network paints brighter or darker than that, it differs slightly.
 */
export function createDownload(store: Store<State>, engine: Engine, paintings: Paintings) {
  return async (type: DownloadType): Promise<void> => {
    const { photo, settings, isExporting } = store.get();
    const shown = wholeOf(store.get());
    if (photo === undefined || shown === undefined || isExporting) return;
    store.set({ isExporting: true });
    try {
      const { model, strength } = settings;
      const pixels =
        strength === 1
          ? shown
          : await engine.paint({
              ...styleJob(settings, paintings),
              ...beginning(momentOf(photo, settings)),
              ...{ model, strength, picture: photo.blob },
            });
      save(await pictureFile(pixels, type), fileName(photo.name, type));
    } catch {
      store.set({ notice: { kind: 'problem', text: (s) => s.downloadFailed } });
    } finally {
      store.set({ isExporting: false });
    }
  };
}

/** Encodes a picture. @throws Error if the browser has no canvas that large */
async function pictureFile(pixels: ImageData, type: DownloadType): Promise<Blob> {
  const { width, height } = pixels;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the picture is too large for this browser');
  context.putImageData(pixels, 0, 0);
  if (type === 'JPEG') {
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
  }
  return canvas.convertToBlob({ type: downloadTypes[type], quality: JPEG_QUALITY });
}

/** Hands a file to the browser to save. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // By then the download has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `harbour.jpg` painted becomes `harbour-painted.png`. */
function fileName(name: string, type: DownloadType): string {
  const stem = name.replace(/\.[^.]*$/, '') || 'picture';
  return `${stem}-painted.${type === 'PNG' ? 'png' : 'jpg'}`;
}
