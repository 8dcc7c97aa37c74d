/** The painting as a file, in the photograph's full size. */

import type { State } from './state.ts';

const downloadTypes = { PNG: 'image/png', JPEG: 'image/jpeg' } as const;
export type DownloadType = keyof typeof downloadTypes;

const JPEG_QUALITY = 0.93;

/** Whether the painting exists in full size. */
export function isWhole({ photo, painted, settings }: State): boolean {
  return photo !== undefined && painted?.pixels !== undefined && !settings.isCompared;
}

/** Encodes a picture. @throws Error if the browser has no canvas that large */
export async function pictureFile(pixels: ImageData, type: DownloadType): Promise<Blob> {
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
export function fileName(name: string, type: DownloadType): string {
  const stem = name.replace(/\.[^.]*$/, '') || 'picture';
  return `${stem}-painted.${type === 'PNG' ? 'png' : 'jpg'}`;
}
