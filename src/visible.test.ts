import { describe, expect, it } from 'vitest';
import { ImageError } from './errors.ts';
import { visible, visibleJson, visibleLines } from './visible.ts';

describe('names as text', () => {
  it('show what a terminal would obey', () => {
    expect(visible('esc\u001b[31mred.jpg')).toBe('esc\\x1b[31mred.jpg');
    expect(visible('a\nb\tc\u007f\u009b1m')).toBe('a\\nb\\x09c\\x7f\\x9b1m');
    expect(visible('gpj.\u202egnp')).toBe('gpj.\\u202egnp');
    expect(visible('half \ud800 of a pair')).toBe('half \\ud800 of a pair');
    expect(visible('Überlinger See, 湖 🌊.jpg')).toBe('Überlinger See, 湖 🌊.jpg');
    expect(visibleLines('a\u0007\nb')).toBe('a\\x07\nb');
  });

  it('stay JSON in JSON', () => {
    const names = ['\u001b[31m', '\u009b', 'a\nb', '\u2028\u202e', 'é"\\'];
    const text = visibleJson(names);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u2028-\u202e]/u);
    expect(JSON.parse(text)).toEqual(names);
  });

  it('cannot break the line of an error', () => {
    const error = new ImageError({ expected: 'a file', name: 'a\nb\u001b.jpg', received: 'none' });
    expect(error.message).toBe('expected a file for a\\nb\\x1b.jpg but received none');
  });
});
