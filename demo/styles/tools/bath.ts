/** A bath of marbling ink, computed backwards: for each place in the picture, the origin of its ink. */
import type { Colour } from './colour.ts';

interface Place {
  x: number;
  y: number;
}

/** Undoes one step: moves the place to the earlier position of its ink, or returns the ink itself. */
export type Undo = (place: Place) => Colour | undefined;

/** A drop spreads to a disc and pushes all ink outside of it away, without changing areas. */
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

/** Teeth `gap` apart drag the ink along `angle`, most along their own tracks. */
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

/**
 * Ink drawn on top in the shape of a form, in units of `reach` from (`x`, `y`); the rest is not pushed away.
 */
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
    // Every form fits into this box, and most places are outside of it.
    if (dx < -2 || dx > 2 || dy < -2 || dy > 5) return undefined;
    return inside(dx, dy) ? ink : undefined;
  };
}
