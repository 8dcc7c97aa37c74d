import { describe, expect, it } from 'vitest';
import { encodedAs, quarters, sharpFormats, sharpOf } from '../../test/helpers/pictures.ts';
import { claimedSide, exceededSide, recognise } from './formats.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('recognise', () => {
  it.each(sharpFormats)('recognises %s', async (format) => {
    expect(recognise(await encodedAs(sharpOf(quarters(8, 8), 8, 8), format))).toEqual({ format });
  });

  it.each([
    ['MM\0*\0\0\0\x08', 'tiff'],
    ['II+\0\x08\0\0\0', 'tiff'],
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'heic'],
    ['\0\0\0\x18ftypmif1\0\0\0\0mif1avif', 'avif'],
    ['\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'heic'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'svg'],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a drawing -->\n<svg width="9">', 'svg'],
  ])('recognises %j as %s', (text, format) => {
    expect(recognise(bytes(text))).toEqual({ format });
  });

  it.each([
    ['', 'a file of another kind'],
    ['\xff\xd8', 'a file of another kind'],
    ['Only text, <b>svg</b> in it.', 'a file of another kind'],
    ['%PDF-1.7\n', 'a PDF document'],
    ['BM\x9a\0\0\0\0\0\0\0', 'a Windows bitmap'],
    ['BMW is no bitmap', 'a file of another kind'],
    ['\0\0\0\x1cftypisom\0\0\x02\0isomiso2mp41', 'a video'],
    ['\0\0\0\x18ftypcrx \0\0\0\x01crx isom', 'a camera’s raw file'],
    ['II*\0\x10\0\0\0CR\x02\0', 'a camera’s raw file'],
    ['<!DOCTYPE html><html><svg >', 'a web page'],
    ['version https://git-lfs.github.com/spec/v1\noid', 'a Git LFS pointer in place of the picture'],
  ])('names %j as %s', (text, other) => {
    expect(recognise(bytes(text))).toEqual({ other });
  });

  it('is not misled by a box that claims a great length', () => {
    expect(recognise(bytes('\xff\xff\xff\xffftypxxxx'))).toEqual({ other: 'a video' });
  });
});

it('claimedSide finds the largest part of an AVIF', async () => {
  const file = await encodedAs(sharpOf(quarters(18, 16), 18, 16), 'avif');
  expect(claimedSide(file)).toBe(18);
  file.writeUInt32BE(0xffffffff, file.indexOf('ispe') + 12);
  expect(claimedSide(file)).toBe(0xffffffff);
  expect(claimedSide(file.subarray(0, 10))).toBe(0);
});

it('exceededSide finds sides that a format cannot hold', () => {
  expect(exceededSide('webp', { width: 16_384, height: 1 })).toBe(16_383);
  expect(exceededSide('webp', { width: 16_383, height: 16_383 })).toBeUndefined();
  expect(exceededSide('jpeg', { width: 1, height: 65_536 })).toBe(65_535);
});
