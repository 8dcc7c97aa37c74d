import { expect, test } from 'vitest';
import { floatsToHalves, halvesToFloats, overflowsHalf } from './half.ts';

const everyHalf = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** The definition of binary16, in float64 arithmetic. */
function valueOfHalf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(bits / 1024) % 32;
  const mantissa = bits % 1024;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The values of halves 0x0000 … 0x7c00 rise; infinity stands for the next step, 65536. */
const ladder = Array.from({ length: 0x7c01 }, (_, bits) => (bits === 0x7c00 ? 65536 : valueOfHalf(bits)));

/** The nearest half, found by search instead of bit arithmetic; ties to even bits. */
function nearestHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((ladder[middle] ?? 0) <= magnitude) low = middle;
    else high = middle;
  }
  const below = magnitude - (ladder[low] ?? 0);
  const above = (ladder[high] ?? 0) - magnitude;
  const nearest = below < above ? low : above < below ? high : low % 2 === 0 ? low : high;
  return sign + nearest;
}

function mismatches(floats: Float32Array): number[] {
  const halves = floatsToHalves(floats);
  return [...floats].filter((value, index) => halves[index] !== nearestHalf(value));
}

test('all 65,536 halves become the float32 of the same value', () => {
  const floats = halvesToFloats(everyHalf);
  const wrong = [...everyHalf].filter((bits) => !Object.is(floats[bits], valueOfHalf(bits)));
  expect(wrong).toEqual([]);
});

test('all 65,536 halves survive the way to float32 and back, NaN payloads too', () => {
  expect(floatsToHalves(halvesToFloats(everyHalf))).toEqual(everyHalf);
});

test('float32 numbers at, just under and just over each tie go to the nearest half', () => {
  const ties = ladder.slice(0, -1).map((value, bits) => (value + (ladder[bits + 1] ?? 0)) / 2);
  const ulpDown = new Float32Array(ties);
  const ulpUp = new Float32Array(ties);
  // The ties are positive, so a step of the bits is a step of the value.
  new Uint32Array(ulpDown.buffer).forEach((word, index, words) => {
    words[index] = word - 1;
  });
  new Uint32Array(ulpUp.buffer).forEach((word, index, words) => {
    words[index] = word + 1;
  });
  for (const floats of [new Float32Array(ties), ulpDown, ulpUp]) {
    expect(mismatches(floats)).toEqual([]);
    expect(mismatches(floats.map((value) => -value))).toEqual([]);
  }
});

test('float32 numbers of every exponent go to the nearest half', () => {
  // A full-period linear congruential generator over all bit patterns.
  let state = 1;
  const bits = Uint32Array.from({ length: 200_000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  });
  const floats = new Float32Array(bits.buffer).filter(Number.isFinite);
  expect(floats.length).toBeGreaterThan(190_000);
  expect(mismatches(floats)).toEqual([]);
});

test('infinities stay infinite, and a NaN whose payload is cut off stays a NaN', () => {
  const floats = new Float32Array(new Uint32Array([0x7f800000, 0xff800000, 0x7f800001, 0xff801fff]).buffer);
  expect([...floatsToHalves(floats)]).toEqual([0x7c00, 0xfc00, 0x7e00, 0xfe00]);
});

test('a view into the middle of a buffer is converted from its own start', () => {
  const view = new Float32Array([7, 1, -2]).subarray(1);
  expect([...floatsToHalves(view)]).toEqual([0x3c00, 0xc000]);
});

test('overflow begins where rounding exceeds the finite halves', () => {
  const below = Math.fround(65519.996);
  expect([65504, below, -below].map(overflowsHalf)).toEqual([false, false, false]);
  expect([65520, -65520, 1e30].map(overflowsHalf)).toEqual([true, true, true]);
  expect([Number.POSITIVE_INFINITY, Number.NaN].map(overflowsHalf)).toEqual([false, false]);
  expect([...floatsToHalves(new Float32Array([below, 65520]))]).toEqual([0x7bff, 0x7c00]);
});
