import { describe, expect, it } from 'vitest';
import { integerBetween, normaliseFlags, numberBetween, positiveInteger } from './flags.ts';

it('brings flags to kebab-case and their own names, and leaves values alone', () => {
  const aliases = { alpha: 'strength', lr: 'learning-rate' };
  const args = ['train', '--Content_Dir', 'my_photos', '--lr=1e_4', '--alpha', '-o', 'a_b', '--', '--alpha'];
  expect(normaliseFlags(args, { aliases })).toEqual([
    ...[
      'train',
      '--content-dir',
      'my_photos',
      '--learning-rate=1e_4',
      '--strength',
      '-o',
      'a_b',
      '--',
      '--alpha',
    ],
  ]);
  expect(normaliseFlags(['--constructor', '--x=--y_z'], { aliases })).toEqual(['--constructor', '--x=--y_z']);
});

it('gives a flag its implied value before a path, so that it does not take the path for one', () => {
  const implied = { 'preserve-color': 'coral' };
  const after = (...args: string[]) => normaliseFlags(['--preserve_color', ...args], { implied })[0];
  for (const path of ['a.jpg', 'photos/a', '-', './x']) expect(after(path)).toBe('--preserve-color=coral');
  for (const word of ['luma', 'lumma', '--content', '-o']) expect(after(word)).toBe('--preserve-color');
  expect(after()).toBe('--preserve-color');
});

describe('numbers', () => {
  it('lie between bounds', () => {
    const parse = numberBetween(0, 1);
    expect(['0', '1', '.5', '1e-2'].map(parse)).toEqual([0, 1, 0.5, 0.01]);
    for (const text of ['', ' ', '1.01', '-0.1', 'half', 'NaN', '0,5'])
      expect(() => parse(text)).toThrow('Expected');
  });

  it('of a quality are whole and lie between bounds', () => {
    const parse = integerBetween(1, 100);
    expect(['1', '92', '100'].map(parse)).toEqual([1, 92, 100]);
    for (const text of ['0', '101', '92.5', '', 'best'])
      expect(() => parse(text)).toThrow('Expected a whole number from 1 to 100.');
  });

  it('of pixels and threads are whole', () => {
    expect(positiveInteger('512')).toBe(512);
    for (const text of ['0', '-1', '1.5', '', '1e99', 'many'])
      expect(() => positiveInteger(text)).toThrow('Expected');
  });
});
