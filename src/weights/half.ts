/** IEEE 754 half precision (binary16) to and from float32, and bfloat16 to it, exact to the bit. */

/**
 * Float32 magnitudes of this size or more (65520 = 65504 + half a step) round past the largest half, 65504.
 */
const overflowBits = 0x477ff000;

/**
 * Converts halves, given as their bits, to float32. Every half is exactly a float32; subnormals,
 * infinities and the payloads of NaN are kept.
 */
export function halvesToFloats(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  // Written as integers because an engine may quieten a signalling NaN that it handles as a number.
  const bits = new Uint32Array(floats.buffer);
  halves.forEach((half, index) => {
    bits[index] = halfToFloatBits(half);
  });
  return floats;
}

/** Converts bfloat16, given as its bits, which are the upper half of a float32. */
export function brainToFloats(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/**
 * Rounds float32 values to the nearest half, ties to even, and returns the bits. Finite values of
 * magnitude 65520 or more become infinities: see {@link overflowsHalf}.
 */
export function floatsToHalves(floats: Float32Array): Uint16Array {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  bits.forEach((word, index) => {
    halves[index] = floatToHalfBits(word);
  });
  return halves;
}

/** Whether a value is finite as float32 but would round to an infinite half. */
export function overflowsHalf(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) >= 65520;
}

function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  // 112 is the difference of the exponent biases, 127 - 15.
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // A subnormal half is a normal float32: shift its leading one into the hidden place (bit 10).
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}

function floatToHalfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    // If the payload occupies only the 13 bits cut off, an infinity would remain: keep it a NaN.
    return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  }
  if (magnitude >= overflowBits) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebiased = magnitude - (112 << 23);
    // A carry out of the mantissa raises the exponent, as rounding up should.
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // At most half of the smallest subnormal, 2⁻²⁴; the tie goes to even, which is zero.
  if (magnitude <= 0x33000000) return sign;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - (magnitude >>> 23);
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (rest > tie || (rest === tie && (kept & 1) === 1) ? kept + 1 : kept);
}
