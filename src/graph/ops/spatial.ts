/** Operations on the height and width of `[N, C, H, W]`: reflection padding, pooling, upsampling. */

import { ShapeError } from '../../errors.ts';
import { type Emitter, inputOf, type Op } from '../op.ts';
import { elementCount, nchw, type Shape, sameShape, show } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { equal, mul } from './elementwise.ts';
import { slice } from './layout.ts';

/** Mirrors `size` pixels at every side, without repeating the border itself. */
export function reflectPad(x: Tensor, size: number): Tensor {
  return makeTensor('reflectPad', [x], { size }, reflectPadOp.shape([x.shape], { size }));
}

/** Adjoint of reflectPad: cuts `size` pixels off every side and adds them to the pixels that they mirror. */
export function reflectFold(x: Tensor, size: number): Tensor {
  return makeTensor('reflectFold', [x], { size }, reflectFoldOp.shape([x.shape], { size }));
}

/**
 * 2×2 maximum of stride 2, ceil mode: a last odd row or column is pooled alone. The gradient goes to every
 * position that holds the maximum (both get it if two tie).
 */
export function maxPool(x: Tensor): Tensor {
  return makeTensor('maxPool', [x], {}, maxPoolOp.shape([x.shape], {}));
}

/** Nearest-neighbour upsampling ×2. */
export function upsample(x: Tensor): Tensor {
  return makeTensor('upsample', [x], {}, upsampleOp.shape([x.shape], {}));
}

/** Sum over 2×2 blocks, the adjoint of upsample; height and width must be even. */
export function sumPool(x: Tensor): Tensor {
  return makeTensor('sumPool', [x], {}, sumPoolOp.shape([x.shape], {}));
}

/**
 * Means over 3×3 with weights 1, 2, 1 along either axis; pixels at a border are repeated beyond it. Its own
 * adjoint. After {@link upsample} it makes an enlargement that is linear between the middles of the pixels.
 */
export function blur(x: Tensor): Tensor {
  return makeTensor('blur', [x], {}, blurOp.shape([x.shape], {}));
}

export const reflectPadOp: Op<'reflectPad'> = {
  shape([x = []], { size }) {
    const [n, c, h, w] = nchw(x, 'reflectPad');
    if (size < 1 || size >= h || size >= w) {
      throw new ShapeError({
        expected: size < 1 ? 'a size of 1 or more' : `height and width above ${size}`,
        name: 'reflectPad',
        received: show(x),
      });
    }
    return [n, c, h + 2 * size, w + 2 * size];
  },
  gradient: (t, g) => [reflectFold(g, t.attributes.size)],
  evaluate: (inputs, { size }, shape) => {
    const x = inputOf(inputs, 0);
    const result = new Float64Array(elementCount(shape));
    eachMirror(shape, size, (inner, outer) => {
      result[outer] = x.data[inner] ?? 0;
    });
    return result;
  },
  emit: (t, [x = ''], e) => {
    const p = t.attributes.size;
    return e.node('Pad', [x, e.int64([0, 0, p, p, 0, 0, p, p])], { mode: 'reflect' });
  },
};

export const reflectFoldOp: Op<'reflectFold'> = {
  shape([x = []], { size }) {
    const [n, c, h, w] = nchw(x, 'reflectFold');
    const [inH, inW] = [h - 2 * size, w - 2 * size];
    if (size < 1 || size >= inH || size >= inW) {
      throw new ShapeError({
        expected: `height and width above ${3 * size}`,
        name: 'reflectFold',
        received: show(x),
      });
    }
    return [n, c, inH, inW];
  },
  gradient: (t, g) => [reflectPad(g, t.attributes.size)],
  evaluate: (inputs, { size }, shape) => {
    const x = inputOf(inputs, 0);
    const [n, c, h, w] = nchw(shape, 'reflectFold');
    const result = new Float64Array(elementCount(shape));
    eachMirror([n, c, h + 2 * size, w + 2 * size], size, (inner, outer) => {
      result[inner] = (result[inner] ?? 0) + (x.data[outer] ?? 0);
    });
    return result;
  },
  emit: (t, [x = ''], e) => {
    const [, , h, w] = nchw(t.shape, 'reflectFold');
    const p = t.attributes.size;
    return foldAxis(foldAxis(x, h, p, 2, e), w, p, 3, e);
  },
};

export const maxPoolOp: Op<'maxPool'> = {
  shape([x = []]) {
    const [n, c, h, w] = nchw(x, 'maxPool');
    return [n, c, Math.ceil(h / 2), Math.ceil(w / 2)];
  },
  gradient: (t, g) => {
    const x = inputOf(t.inputs, 0);
    const grow = (y: Tensor) => {
      const large = upsample(y);
      return sameShape(large.shape, x.shape) ? large : slice(large, [0, 0, 0, 0], x.shape);
    };
    return [mul(grow(g), equal(x, grow(t)))];
  },
  evaluate: (inputs, _, shape) => {
    const x = inputOf(inputs, 0);
    const result = new Float64Array(elementCount(shape)).fill(-Infinity);
    eachBlock(x.shape, shape, (large, small) => {
      result[small] = Math.max(result[small] ?? 0, x.data[large] ?? 0);
    });
    return result;
  },
  emit: (_, inputs, e) => e.node('MaxPool', inputs, { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
};

export const upsampleOp: Op<'upsample'> = {
  shape([x = []]) {
    const [n, c, h, w] = nchw(x, 'upsample');
    return [n, c, 2 * h, 2 * w];
  },
  gradient: (_, g) => [sumPool(g)],
  evaluate: (inputs, _, shape) => {
    const x = inputOf(inputs, 0);
    const result = new Float64Array(elementCount(shape));
    eachBlock(shape, x.shape, (large, small) => {
      result[large] = x.data[small] ?? 0;
    });
    return result;
  },
  emit: (_, [x = ''], e) =>
    e.node('Resize', [x, '', e.float32(Float32Array.of(1, 1, 2, 2), [4])], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    }),
};

export const sumPoolOp: Op<'sumPool'> = {
  shape([x = []]) {
    const [n, c, h, w] = nchw(x, 'sumPool');
    if (h % 2 !== 0 || w % 2 !== 0) {
      throw new ShapeError({ expected: 'an even height and width', name: 'sumPool', received: show(x) });
    }
    return [n, c, h / 2, w / 2];
  },
  gradient: (_, g) => [upsample(g)],
  evaluate: (inputs, _, shape) => {
    const x = inputOf(inputs, 0);
    const result = new Float64Array(elementCount(shape));
    eachBlock(x.shape, shape, (large, small) => {
      result[small] = (result[small] ?? 0) + (x.data[large] ?? 0);
    });
    return result;
  },
  emit: (_, inputs, e) => {
    const average = e.node('AveragePool', inputs, { kernel_shape: [2, 2], strides: [2, 2] });
    return e.node('Mul', [average, e.float32(Float32Array.of(4), [])]);
  },
};

export const blurOp: Op<'blur'> = {
  shape: ([x = []]) => nchw(x, 'blur'),
  gradient: (_, g) => [blur(g)],
  evaluate: (inputs, _, shape) => {
    const { data } = inputOf(inputs, 0);
    const [n, c, h, w] = nchw(shape, 'blur');
    const within = (i: number, size: number) => Math.min(Math.max(i, 0), size - 1);
    return Float64Array.from({ length: n * c * h * w }, (_, i) => {
      const [plane, y, x] = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w];
      let sum = 0;
      for (const [dy, dx, weight] of BINOMIAL) {
        sum += weight * (data[(plane * h + within(y + dy, h)) * w + within(x + dx, w)] ?? 0);
      }
      return sum;
    });
  },
  // Means over 2×2, twice: pooling is faster than a depthwise convolution.
  emit: (_, [x = ''], e) => {
    const padded = e.node('Pad', [x, e.int64([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'edge' });
    const mean = (y: string) => e.node('AveragePool', [y], { kernel_shape: [2, 2], strides: [1, 1] });
    return mean(mean(padded));
  },
};

const BINOMIAL = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].map((dx) => [dy, dx, ((2 - Math.abs(dy)) * (2 - Math.abs(dx))) / 16] as const),
);

/** Folds one axis: the bulk stays, and the mirrored rows are added to the few rows next to each border. */
function foldAxis(x: string, inner: number, p: number, axis: number, e: Emitter): string {
  const part = (start: number, end: number) =>
    e.node('Slice', [x, e.int64([start]), e.int64([end]), e.int64([axis])]);
  // Cut first, then reversed as a whole: ONNX Runtime on WebGPU (1.30) ignores the start of a slice whose
  // step is -1.
  const reversed = (start: number) => {
    const piece = part(start, start + p);
    if (p === 1) return piece;
    return e.node('Slice', [piece, e.int64([-1]), e.int64([-(p + 1)]), e.int64([axis]), e.int64([-1])]);
  };
  const [from, to] = [p, p + inner];
  if (inner > 2 * p + 2) {
    const first = e.node('Add', [part(from + 1, from + 1 + p), reversed(0)]);
    const last = e.node('Add', [part(to - 1 - p, to - 1), reversed(to)]);
    const pieces = [part(from, from + 1), first, part(from + 1 + p, to - 1 - p), last, part(to - 1, to)];
    return e.node('Concat', pieces, { axis });
  }
  // Both borders fall on the same rows here, so each is padded with zeros and added.
  const place = (piece: string, before: number, after: number) => {
    const pads = [0, 0, 0, 0, 0, 0, 0, 0];
    pads[axis] = before;
    pads[axis + 4] = after;
    return e.node('Pad', [piece, e.int64(pads)], { mode: 'constant' });
  };
  const first = place(reversed(0), 1, inner - p - 1);
  const last = place(reversed(to), inner - p - 1, 1);
  return e.node('Add', [e.node('Add', [part(from, to), first]), last]);
}

/** Calls `each(inner, outer)` for every pixel `outer` of the padded `shape` and the one it mirrors. */
function eachMirror(shape: Shape, p: number, each: (inner: number, outer: number) => void): void {
  const [n, c, outH, outW] = nchw(shape, 'reflection');
  const [h, w] = [outH - 2 * p, outW - 2 * p];
  const mirror = (i: number, size: number) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  let outer = 0;
  for (let map = 0; map < n * c; map++) {
    for (let y = 0; y < outH; y++) {
      for (let x = 0; x < outW; x++) {
        each((map * h + mirror(y - p, h)) * w + mirror(x - p, w), outer++);
      }
    }
  }
}

/** Calls `each(large, small)` for every pixel of `large` and the 2×2 block's pixel of `small`. */
function eachBlock(large: Shape, small: Shape, each: (large: number, small: number) => void): void {
  const [n, c, h, w] = nchw(large, 'block');
  const [, , smallH, smallW] = nchw(small, 'block');
  let at = 0;
  for (let map = 0; map < n * c; map++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) each(at++, (map * smallH + (y >> 1)) * smallW + (x >> 1));
    }
  }
}
