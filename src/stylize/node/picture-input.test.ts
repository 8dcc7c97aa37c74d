/** Pictures in every form that JavaScript has, and what is none: taken, or refused in one line. */

import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
    const expected = 'a path, bytes of a picture file, what readPicture gave, or { width, height, data }';
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
        'expected a whole number, 1 or more for threads but received -1',
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
