/** The part of a picture that a pane shows. Lengths are in CSS pixels unless they are the picture's. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface View {
  /** 1 shows the whole picture. */
  readonly zoom: number;
  /** The point of the picture in the middle of the pane, 0–1 each. */
  readonly x: number;
  readonly y: number;
}

/** Position of a picture in its pane. */
export interface Placed extends Spot {
  /** CSS pixels per pixel of the picture. */
  readonly scale: number;
}

export const wholeView: View = { zoom: 1, x: 0.5, y: 0.5 };

/** Small pictures are enlarged, but no more than this. */
const MOST_FIT = 3;
/** Limit of zooming in, in CSS pixels per pixel. */
const MOST_SCALE = 8;

export function placed(view: View, pane: Size, picture: Size): Placed {
  const scale = fitScale(pane, picture) * view.zoom;
  const { x, y } = clamped(view, pane, picture);
  return {
    scale,
    x: pane.width / 2 - x * picture.width * scale,
    y: pane.height / 2 - y * picture.height * scale,
  };
}

/** The view zoomed by a factor, with the point under a spot of the pane staying there. */
export function zoomed(view: View, factor: number, spot: Spot, pane: Size, picture: Size): View {
  const fit = fitScale(pane, picture);
  const zoom = Math.min(Math.max(1, MOST_SCALE / fit), Math.max(1, view.zoom * factor));
  const before = placed(view, pane, picture);
  const under = {
    x: (spot.x - before.x) / before.scale / picture.width,
    y: (spot.y - before.y) / before.scale / picture.height,
  };
  const next = {
    zoom,
    x: under.x + (pane.width / 2 - spot.x) / (fit * zoom * picture.width),
    y: under.y + (pane.height / 2 - spot.y) / (fit * zoom * picture.height),
  };
  return { zoom, ...clamped(next, pane, picture) };
}

/** The view with the picture moved by some CSS pixels. */
export function moved(view: View, by: Spot, pane: Size, picture: Size): View {
  const scale = fitScale(pane, picture) * view.zoom;
  const from = clamped(view, pane, picture);
  const next = {
    zoom: view.zoom,
    x: from.x - by.x / (picture.width * scale),
    y: from.y - by.y / (picture.height * scale),
  };
  return { zoom: view.zoom, ...clamped(next, pane, picture) };
}

export function fitScale(pane: Size, picture: Size): number {
  return Math.max(1e-6, Math.min(MOST_FIT, pane.width / picture.width, pane.height / picture.height));
}

/** The middle, limited so that the pane has no more empty room than necessary. */
function clamped(view: View, pane: Size, picture: Size): Spot {
  const scale = fitScale(pane, picture) * view.zoom;
  const along = (middle: number, room: number, length: number): number => {
    const half = room / 2 / (length * scale);
    return half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, middle));
  };
  return {
    x: along(view.x, pane.width, picture.width),
    y: along(view.y, pane.height, picture.height),
  };
}
