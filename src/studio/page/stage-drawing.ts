/** Draws pictures into panes of the stage's canvas. */

import type { MaskPlane } from './settings.ts';
import type { Shown } from './state.ts';
import { type Placed, placed, type Size, type Spot, type View } from './view.ts';

/** Part of the stage that shows a picture of its own. */
export interface Pane extends Size, Spot {}

/** Contents of a pane. */
export interface Scene {
  readonly photo: Shown;
  readonly painted: Shown | undefined;
  /** Opacity of the painting over the photograph, 0–1. */
  readonly strength: number;
  /** Left part that shows only the photograph. */
  readonly split: number;
  readonly mask: MaskPlane | undefined;
}

/** `count` panes, in the rows and columns that show the picture largest. */
export function panesOf(stage: Size, count: number, gap: number, picture: Size): Pane[] {
  const grids = Array.from({ length: count }, (_, i) => {
    const columns = i + 1;
    const rows = Math.ceil(count / columns);
    const width = (stage.width - gap * (columns - 1)) / columns;
    const height = (stage.height - gap * (rows - 1)) / rows;
    return { columns, width, height, scale: Math.min(width / picture.width, height / picture.height) };
  });
  const best = grids.reduce((one, other) => (other.scale > one.scale ? other : one));
  const { columns } = best;
  if (count === 1) return [{ x: 0, y: 0, ...stage }];
  // No larger than the pictures, centred on the stage.
  const width = Math.min(best.width, picture.width * best.scale);
  const height = Math.min(best.height, picture.height * best.scale);
  const rows = Math.ceil(count / columns);
  const left = (stage.width - columns * width - gap * (columns - 1)) / 2;
  const top = (stage.height - rows * height - gap * (rows - 1)) / 2;
  return Array.from({ length: count }, (_, i) => ({
    x: left + (i % columns) * (width + gap),
    y: top + Math.floor(i / columns) * (height + gap),
    width,
    height,
  }));
}

/** @param density canvas pixels per CSS pixel */
export function drawScene(
  context: CanvasRenderingContext2D,
  density: number,
  pane: Pane,
  view: View,
  scene: Scene,
): void {
  const { photo, painted, split } = scene;
  const place = placed(view, pane, photo);
  context.save();
  context.setTransform(density, 0, 0, density, density * pane.x, density * pane.y);
  clipTo(context, 0, 0, pane.width, pane.height);
  context.imageSmoothingQuality = 'high';
  const seam = painted === undefined ? 1 : split;
  if (seam > 0 || scene.strength < 1) drawPart(context, photo, photo, place, 0, 1);
  if (painted !== undefined && seam < 1) {
    context.globalAlpha = scene.strength;
    drawPart(context, painted, photo, place, seam, 1);
    context.globalAlpha = 1;
  }
  if (scene.mask !== undefined) {
    const tint = tintOf(scene.mask);
    drawPart(context, { image: tint, width: tint.width, height: tint.height }, photo, place, seam, 1);
  }
  context.restore();
}

/** Draws an image in the picture's place, from `from` to `to` of its width. */
function drawPart(
  context: CanvasRenderingContext2D,
  shown: Shown,
  picture: Size,
  { x, y, scale }: Placed,
  from: number,
  to: number,
): void {
  const [width, height] = [picture.width * scale, picture.height * scale];
  context.save();
  clipTo(context, x + from * width, y, (to - from) * width, height);
  // Strongly enlarged pixels stay sharp.
  context.imageSmoothingEnabled = (scale * picture.width) / shown.width < 4 || shown.width < picture.width;
  context.drawImage(shown.image, x, y, width, height);
  context.restore();
}

function clipTo(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

/** The last veil: masks are drawn one at a time, and anew at every step of the brush. */
let veil:
  | { readonly of: MaskPlane; readonly canvas: HTMLCanvasElement; readonly pixels: ImageData }
  | undefined;

/** A veil over the areas outside of the mask. */
function tintOf(mask: MaskPlane): HTMLCanvasElement {
  if (veil?.of === mask) return veil.canvas;
  const { width, height, data } = mask;
  const isFitting = veil?.of.width === width && veil.of.height === height;
  const canvas = (isFitting && veil?.canvas) || document.createElement('canvas');
  const pixels = (isFitting && veil?.pixels) || new ImageData(width, height);
  if (!isFitting) [canvas.width, canvas.height] = [width, height];
  const words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < words.length; i++) {
    // Alpha, blue, green, red.
    words[i] = ((0.45 * (255 - (data[i] ?? 0))) << 24) | 0x201a16;
  }
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  veil = { of: mask, canvas, pixels };
  return canvas;
}
