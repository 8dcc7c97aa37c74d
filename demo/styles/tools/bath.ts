/** A bath of marbling ink, told backwards: for each place in the picture, where its ink came from. */
import type { Colour } from './colour.ts';

interface Place {
  x: number;
  y: number;
}

/** Undoes one thing done to the bath: moves the place to where its ink was before, or knows the ink. */
export type Undo = (place: Place) => Colour | undefined;

/** A drop spreads to a disc and pushes all ink outside it away, keeping every area what it was. */
export function drop(x: number, y: number, radius: number, ink: Colour): Undo {
  return (place) => {
    const dx = place.x - x;
    const dy = place.y - y;
    const square = dx * dx + dy * dy;
    if (square < radius * radius) return ink;
    const back = Math.sqrt(1 - (radius * radius) / square);
    place.x = x + dx * back;
    place.y = y + dy * back;
    return undefined;
  };
}

/** Teeth `gap` apart drag the ink along `angle`, most where they pass. */
export function comb(angle: number, gap: number, pull: number, start = 0): Undo {
  const along = { x: Math.cos(angle), y: Math.sin(angle) };
  return (place) => {
    const across = place.y * along.x - place.x * along.y - start;
    const tooth = Math.abs(across / gap - Math.round(across / gap));
    const drag = pull * Math.exp(-7 * tooth);
    place.x -= along.x * drag;
    place.y -= along.y * drag;
    return undefined;
  };
}

/** The comb wanders from side to side on its way. */
export function sway(width: number, turns: number): Undo {
  return (place) => {
    place.x -= width * Math.sin(turns * 2 * Math.PI * place.y);
    place.y -= width * Math.sin(turns * 2 * Math.PI * place.x);
    return undefined;
  };
}

export function whirl(x: number, y: number, turn: number, reach: number): Undo {
  return (place) => {
    const dx = place.x - x;
    const dy = place.y - y;
    const angle = -turn * Math.exp(-(dx * dx + dy * dy) / (reach * reach));
    place.x = x + dx * Math.cos(angle) - dy * Math.sin(angle);
    place.y = y + dx * Math.sin(angle) + dy * Math.cos(angle);
    return undefined;
  };
}

/** Ink drawn on top in some form, given in units of `reach` from (`x`, `y`), without pushing the rest away. */
export function draw(
  x: number,
  y: number,
  reach: number,
  ink: Colour,
  inside: (dx: number, dy: number) => boolean,
): Undo {
  return (place) => {
    const dx = (place.x - x) / reach;
    const dy = (place.y - y) / reach;
    // No form is larger than this box, and most places are outside it.
    if (dx < -2 || dx > 2 || dy < -2 || dy > 5) return undefined;
    return inside(dx, dy) ? ink : undefined;
  };
}
