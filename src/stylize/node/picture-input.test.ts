/** Pictures in every form that JavaScript has, and what is none: taken, or refused in one line. */

import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../../../test/helpers/model.ts';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { WasserfarbeError } from '../../errors.ts';
import {
  encodeImage,
  inspectImage,
  readImage,
  readPicture,
  writeImage,
} from '../../images/node/image-file.ts';
import { openBands } from '../../images/node/band-reader.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { openPicture, type Picture } from './picture-input.ts';
import { loadStylizer, type Stylizer } from './stylizer.ts';

let folder = '';
let path = '';
let bytes = new Uint8Array();
let stylizer: Stylizer;

beforeAll(async () => {
  folder = await temporaryFolder();
  const [name = ''] = await writePictures(folder, 'p', 1, { width: 32, height: 32 });
  path = join(folder, name);
  bytes = new Uint8Array(await readFile(path));
  stylizer = await loadStylizer({ model: await writeRandomModel(folder), threads: 1 });
});

afterAll(async () => {
  await stylizer.dispose();
  await rm(folder, { recursive: true });
});

/** The message of a refusal; one of the package's own errors. */
async function refusal(work: () => unknown): Promise<string> {
  const error: unknown = await (async () => work())().then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WasserfarbeError);
  return error instanceof Error ? error.message : '';
}

/** A value that the type checker would not let through. */
const any = (value: unknown) => value as never;

describe('a picture', () => {
  it('may have any form, with the same pixels, also twice', async () => {
    const expected = await readImage(path);
    const backing = new Uint8Array(bytes.length + 7);
    backing.set(bytes, 7);
    const forms: Record<string, Picture> = {
      url: pathToFileURL(path),
      buffer: Buffer.from(bytes),
      arrayBuffer: bytes.slice().buffer,
      view: new DataView(backing.buffer, 7),
      subarray: backing.subarray(7),
      blob: new Blob([bytes]),
      file: new File([bytes], 'p.png'),
      stream: createReadStream(path),
      webStream: any(new Blob([bytes]).stream()),
      response: any(new Response(bytes).body),
      otherBytes: any(runInNewContext(`new Uint8Array([${bytes}])`)),
      otherBuffer: any(runInNewContext(`new Uint8Array([${bytes}]).buffer`)),
      otherPixels: any(
        runInNewContext(`({ width: 32, height: 32, data: new Float32Array([${expected.data}]) })`),
      ),
      pixels: expected,
      picture: await readPicture(bytes),
    };
    for (const [form, picture] of Object.entries(forms)) {
      for (let time = 1; time <= 2; time++) {
        const { image } = await openPicture(picture, {});
        expect(image.data, `${form}, time ${time}`).toEqual(expected.data);
        expect(image.data).toBeInstanceOf(Float32Array);
      }
    }
  });

  it('may be a blob or stream for all calls', async () => {
    const style = await stylizer.prepareStyle(new Blob([bytes]), { size: 32 });
    const painted = await stylizer.stylize(createReadStream(path), style, { strength: 0 });
    const output = pathToFileURL(join(folder, 'out.png'));
    await painted.toFile(output);
    await stylizer.stylizeFile(pathToFileURL(path), createReadStream(path), output, { styleSize: 32 });
    await stylizer.saveStyle(style, pathToFileURL(join(folder, 's.style')), { picture: new Blob([bytes]) });
    const saved = await stylizer.prepareStyle(new Blob([await readFile(join(folder, 's.style'))]));
    expect(saved.width).toBe(style.width);
    const stream = createReadStream(path);
    expect((await inspectImage(stream)).width).toBe(32);
    const bands = await openBands(stream);
    expect((await bands.read(0, 1)).width).toBe(32);
    await bands.close();
  });

  it.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 5, '5'],
    ['a promise', Promise.resolve(), 'a Promise'],
    ['an object', {}, 'an object'],
    ['a list', [1, 2], 'a list'],
    ['a function', () => {}, 'a function'],
    ['pixels in bytes', { width: 1, height: 1, data: [0, 0, 0] }, 'an object'],
  ])('is refused if it is %s', async (_, value, received) => {
    const expected =
      'a path, bytes of a picture file, what readPicture gave, or { width, height, data: Float32Array }';
    const message = `expected ${expected} for the picture but received ${received}`;
    expect(await refusal(() => stylizer.prepareStyle(any(value)))).toBe(message);
    const style = { model: '', width: 1, height: 1, tensors: {} };
    expect(await refusal(() => stylizer.stylize(any(value), style))).toBe(message);
    expect(await refusal(() => readImage(any(value)))).toMatch(
      /^expected a path, a file: URL, bytes, a Blob or a stream for/,
    );
  });

  it('is refused as a stream of text, and one without an end', async () => {
    const text = any(createReadStream(path, 'utf8'));
    expect(await refusal(() => readImage(text))).toBe(
      'expected a stream of bytes for picture but received one of text',
    );
    async function* endless() {
      for (;;) yield new Uint8Array(2 ** 16);
    }
    expect(await refusal(() => readImage(endless(), { limitBytes: 1e6 }))).toBe(
      'expected a picture file of at most 1 MB for picture but received a longer stream',
    );
  });

  it('is refused at an address that is no file', async () => {
    const address = new URL('https://example.org/a.png');
    expect(await refusal(() => readImage(address))).toBe(
      'expected a path or a file: URL for https://example.org/a.png but received https://example.org/a.png',
    );
    const elsewhere = new URL('file:///a%2Fb.png');
    expect(await refusal(() => readImage(elsewhere))).toBe(
      'expected a file: URL of a path on this machine for file:///a%2Fb.png but received file:///a%2Fb.png',
    );
  });
});

describe('an address as a text', () => {
  it.each([
    ['data:image/png;base64,iVBORw0KGgo=', 'save it first and give its path, or give its bytes'],
    ['https://example.org/a.png', 'save it first and give its path, or give its bytes'],
    ['file:///tmp/a.png', 'give its path, or a URL object: new URL(…)'],
  ])('is refused with what to do: %s', async (address, remedy) => {
    const message = `expected a picture file for ${address} but received no such file; ${remedy}`;
    expect(await refusal(() => stylizer.stylize(address, bytes))).toBe(message);
    expect(await refusal(() => stylizer.prepareStyle(address))).toBe(message);
  });

  it('is named in a line, however long it is', async () => {
    for (const text of [`data:image/png;base64,${'A'.repeat(100_000)}`, 'A'.repeat(100_000)]) {
      const message = await refusal(() => stylizer.stylize(text, bytes));
      expect(message).toContain(`for ${text.slice(0, 79)}… but received a path that is too long`);
      expect(message.length).toBeLessThan(250);
    }
  });
});

describe('a stream', () => {
  const aborted = () => AbortSignal.timeout(20);
  const options = () => ({ signal: aborted(), styleSize: 32, finestSize: 32 });
  /** A stream that gives half of the picture, and then nothing. */
  function stalled(): Readable {
    const stream = new Readable({ read() {} });
    stream.push(bytes.subarray(0, bytes.length / 2));
    return stream;
  }

  it.each<[string, (stream: Readable) => Promise<unknown>]>([
    ['stylize', (stream) => stylizer.stylize(stream, bytes, options())],
    ['stylize, as its style', (stream) => stylizer.stylize(bytes, stream, options())],
    ['prepareStyle', (stream) => stylizer.prepareStyle(stream, { signal: aborted() })],
    ['stylizeFile', (stream) => stylizer.stylizeFile(stream, bytes, join(folder, 'a.png'), options())],
    ['refine', (stream) => stylizer.refine(stream, bytes, options())],
    ['refine, to begin with', (stream) => stylizer.refine(bytes, bytes, { ...options(), from: stream })],
  ])('that stalls is ended by the signal of %s', async (_, call) => {
    const stream = stalled();
    await expect(call(stream)).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    expect(stream.destroyed).toBe(true);
    expect(await refusal(() => readImage(stream))).toMatch(/received a stream whose reading was aborted$/);
  });

  it('of the web is ended too, and is then no shorter picture', async () => {
    let reason: unknown = 'none';
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(bytes),
      cancel: (given) => {
        reason = given;
      },
    });
    const reading = stylizer.prepareStyle(any(stream), { signal: aborted() });
    await expect(reading).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    expect(reason).toBeUndefined();
    expect(await refusal(() => readImage(any(stream)))).toMatch(/whose reading was aborted$/);
  });

  it('goes on for other calls that wait for it', async () => {
    const stream = stalled();
    const other = readImage(stream);
    const reading = stylizer.prepareStyle(stream, { signal: aborted() });
    await expect(reading).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    stream.push(bytes.subarray(bytes.length / 2));
    stream.push(null);
    expect(await other).toEqual(await readImage(bytes));
  });

  it('that fails is an ImageError with its cause', async () => {
    const missing = join(folder, 'none.jpg');
    expect(await refusal(() => stylizer.stylize(createReadStream(missing), bytes))).toBe(
      `expected a picture file for picture but received no such file (${missing})`,
    );
    const cause = new Error('socket hang up');
    const broken = Readable.from(
      (async function* () {
        yield bytes.subarray(0, 9);
        throw cause;
      })(),
    );
    await expect(readImage(broken)).rejects.toThrow(expect.objectContaining({ cause }));
    expect(await refusal(() => readImage(broken))).toBe(
      'expected a picture file for picture but received a stream that fails: socket hang up',
    );
    const abort = new DOMException('no more', 'AbortError');
    const ended = new Readable({ read: () => ended.destroy(abort) });
    await expect(readImage(ended)).rejects.toBe(abort);
  });
});

describe('pixels in memory', () => {
  const pixels = (change: object = {}) => ({
    ...{ width: 8, height: 6, data: new Float32Array(144).fill(0.5) },
    ...change,
  });
  const with1 = (length: number, value: number) => new Float32Array(length).fill(0.5).fill(value, 7, 8);

  it.each<[string, object, string]>([
    ['four planes', { data: new Float32Array(192) }, 'three values for each pixel for a picture'],
    ['one plane', { data: new Float32Array(48) }, 'received 48 values for 8×6 pixels'],
    ['five values', { data: new Float32Array(5) }, 'received 5 values for 8×6 pixels'],
    ['half pixels', { width: 2.5 }, 'received 144 values for 2.5×6 pixels'],
    ['NaN', { data: with1(144, Number.NaN) }, 'finite values for a picture but received NaN'],
    ['infinity', { data: with1(144, -Infinity) }, 'finite values for a picture but received -Infinity'],
    [
      'bytes as floats',
      { data: with1(144, 255) },
      'values from 0 to 1 for a picture but received 255; divide values from 0 to 255 by 255',
    ],
    [
      'alpha of bytes as floats',
      { alpha: with1(48, 255) },
      'values from 0 to 1 for a picture but received 255',
    ],
    ['short alpha', { alpha: new Float32Array(3) }, 'for alpha but received 3 values for 8×6 pixels'],
    ['alpha of NaN', { alpha: with1(48, Number.NaN) }, 'finite values for a picture but received NaN'],
    ['alpha in bytes', { alpha: new Uint8Array(48) }, 'a Float32Array for alpha but received a Uint8Array'],
  ])('are refused with %s, wherever they are given', async (_, change, message) => {
    const wrong = any(pixels(change));
    for (const call of [
      () => stylizer.stylize(wrong, bytes),
      () => stylizer.stylize(any({ image: wrong, source: undefined }), bytes),
      () => stylizer.stylize(bytes, wrong, { styleSize: 6 }),
      () => stylizer.refine(bytes, bytes, { from: wrong, steps: 1 }),
    ]) {
      expect(await refusal(call)).toContain(message);
    }
  });

  it('may have null for alpha', async () => {
    const { image } = await openPicture(any(pixels({ alpha: null })), {});
    expect(image).toEqual(pixels());
    expect(image).not.toHaveProperty('alpha');
    expect((await openPicture(any(pixels({ alpha: null })), { shortSide: 3 })).image.width).toBe(4);
  });

  it('are not looked at where they are transparent, and stay as they are', async () => {
    const alpha = Float32Array.from({ length: 48 }, (_, i) => (i < 24 ? 1 : 0));
    const hidden = (value: number) => {
      const data = new Float32Array(144).fill(0.5);
      for (let c = 0; c < 3; c++) data.fill(value, 48 * c + 24, 48 * c + 48);
      return pixels({ data, alpha });
    };
    const [black, white] = [hidden(0), hidden(1)];
    const style = await stylizer.prepareStyle(bytes, { size: 32 });
    const painted = await stylizer.stylize(black, style);
    expect(painted.data).toEqual((await stylizer.stylize(white, style)).data);
    expect(painted.alpha).toEqual(alpha);
    expect(white).toEqual(hidden(1));
    const file = await encodeImage(white, 'png', { depth: 16 });
    const { data } = await readImage(file);
    for (const [i, value] of (await openPicture(white, {})).image.data.entries()) {
      expect(value).toBeCloseTo(data[i] ?? 0, 4);
    }
  });
});

describe('other arguments', () => {
  it('are refused in one line', async () => {
    const image = await readImage(bytes);
    const style = await stylizer.prepareStyle(bytes, { size: 32 });
    const painted = await stylizer.stylize(bytes, style, { strength: 0 });
    for (const [work, message] of [
      [
        () => stylizer.stylize(bytes, any(undefined)),
        /^expected a picture, what prepareStyle gave, .* for the style but received nothing$/,
      ],
      [
        () => stylizer.stylizeEach(bytes, any(style)),
        'expected a list of styles for the styles but received an object',
      ],
      [() => loadStylizer({ threads: -1 }), 'expected a whole number, 1 or more for threads but received -1'],
      [
        () => loadStylizer({ threads: Number.NaN }),
        'expected a whole number, 1 or more for threads but received NaN',
      ],
      [
        () => loadStylizer(any({ treads: 2 })),
        /^expected one of method, .* for an option of loadStylizer but received treads$/,
      ],
      [
        () => stylizer.stylize(bytes, style, any({ maxMemory: '2GB' })),
        'expected a number of bytes above 0 for maxMemory but received 2GB',
      ],
      [() => stylizer.stylize(bytes, style, any({ strenght: 1 })), /received strenght$/],
      [
        () => stylizer.saveStyle(any(undefined), join(folder, 'x.style')),
        'expected what prepareStyle gave for the style but received undefined',
      ],
      [
        () => stylizer.stylize(bytes, [{ style, mask: any(null) }]),
        'expected a mask { width, height, data } for the mask of a style but received null',
      ],
      [
        () => stylizer.stylize(bytes, [{ style, mask: any('mask.png') }]),
        'expected a mask { width, height, data } for the mask of a style but received mask.png',
      ],
      [
        () => readImage(bytes, { shortSide: 8, pixelLimit: -1 }),
        'expected a number of at least 1 for pixelLimit but received -1',
      ],
      [
        () => openBands(bytes, { shortSide: 8, pixelLimit: Number.NaN }),
        'expected a number of at least 1 for pixelLimit but received NaN',
      ],
      [
        () => readImage(bytes, { onWarning: any(true) }),
        'expected a function for onWarning but received true',
      ],
      [
        () => painted.toBuffer('png', { metadata: any(painted.source) }),
        'expected one of exif, xmp, density for a field of metadata but received width; give the metadata of a source',
      ],
      [
        () => encodeImage(image, 'jpeg', { metadata: any({ exif: 'abc' }) }),
        'expected bytes for metadata.exif but received abc',
      ],
      [
        () => encodeImage(image, 'jpeg', { metadata: { density: Number.NaN } }),
        'expected a number above 0 for metadata.density but received NaN',
      ],
      [
        () => encodeImage(image, 'jpeg', { metadata: any(null) }),
        'expected an object for metadata but received null',
      ],
      [
        () => painted.toBuffer(any('jpg')),
        'expected one of png, jpeg, webp, avif, tiff for the format but received jpg; did you mean jpeg?',
      ],
      [() => encodeImage(image, any('.TIF')), /received \.TIF; did you mean tiff\?$/],
      [() => encodeImage(image, any('bmp')), /received bmp$/],
      [() => readImage(path, any({ shortside: 8 })), /for an option of readImage but received shortside$/],
      [() => writeImage(image, path, any({ qualty: 8 })), /for an option of writeImage but received qualty$/],
      [() => openBands(path, any(null)), 'expected an object for the options of openBands but received null'],
      [
        () => createRuntime({ threads: -1 }),
        'expected a whole number from 1 to 1024 for threads but received -1',
      ],
      [
        () => createRuntime({ threads: 1e6 }),
        'expected a whole number from 1 to 1024 for threads but received 1000000',
      ],
      [
        () => painted.toFile(any(undefined)),
        'expected a path or a file: URL for the output but received undefined',
      ],
      [
        () => writeImage(image, new URL('http://a/b.png')),
        'expected a path or a file: URL for the output but received http://a/b.png',
      ],
    ] as const) {
      const found = await refusal(work);
      if (typeof message === 'string') expect(found).toBe(message);
      else expect(found).toMatch(message);
    }
  });
});
