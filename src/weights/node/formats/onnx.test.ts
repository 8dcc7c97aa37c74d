import onnxProto from 'onnx-proto';
import { expect, it } from 'vitest';
import { readOnnx } from './onnx.ts';

const { onnx } = onnxProto;
type Tensor = Parameters<typeof onnx.TensorProto.create>[0];

const modelOf = (...initializer: NonNullable<Tensor>[]) =>
  onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ version: 18 }],
    graph: { name: 'g', initializer },
  }).finish();

it('reads values raw and listed, packed or not', () => {
  const raw = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
  const read = readOnnx(
    modelOf(
      { name: 'raw', dataType: 1, dims: [3, 1], rawData: raw },
      { name: 'floats', dataType: 1, dims: [2], floatData: [4, 5] },
      { name: 'doubles', dataType: 11, dims: [2], doubleData: [6, 7] },
      { name: 'halves', dataType: 10, dims: [1], int32Data: [0x3c00] },
      { name: 'brains', dataType: 16, dims: [1], int32Data: [0x4000] },
      { name: 'number', dataType: 1, dims: [], floatData: [8] },
    ),
    'x.onnx',
  );
  const values = [...read].map(([name, tensor]) => [name, tensor.shape, [...tensor.read()]]);
  expect(values).toEqual([
    ['raw', [3, 1], [1, 2, 3]],
    ['floats', [2], [4, 5]],
    ['doubles', [2], [6, 7]],
    ['halves', [1], [1]],
    ['brains', [1], [2]],
    ['number', [], [8]],
  ]);
});

it.each([
  [
    { name: 'far', dataType: 1, dims: [1], dataLocation: 1 },
    'expected values in the file for tensor far but received those of a file beside it (x.onnx); in Python, onnx.save_model',
  ],
  [
    { name: 'whole', dataType: 7, dims: [1], int64Data: [1] },
    'expected floating-point numbers for tensor whole but received data of type 7',
  ],
  [
    { name: 'short', dataType: 1, dims: [4], floatData: [1] },
    'expected 16 bytes for tensor short but received 4',
  ],
])('refuses %o when it is read', (tensor, message) => {
  const [read] = readOnnx(modelOf(tensor), 'x.onnx').values();
  expect(() => read?.read()).toThrow(message);
});

it('refuses a graph without initialisers, and what is no graph', () => {
  expect(() => readOnnx(modelOf(), 'x.onnx')).toThrow(
    'expected initialisers for the ONNX graph but received none (x.onnx)',
  );
  const cut = modelOf({ name: 'a', dataType: 1, dims: [2], floatData: [4, 5] }).subarray(0, 12);
  expect(() => readOnnx(cut, 'x.onnx')).toThrow(
    'expected an ONNX graph for the file but received something else',
  );
});
