/** Colours as red, green and blue from 0 to 1, and the small sums that all drawings share. */
import { between, type Random } from './chance.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** A colour from its six hexadecimal digits. */
export function hex(digits: string): Colour {
  const value = Number.parseInt(digits, 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** A palette from hexadecimal codes separated by spaces. */
export function palette(codes: string): Colour[] {
  return codes.split(' ').map(hex);
}

export function mix(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** The colour at `place`, 0 to 1, along evenly spaced stops. */
export function ramp(stops: readonly Colour[], place: number): Colour {
  const spot = clamp(place) * (stops.length - 1);
  const index = Math.min(Math.floor(spot), Math.max(0, stops.length - 2));
  return mix(pick(stops, index), pick(stops, Math.min(index + 1, stops.length - 1)), spot - index);
}

/** The colour made lighter (above 1) or darker (below 1). */
export function scale(colour: Colour, factor: number): Colour {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}

/** The colour varied at random: its brightness, and by half as much each channel separately. */
export function vary(colour: Colour, random: Random, amount: number): Colour {
  const light = between(random, -amount, amount);
  const shift = (): number => light + between(random, -amount, amount) / 2;
  return [colour[0] + shift(), colour[1] + shift(), colour[2] + shift()];
}

/** The member at `index`, which wraps around. */
export function pick<T>(list: readonly T[], index: number): T {
  const member = list[((Math.floor(index) % list.length) + list.length) % list.length];
  if (member === undefined) throw new RangeError('internal: nothing to pick from an empty list');
  return member;
}

export function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}

/** Rises smoothly from 0 at `from` to 1 at `to`; falls when `from` is the greater. */
export function smooth(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from));
  return t * t * (3 - 2 * t);
}
