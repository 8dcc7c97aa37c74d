/** Pictures as files, in the formats that the browser writes. */

import { type FileType, fileTypes, type Saving, type Shown } from './state.ts';

const mimeTypes: Readonly<Record<FileType, string>> = {
  PNG: 'image/png',
  JPEG: 'image/jpeg',
  WebP: 'image/webp',
  AVIF: 'image/avif',
};

const endings: Readonly<Record<FileType, string>> = { PNG: 'png', JPEG: 'jpg', WebP: 'webp', AVIF: 'avif' };

/** The formats that this browser writes. It would silently write PNG in place of others. */
export async function writableTypes(): Promise<FileType[]> {
  const canvas = new OffscreenCanvas(1, 1);
  canvas.getContext('2d');
  const can = fileTypes.map(async (type) => {
    const blob = await canvas.convertToBlob({ type: mimeTypes[type] });
    return blob.type === mimeTypes[type];
  });
  const known = await Promise.all(can);
  return fileTypes.filter((_, i) => known[i]);
}

/** Sides in pixels of a picture as it is saved. */
export function savedSize(
  { width, height }: Pick<Shown, 'width' | 'height'>,
  { scale }: Pick<Saving, 'scale'>,
) {
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}

/**
 * Encodes a picture as it is now. JPEG shows white where it is transparent.
 *
 * @throws Error if the browser has no canvas that large
 */
export async function pictureFile(
  shown: Pick<Shown, 'image' | 'width' | 'height'>,
  { type, quality, scale }: Saving,
): Promise<Blob> {
  const { width, height } = savedSize(shown, { scale });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the picture is too large for this browser');
  if (scale === 1) context.drawImage(shown.image, 0, 0);
  else {
    const resize = { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' } as const;
    const small = await createImageBitmap(shown.image, resize);
    context.drawImage(small, 0, 0);
    small.close();
  }
  if (type === 'JPEG') {
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
  }
  return canvas.convertToBlob({ type: mimeTypes[type], quality });
}

/** `harbour.jpg` painted becomes `harbour-painted.png`. */
export function paintedName(name: string, type: FileType): string {
  return `${stemOf(name) || 'picture'}-painted.${endings[type]}`;
}

export function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, '');
}
