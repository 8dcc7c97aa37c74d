/** Matrix products, convolution and softmax: the operations that take most of the time. */

import { ShapeError } from '../../errors.ts';
import { inputOf, type Op, type Value } from '../op.ts';
import { broadcastShapes, elementCount, extent, nchw, type Shape, sameShape, show } from '../shape.ts';
import { makeTensor, type Pads, type Tensor } from '../tensor.ts';
import { broadcastAddress, reduceSum, sumTo } from './broadcast.ts';
import { mul, sub } from './elementwise.ts';
import { concat, flipKernel, padZeros, reshape, slice, transpose } from './layout.ts';

/** Matrix product of the last two dimensions, `[…, M, K] · […, K, N]`; the others broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return makeTensor('matmul', [a, b], {}, matmulOp.shape([a.shape, b.shape], {}));
}

/** Swaps the last two dimensions. */
export function matrixTranspose(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  const last = axes.length - 1;
  return transpose(x, [...axes.slice(0, -2), last, last - 1]);
}

/**
 * Convolution (cross-correlation, as everywhere in this field) of stride 1:
 * `x [N, I, H, W]`, `w [O, I, kH, kW]`, `bias [O]`, zero padding `pads`.
 */
export function conv(x: Tensor, w: Tensor, bias?: Tensor, pads: Pads = [0, 0, 0, 0]): Tensor {
  const inputs = bias === undefined ? [x, w] : [x, w, bias];
  const shapes = inputs.map((t) => t.shape);
  return makeTensor('conv', inputs, { pads }, convOp.shape(shapes, { pads }));
}

/** Softmax over the last dimension. */
export function softmax(x: Tensor): Tensor {
  return makeTensor('softmax', [x], {}, x.shape);
}

export const matmulOp: Op<'matmul'> = {
  shape([a = [], b = []]) {
    if (a.length < 2 || b.length < 2 || extent(a, -1) !== extent(b, -2)) {
      throw new ShapeError({
        expected: '[…, M, K] and [K, N]',
        name: 'matmul',
        received: `${show(a)} and ${show(b)}`,
      });
    }
    return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2), 'matmul'), extent(a, -2), extent(b, -1)];
  },
  gradient: (t, g, needed) => {
    const [a, b] = [inputOf(t.inputs, 0), inputOf(t.inputs, 1)];
    // A matrix shared by a batch gets one large product instead of a batch of small ones and a sum.
    const shared = b.shape.length === 2 && a.shape.length > 2;
    const rows = elementCount(a.shape.slice(0, -1));
    const flatA = shared ? reshape(a, [rows, extent(a.shape, -1)]) : a;
    const flatG = shared ? reshape(g, [rows, extent(g.shape, -1)]) : g;
    return [
      needed[0] ? sumTo(matmul(g, matrixTranspose(b)), a.shape) : null,
      needed[1] ? sumTo(matmul(matrixTranspose(flatA), flatG), b.shape) : null,
    ];
  },
  evaluate: (inputs, _, shape) => {
    const [a, b] = [inputOf(inputs, 0), inputOf(inputs, 1)];
    const [m, k, n] = [extent(a.shape, -2), extent(a.shape, -1), extent(b.shape, -1)];
    const result = new Float64Array(elementCount(shape));
    const batch = shape.slice(0, -2);
    const atA = broadcastAddress(a.shape.slice(0, -2), batch);
    const atB = broadcastAddress(b.shape.slice(0, -2), batch);
    for (let i = 0; i < elementCount(batch); i++) {
      const left = a.data.subarray(atA(i) * m * k);
      const right = b.data.subarray(atB(i) * k * n);
      multiply(left, right, result.subarray(i * m * n), m, k, n);
    }
    return result;
  },
  emit: (_, inputs, e) => e.node('MatMul', inputs),
};

export const convOp: Op<'conv'> = {
  shape([x = [], w = [], bias], { pads }) {
    const [top, left, bottom, right] = pads;
    const [n, c, height, width] = nchw(x, 'conv input');
    const [o, i, kh, kw] = nchw(w, 'conv kernel');
    const [outHeight, outWidth] = [height + top + bottom - kh + 1, width + left + right - kw + 1];
    const fits =
      i === c &&
      outHeight > 0 &&
      outWidth > 0 &&
      pads.every((pad) => pad >= 0) &&
      (bias === undefined || sameShape(bias, [o]));
    if (!fits) {
      throw new ShapeError({
        expected: 'input [N, I, H, W], kernel [O, I, kH, kW], bias [O], pads of 0 or more',
        name: 'conv',
        received: [x, w, ...(bias === undefined ? [] : [bias]), pads].map(show).join(', '),
      });
    }
    return [n, o, outHeight, outWidth];
  },
  gradient: (t, g, needed) => {
    const [x, w] = [inputOf(t.inputs, 0), inputOf(t.inputs, 1)];
    const [kh, kw] = [extent(w.shape, 2), extent(w.shape, 3)];
    const [top, left, bottom, right] = t.attributes.pads;
    const full: Pads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right];
    const results = [
      needed[0] ? convPadded(g, flipKernel(w), full) : null,
      needed[1] ? kernelGradient(x, g, kh, kw, t.attributes.pads) : null,
    ];
    const bias = t.inputs[2];
    if (bias !== undefined) results.push(needed[2] ? reshape(reduceSum(g, [0, 2, 3]), bias.shape) : null);
    return results;
  },
  evaluate: (inputs, { pads: [top, left] }, shape) => {
    const [x, w, bias] = [inputOf(inputs, 0), inputOf(inputs, 1), inputs[2]];
    return convolve(x, w, bias, top, left, shape);
  },
  emit: (t, inputs, e) => {
    const [, , kh, kw] = nchw(inputOf(t.inputs, 1).shape, 'conv kernel');
    return e.node('Conv', inputs, { kernel_shape: [kh, kw], pads: t.attributes.pads });
  },
};

export const softmaxOp: Op<'softmax'> = {
  shape: ([x = []]) => x,
  gradient: (t, g) => {
    const weighted = mul(g, t);
    return [sub(weighted, mul(t, reduceSum(weighted, [t.shape.length - 1])))];
  },
  evaluate: (inputs, _, shape) => {
    const { data } = inputOf(inputs, 0);
    const n = extent(shape, -1);
    const result = new Float64Array(data.length);
    for (let row = 0; row < data.length; row += n) {
      const values = data.subarray(row, row + n);
      const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
      const powers = values.map((value) => Math.exp(value - top));
      const sum = powers.reduce((a, b) => a + b, 0);
      result.set(
        powers.map((power) => power / sum),
        row,
      );
    }
    return result;
  },
  emit: (_, inputs, e) => e.node('Softmax', inputs, { axis: -1 }),
};

/** Convolution in which a negative pad crops. Pads wider than the kernel reaches gave only zeros. */
function convPadded(x: Tensor, w: Tensor, [top, left, bottom, right]: Pads): Tensor {
  const [n, c, height, width] = nchw(x.shape, 'conv gradient');
  const cropped =
    Math.min(top, left, bottom, right) < 0
      ? slice(
          x,
          [0, 0, Math.max(0, -top), Math.max(0, -left)],
          [n, c, height + Math.min(0, bottom), width + Math.min(0, right)],
        )
      : x;
  const pads: Pads = [Math.max(0, top), Math.max(0, left), Math.max(0, bottom), Math.max(0, right)];
  return conv(cropped, w, undefined, pads);
}

/**
 * Gradient of a convolution with respect to its kernel, as one matrix product of shifted copies per sample. A
 * convolution with a picture-sized kernel gives the same values but takes 2 to 8 times as long.
 */
function kernelGradient(x: Tensor, g: Tensor, kh: number, kw: number, pads: Pads): Tensor {
  const [n, o, outH] = nchw(g.shape, 'conv gradient');
  const [, i, height, width] = nchw(x.shape, 'conv input');
  const [top, left, bottom, right] = pads;
  const padded =
    top + left + bottom + right === 0
      ? x
      : padZeros(x, [0, 0, top, left], [n, i, height + top + bottom, width + left + right]);
  if (kh * kw === 1) return reshape(channelProducts(stacked([g]), stacked([padded])), [o, i, 1, 1]);
  // Only rows of x and columns of g are shifted: kh + kw copies instead of kh · kw windows of x.
  const whole = width + left + right;
  const rows = range(kh).map((dy) => slice(padded, [0, 0, dy, 0], [n, i, dy + outH, whole]));
  const columns = range(kw).map((dx) => padZeros(g, [0, 0, 0, dx], [n, o, outH, whole]));
  const products = channelProducts(stacked(columns), stacked(rows));
  return reshape(transpose(reshape(products, [kw, o, kh, i]), [1, 3, 2, 0]), [o, i, kh, kw]);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Maps `[N, C, H, W]` joined along the channels: `[N, count · C, H · W]`. */
function stacked(maps: readonly Tensor[]): Tensor {
  const [first] = maps;
  const whole = maps.length === 1 && first !== undefined ? first : concat(maps, 1);
  const [n, c, h, w] = nchw(whole.shape, 'conv gradient');
  return reshape(whole, [n, c, h * w]);
}

/** Products of all channels of `g [N, O, P]` with all of `x [N, I, P]`, summed over N and P: `[1, O, I]`. */
function channelProducts(g: Tensor, x: Tensor): Tensor {
  const products = matmul(g, matrixTranspose(x));
  return extent(products.shape, 0) === 1 ? products : reduceSum(products, [0]);
}

function multiply(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += (a[i * k + l] ?? 0) * (b[l * n + j] ?? 0);
      out[i * n + j] = sum;
    }
  }
}

function convolve(
  x: Value,
  w: Value,
  bias: Value | undefined,
  top: number,
  left: number,
  shape: Shape,
): Float64Array {
  const [n, o, outH, outW] = nchw(shape, 'conv result');
  const [, c, height, width] = nchw(x.shape, 'conv input');
  const [, , kh, kw] = nchw(w.shape, 'conv kernel');
  const result = new Float64Array(elementCount(shape));
  let at = 0;
  for (let s = 0; s < n; s++) {
    for (let k = 0; k < o; k++) {
      for (let py = 0; py < outH; py++) {
        for (let px = 0; px < outW; px++) {
          let sum = bias?.data[k] ?? 0;
          for (let i = 0; i < c; i++) {
            for (let dy = 0; dy < kh; dy++) {
              const y = py + dy - top;
              if (y < 0 || y >= height) continue;
              for (let dx = 0; dx < kw; dx++) {
                const column = px + dx - left;
                if (column < 0 || column >= width) continue;
                const value = x.data[((s * c + i) * height + y) * width + column] ?? 0;
                sum += value * (w.data[((k * c + i) * kh + dy) * kw + dx] ?? 0);
              }
            }
          }
          result[at++] = sum;
        }
      }
    }
  }
  return result;
}
