/**
 * Exported ONNX files in ONNX Runtimes as anyone has them, without a setting of ours: they paint what the
 * library does, to within 1/255, in Node and in WebAssembly.
 */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageSize, RgbImage } from '../src/images/image.ts';
import { fromInterleaved, toInterleaved } from '../src/images/image.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { type ExportOptions, exportOnnx } from '../src/stylize/export.ts';
import { openModel } from '../src/stylize/node/models.ts';
import type { Style, StylizerModel } from '../src/stylize/style.ts';
import { createStylizer, type PixelStylizer } from '../src/stylize/stylizer.ts';
import { cli, modelShips } from './helpers/package.ts';
import { drawnImage, temporaryFolder, writePictures } from './helpers/pictures.ts';
import { python, runPython, unlessTorch } from './helpers/torch.ts';

const { onnx } = onnxProto;
const runtime = createRuntime({ threads: 1 });
const styleSize: ImageSize = { width: 160, height: 128 };
const painting = bytesAndBack(drawnImage(5, styleSize.width, styleSize.height));
let model: StylizerModel;
let stylizer: PixelStylizer;
let style: Style;
let folder = '';

beforeAll(async () => {
  model = await openModel(modelShips ? 'slim' : 'none');
  stylizer = createStylizer(model, runtime);
  style = await stylizer.encodeStyle(painting);
  folder = await temporaryFolder();
  web.env.wasm.numThreads = 1;
});
afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

/** A picture as a file of 8 bits would hold it. */
function bytesAndBack(image: RgbImage): RgbImage {
  return fromInterleaved(toInterleaved(image), image.width, image.height);
}

function exported(size: ImageSize, options: Partial<ExportOptions> = {}): Uint8Array {
  return exportOnnx(model, {
    part: 'painter',
    size,
    styleSize,
    form: 'float',
    half: false,
    notes: {},
    ...options,
  });
}

interface Fed {
  readonly type: 'float32' | 'uint8';
  readonly data: Float32Array | Uint8Array;
  readonly shape: readonly number[];
}

const floats = ({ data, width, height }: RgbImage): Fed => ({
  type: 'float32',
  data,
  shape: [1, 3, height, width],
});
const bytesOf = (image: RgbImage): Fed => ({
  type: 'uint8',
  data: toInterleaved(image),
  shape: [1, image.height, image.width, 3],
});

/** Runs a file in both packages, with nothing but their defaults. */
async function run(bytes: Uint8Array, feeds: Readonly<Record<string, Fed>>) {
  const results: Record<string, Record<string, { dims: readonly number[]; data: unknown }>> = {};
  for (const [name, ort] of Object.entries({ node, web: web as unknown as typeof node })) {
    const session = await ort.InferenceSession.create(bytes);
    expect([...session.inputNames].sort()).toEqual(Object.keys(feeds).sort());
    const made = Object.entries(feeds).map(([key, { type, data, shape }]) => {
      const tensor =
        data instanceof Float32Array
          ? new ort.Tensor('float32', data, shape)
          : new ort.Tensor('uint8', data, shape);
      expect(tensor.type).toBe(type);
      return [key, tensor] as const;
    });
    results[name] = await session.run(Object.fromEntries(made));
    await session.release();
  }
  return results;
}

/** Largest difference in 1/255, of a picture as floats or bytes. */
function farthest(data: unknown, wanted: RgbImage): number {
  const bytes = toInterleaved(wanted);
  if (data instanceof Uint8Array)
    return data.reduce((most, value, i) => Math.max(most, Math.abs(value - (bytes[i] ?? 0))), 0);
  if (!(data instanceof Float32Array)) return Number.NaN;
  return data.reduce((most, value, i) => {
    const clamped = Math.min(1, Math.max(0, wanted.data[i] ?? 0));
    return Math.max(most, 255 * Math.abs(value - clamped));
  }, 0);
}

/** The tensors of the style that a file asks for. */
function fed(bytes: Uint8Array): Record<string, Fed> {
  const inputs = onnx.ModelProto.decode(bytes).graph?.input ?? [];
  return Object.fromEntries(
    inputs.flatMap(({ name }) => {
      const tensor = style.tensors[name?.replace(/^style\./, '') ?? ''];
      return tensor === undefined ? [] : [[name ?? '', { type: 'float32', ...tensor }]];
    }),
  );
}

describe.runIf(modelShips)('paints what the library does', () => {
  it.each([
    [512, 512, {}],
    [401, 277, { finestSize: 277 }],
    [256, 256, { finestSize: 256 }],
  ])('at %i×%i', { timeout: 120_000 }, async (width, height, options) => {
    const size = { width, height };
    const content = bytesAndBack(drawnImage(3, width, height));
    const wanted = await stylizer.stylize(content, style, options);
    const painter = exported(size);
    const files = {
      painter: [painter, { content: floats(content), ...fed(painter) }],
      whole: [exported(size, { part: 'whole' }), { content: floats(content), style: floats(painting) }],
      baked: [exported(size, { style, form: 'uint8' }), { content: bytesOf(content) }],
      half: [exported(size, { style, half: true }), { content: floats(content) }],
    } as const;
    const found: Record<string, number> = {};
    for (const [name, [bytes, feeds]] of Object.entries(files)) {
      for (const [where, { painting }] of Object.entries(await run(bytes, feeds))) {
        expect(painting?.dims).toEqual(name === 'baked' ? [1, height, width, 3] : [1, 3, height, width]);
        found[`${name} ${where}`] = farthest(painting?.data, wanted);
      }
    }
    console.log(width, height, found);
    expect(Math.max(...Object.values(found))).toBeLessThanOrEqual(1);
    // Floats agree much better than that: what they paint is the same.
    for (const [name, value] of Object.entries(found)) {
      if (/painter|whole/.test(name)) expect(value, name).toBeLessThan(0.1);
    }
  });

  it('encodes styles as the painter takes them', async () => {
    const size = { width: 128, height: 96 };
    const [encoder, painter] = [exported(size, { part: 'style-encoder', form: 'uint8' }), exported(size)];
    const content = bytesAndBack(drawnImage(3, 128, 96));
    for (const results of Object.values(await run(encoder, { style: bytesOf(painting) }))) {
      const given = Object.entries(results).map(([name, { data, dims }]) => {
        return [name, { type: 'float32', data: data as Float32Array, shape: dims }] as const;
      });
      const made = await run(painter, { content: floats(content), ...Object.fromEntries(given) });
      const wanted = await stylizer.stylize(content, style, { finestSize: 96 });
      expect(farthest(made.node?.painting?.data, wanted)).toBeLessThan(0.1);
    }
  });

  it('of other methods, too', async () => {
    const other = await openModel('sanet-slim');
    const [size, content] = [{ width: 96, height: 80 }, bytesAndBack(drawnImage(3, 96, 80))];
    const own = createStylizer(other, runtime);
    const wanted = await own.stylize(content, await own.encodeStyle(painting));
    const bytes = exportOnnx(other, {
      part: 'whole',
      size,
      styleSize,
      form: 'float',
      half: false,
      notes: {},
    });
    const made = await run(bytes, { content: floats(content), style: floats(painting) });
    expect(farthest(made.node?.painting?.data, wanted)).toBeLessThan(0.1);
    expect(farthest(made.web?.painting?.data, wanted)).toBeLessThan(0.1);
  });
});

describe.runIf(modelShips)('the file', () => {
  it('has only standard operators, in the lowest version that has them', () => {
    const parsed = onnx.ModelProto.decode(exported({ width: 96, height: 96 }, { notes: { licence: 'MIT' } }));
    expect(Number(parsed.irVersion)).toBe(8);
    expect(parsed.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 18]]);
    expect(parsed.graph?.node?.every(({ domain }) => !domain)).toBe(true);
    expect(parsed.metadataProps?.map(({ key, value }) => [key, value])).toEqual([['licence', 'MIT']]);
  });

  it('is half as large with weights of 16 bits', () => {
    const [whole, half] = [false, true].map(
      (value) => exported({ width: 96, height: 96 }, { half: value }).length,
    );
    expect((half ?? 0) / (whole ?? 1)).toBeLessThan(0.6);
  });

  it(`passes the checker of onnx${unlessTorch}`, async ({ skip }) => {
    skip(python === undefined);
    const forms = {
      float: exported({ width: 96, height: 96 }),
      uint8: exported({ width: 512, height: 512 }, { style, form: 'uint8', half: true }),
    };
    for (const [name, bytes] of Object.entries(forms)) await writeFile(join(folder, `${name}.onnx`), bytes);
    const script =
      'import onnx, sys\nfor f in sys.argv[1:]: onnx.checker.check_model(onnx.load(f), full_check=True)';
    const files = Object.keys(forms).map((name) => join(folder, `${name}.onnx`));
    expect(await runPython(['-c', script, ...files], folder)).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    [
      { size: { width: 700, height: 700 } },
      'expected a size at which the model paints in one piece for --size but received 700x700',
    ],
    [{ size: { width: 2048, height: 2048 } }, 'received 2048x2048'],
    [
      { size: { width: 1024, height: 63 } },
      'expected sides of at least 64 pixels for --size but received 1024x63',
    ],
    [{ styleSize: { width: 20, height: 64 } }, 'expected sides of at least 64 pixels for --style-size'],
  ])('is refused for %o', (options, message) => {
    expect(() => exported({ width: 96, height: 96 }, options)).toThrow(message);
  });
});

describe.runIf(modelShips)('the command line', () => {
  it('bakes a style in, notes the card, and writes over nothing', { timeout: 60_000 }, async () => {
    await writePictures(folder, 'style', 1, { width: 64, height: 64 });
    const args = [
      'export',
      '--size',
      '96x64',
      '--style',
      'style-00.png',
      '--style-size',
      '64',
      '--io',
      'uint8',
      '-o',
      'p.onnx',
    ];
    const ended = await cli(args, folder);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^p\.onnx {2}painter of slim for 96×64 pixels, [\d.]+ MB\n$/);
    const parsed = onnx.ModelProto.decode(await readFile(join(folder, 'p.onnx')));
    const notes = Object.fromEntries((parsed.metadataProps ?? []).map(({ key, value }) => [key, value]));
    expect(notes).toMatchObject({ model: 'slim', part: 'painter', licence: 'MIT', style: '64x64' });
    expect(JSON.parse(notes.card ?? '')).toMatchObject({ name: 'slim', method: 'wasserfarbe' });
    expect(parsed.graph?.input?.map(({ name }) => name)).toEqual(['content']);
    expect(await cli(args, folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('which exists; add --force'),
    });
    const wrong = await cli(['export', '--what', 'whole', '--style', 'style-00.png', '-o', 'q.onnx'], folder);
    expect(wrong).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('expected --what painter'),
    });
  });
});
