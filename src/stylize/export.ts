/** The networks of a model as ONNX, for programs without this package. */

import { SettingError } from '../errors.ts';
import { encodeOnnx, type Port } from '../graph/onnx.ts';
import { withMetadata } from '../graph/onnx-metadata.ts';
import { minimum, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { simplify } from '../graph/simplify.ts';
import { inputShapes, type Outputs, type Tensor } from '../graph/tensor.ts';
import type { ImageSize } from '../images/image.ts';
import { encodeStyle, minimumSize, stylize } from '../networks/generator.ts';
import { meanPool } from '../networks/layers.ts';
import { frozen, type Parameters } from '../networks/parameters.ts';
import { sumAxisByAxis } from '../runtime/web-graph.ts';
import { floatsToHalves, overflowsHalf } from '../weights/half.ts';
import type { ExportedPart, pictureForms } from './export-options.ts';
import { brokenColourTensor } from './broken-colour.ts';
import { detailTensor, enlargedTensor } from './detail.ts';
import { levelsOf } from './levels.ts';
import { paintingChoices } from './options.ts';
import { WHOLE_PIXELS } from './painter.ts';
import { revisionSizes } from './revise.ts';
import type { Style, StylizerModel } from './style.ts';

export interface ExportOptions {
  readonly part: ExportedPart;
  /** Size of the content, at which it is painted. */
  readonly size: ImageSize;
  /** Size of the style picture. */
  readonly styleSize: ImageSize;
  /** A style that the painter keeps; it then takes only a content. */
  readonly style?: Style;
  readonly form: (typeof pictureForms)[number];
  /** Stores weights as float16, which halves the file. Computation stays in float32. */
  readonly half: boolean;
  /** Notes for `metadata_props`. */
  readonly notes: Readonly<Record<string, string>>;
}

/** Prefix of the tensors of an encoded style, as the style encoder gives and the painter takes them. */
const STYLE = 'style.';

/** Sides from which on networks are exported. */
const LEAST_SIDE = 64;

/**
 * A model's network as an ONNX file of standard operators (opset 18), static shapes, draft and revision in
 * one graph. At its size it paints what the library does with `finestSize` set to the short side, clamped
 * to 0–1.
 *
 * @throws SettingError for a size at which the model does not paint
 */
export function exportOnnx(model: StylizerModel, options: ExportOptions): Uint8Array {
  const { form, half, notes } = options;
  const outputs = sumAxisByAxis(outputsOf(model, options));
  const pictures = form === 'uint8' ? ['content', 'style', 'painting'] : [];
  const ports = new Map(pictures.map((name) => [name, bytePort]));
  const bytes = encodeOnnx(outputs, half ? { ports, narrow } : { ports });
  return withMetadata(bytes, notes);
}

function outputsOf(model: StylizerModel, { part, size, styleSize, style }: ExportOptions): Outputs {
  const { config } = model;
  const parameters = frozen(model.weights, model.name);
  for (const [name, { width, height }] of Object.entries({ size, 'style-size': styleSize })) {
    const least = Math.max(LEAST_SIDE, minimumSize(config));
    if (Math.min(width, height) >= least) continue;
    const expected = `sides of at least ${least} pixels`;
    throw new SettingError({ expected, name: `--${name}`, received: `${width}x${height}` });
  }
  const encoded = encodeStyle(input('style', [1, 3, styleSize.height, styleSize.width]), parameters, config);
  if (part === 'whole') return { painting: painted(model, parameters, size, encoded) };
  const taken = Object.entries(encoded).map(
    ([name, { shape }]) => [name, input(STYLE + name, shape)] as const,
  );
  const painting = painted(
    model,
    parameters,
    size,
    style === undefined ? Object.fromEntries(taken) : kept(style),
  );
  if (part === 'painter') return { painting };
  // Only what the painter of that size takes: it need not be sorted out between the two.
  const wanted = inputShapes(simplify({ painting }));
  const given = Object.entries(encoded).map(([name, tensor]) => [STYLE + name, tensor] as const);
  return Object.fromEntries(given.filter(([name]) => wanted.has(name)));
}

function kept({ tensors }: Style): Outputs {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape }]) => [name, constant(data, shape)]),
  );
}

/** The painting of a content at its levels, clamped to 0–1. */
function painted({ config }: StylizerModel, parameters: Parameters, size: ImageSize, style: Outputs): Tensor {
  const { width, height } = size;
  const levels = levelsOf(size, config, { finestSize: Math.min(width, height) });
  const isPainted = levels.size.width === width && levels.size.height === height;
  if (!isPainted || width * height > WHOLE_PIXELS) {
    throw new SettingError({
      expected: 'a size at which the model paints in one piece',
      name: '--size',
      received: `${width}x${height}`,
      remedy: 'take a short side up to 600, or 1024, and at most 1.3 megapixels',
    });
  }
  const content = input('content', [1, 3, height, width]);
  const { revisions, share } = levels;
  const shares: Tensor[] = [];
  let painted: Tensor = content;
  if (revisions > 0) {
    const detail = detailTensor(content);
    const maps = [mul(sub(1, mul(detail, paintingChoices.followDetail.default)), share)];
    while (maps.length < revisions) maps.unshift(meanPool(maps[0] ?? content, 1));
    const sizes = revisionSizes(size, revisions);
    shares.push(...maps.map((map, i) => enlargedTensor(map, sizes[i] ?? size)));
    painted = brokenColourTensor(content, detail);
  }
  return relu(minimum(stylize(painted, style, parameters, config, { shares }), 1));
}

/** Constants of fewer values stay float32: there is little to save. */
const FEW = 64;

/** The bits of float16, unless a value would become infinite. */
function narrow(data: Float32Array): Uint16Array | undefined {
  return data.length < FEW || data.some(overflowsHalf) ? undefined : floatsToHalves(data);
}

/** TensorProto.DataType. */
const [FLOAT, UINT8] = [1, 2];

/** RGB bytes, `[1, H, W, 3]`. */
const bytePort: Port = {
  type: UINT8,
  shape: ([n = 1, c = 3, h = 1, w = 1]) => [n, h, w, c],
  enter(value, emitter) {
    const floats = emitter.node('Cast', [value], { to: FLOAT });
    const scaled = emitter.node('Div', [floats, emitter.float32(Float32Array.of(255), [])]);
    return emitter.node('Transpose', [scaled], { perm: [0, 3, 1, 2] });
  },
  leave(value, emitter) {
    const scaled = emitter.node('Mul', [value, emitter.float32(Float32Array.of(255), [])]);
    const rounded = emitter.node('Round', [scaled]);
    const last = emitter.node('Transpose', [rounded], { perm: [0, 2, 3, 1] });
    return emitter.node('Cast', [last], { to: UINT8 });
  },
};
