/** Opcodes of pickles, byte by byte as Python's pickletools describes them. */

import { describe, expect, it } from 'vitest';
import { readPickle } from './pickle.ts';

const options = { source: 'x.pth', names: {} };
const ascii = (text: string) => [...new TextEncoder().encode(text)];
/** The value of a pickle of protocol 4 with these opcodes. */
const unpickled = (...opcodes: number[]) =>
  readPickle(Uint8Array.of(0x80, 4, ...opcodes, 0x2e), 0, options).value;

describe('readPickle', () => {
  it.each([
    ['none and truth', [0x4e], null],
    ['true', [0x88], true],
    ['false', [0x89], false],
    ['a signed number of four bytes', [0x4a, 0xfe, 0xff, 0xff, 0xff], -2],
    ['a number of one byte', [0x4b, 200], 200],
    ['a number of two bytes', [0x4d, 1, 2], 513],
    ['a long number', [0x8a, 2, 0, 1], 256],
    ['a float', [0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
    ['a text', [0x58, 2, 0, 0, 0, ...ascii('ab')], 'ab'],
    ['a short text', [0x8c, 2, ...ascii('ab')], 'ab'],
    ['a text of eight bytes of length', [0x8d, 2, 0, 0, 0, 0, 0, 0, 0, ...ascii('ab')], 'ab'],
    ['an old text', [0x54, 2, 0, 0, 0, ...ascii('ab')], 'ab'],
    ['a short old text', [0x55, 2, ...ascii('ab')], 'ab'],
    ['an empty tuple', [0x29], []],
    ['a tuple behind a mark', [0x28, 0x4b, 1, 0x4b, 2, 0x74], [1, 2]],
    ['tuples of one to three', [0x4b, 1, 0x85, 0x4b, 2, 0x86, 0x4e, 0x4e, 0x87], [[[1], 2], null, null]],
    ['a list behind a mark', [0x28, 0x4b, 1, 0x6c], [1]],
    ['a list that grows by one', [0x5d, 0x4b, 1, 0x61], [1]],
    ['a list that grows by several', [0x5d, 0x28, 0x4b, 1, 0x4b, 2, 0x65], [1, 2]],
    ['what is left after others are dropped', [0x4b, 7, 0x4e, 0x30, 0x28, 0x4e, 0x4e, 0x31], 7],
    ['what was kept and named again', [0x4b, 9, 0x71, 0, 0x30, 0x68, 0], 9],
    ['the same with long names', [0x4b, 9, 0x72, 1, 0, 0, 0, 0x30, 0x6a, 1, 0, 0, 0], 9],
    ['the same in order', [0x4b, 9, 0x94, 0x30, 0x68, 0], 9],
  ] as [string, number[], unknown][])('reads %s', (_, opcodes, value) => {
    expect(unpickled(...opcodes)).toEqual(value);
  });

  it('reads dictionaries in all their forms', () => {
    const pair = [0x8c, 1, ...ascii('a'), 0x4b, 1];
    const wanted = new Map([['a', 1]]);
    expect(unpickled(0x7d, ...pair, 0x73)).toEqual(wanted);
    expect(unpickled(0x7d, 0x28, ...pair, 0x75)).toEqual(wanted);
    expect(unpickled(0x28, ...pair, 0x64)).toEqual(wanted);
  });

  it('reads bytes', () => {
    expect(unpickled(0x42, 2, 0, 0, 0, 5, 6)).toEqual(Uint8Array.of(5, 6));
    expect(unpickled(0x43, 2, 5, 6)).toEqual(Uint8Array.of(5, 6));
  });

  it.each([
    ['an unknown opcode', [0xff], 'received 0xff'],
    ['a list that is none', [0x4e, 0x4b, 1, 0x61], 'a list'],
    ['a dictionary that is none', [0x4e, 0x4b, 1, 0x4b, 1, 0x73], 'a dictionary'],
  ])('refuses %s', (_, opcodes, said) => {
    expect(() => unpickled(...opcodes)).toThrow(said);
  });
});
