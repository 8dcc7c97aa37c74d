import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodedAs, quarters, sharpFormats, sharpOf } from '../../../test/helpers/pictures.ts';
import { inspectImage } from './inspect.ts';
import { decodingSeconds, inWords, limitsOf } from './limits.ts';

describe('inspectImage', () => {
  it.each(sharpFormats)('describes %s', async (format) => {
    const file = await encodedAs(sharpOf(quarters(9, 7), 9, 7), format);
    expect(await inspectImage(file)).toEqual({
      ...{ width: 9, height: 7, name: 'picture', format, depth: 8, orientation: 1 },
      // GIF always has alpha.
      hasAlpha: format === 'gif',
      ...{ frames: 1, profile: 'none', metadata: expect.any(Object), warnings: [] },
      decoderBytes: 63 * ({ webp: 9, avif: 20, gif: 7 }[format as string] ?? 0),
    });
  });

  it('describes the upright picture and its metadata', async () => {
    const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>';
    const file = await sharpOf(quarters(9, 7), 9, 7)
      .withExif({ IFD0: { Make: 'Acme' } })
      .withXmp(xmp)
      .withIccProfile('p3')
      .withMetadata({ orientation: 8, density: 240 })
      .jpeg()
      .toBuffer();
    const source = await inspectImage(file, { name: 'upload 3' });
    expect(source).toMatchObject({ width: 7, height: 9, name: 'upload 3', orientation: 8 });
    expect(source.profile).not.toBe('none');
    expect(new TextDecoder().decode(source.metadata.exif)).toContain('Acme');
    expect(new TextDecoder().decode(source.metadata.xmp)).toBe(xmp);
    expect(source.metadata.density).toBe(240);
  });

  it('finds depth, alpha and frames', async () => {
    const deep = sharpOf(new Uint16Array(4 * 16), 4, 4);
    expect(await inspectImage(await deep.png().toBuffer())).toMatchObject({ depth: 16, hasAlpha: true });
    const frames = await Promise.all(
      [1, 2, 3].map((n) =>
        sharpOf(
          quarters(4, 4).map((v) => v / n),
          4,
          4,
        )
          .png()
          .toBuffer(),
      ),
    );
    const animated = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    expect(await inspectImage(animated)).toMatchObject({ frames: 3, height: 4 });
  });

  it('knows which decoders hold the whole picture', async () => {
    const picture = sharpOf(quarters(100, 80), 100, 80);
    for (const format of ['jpeg', 'png'] as const) {
      const file = await picture.clone().toFormat(format, { progressive: true }).toBuffer();
      expect((await inspectImage(file)).decoderBytes).toBe(64_000);
    }
  });

  it('does not notice damage behind the header', async () => {
    const file = await sharpOf(
      new Uint8Array(3 * 900).map((_, i) => (i * 7919) % 256),
      30,
      30,
    )
      .png()
      .toBuffer();
    const half = file.subarray(0, file.length / 2);
    expect(await inspectImage(half)).toMatchObject({ width: 30, warnings: [] });
  });
});

describe('limits', () => {
  it('give large pictures more time', () => {
    expect(decodingSeconds(1)).toBe(31);
    expect(decodingSeconds(41e6)).toBe(71);
    expect(decodingSeconds(1e11)).toBe(3600);
  });

  it.each([
    [4.3e9, '4.3 GB'],
    [25e6, '25 MB'],
    [1.5e6, '1.5 MB'],
    [400e3, '400 kB'],
    [0, '0 kB'],
  ])('of %d bytes are told as %s', (bytes, words) => {
    expect(inWords(bytes)).toBe(words);
  });

  it('can be set to sensible values only', () => {
    expect(limitsOf({ limitPixels: 5 })).toEqual({ limitPixels: 5, limitBytes: 2 ** 32 });
    expect(limitsOf({ limitBytes: Number.POSITIVE_INFINITY }).limitBytes).toBe(Number.POSITIVE_INFINITY);
    for (const limitPixels of [0, -1, Number.NaN]) {
      expect(() => limitsOf({ limitPixels })).toThrow(
        `expected a number of at least 1 for limitPixels but received ${limitPixels}`,
      );
    }
  });
});
