import { expect, it } from 'vitest';
import { outputSize } from '../images/size.ts';
import { STYLE_SIZE } from './defaults.ts';
import { styleRequest, styleSizeOf } from './style-size.ts';

it.each([64, 333, STYLE_SIZE, 1024])('the size %i is found again from the sides of a style', (size) => {
  for (const short of [300, 517, 1000]) {
    // Others beyond 4:1 may be missed by one.
    const longest = (size === STYLE_SIZE ? 10 : 2.8) * short;
    for (let long = short; long <= longest; long += 7) {
      for (const [width, height] of [
        [long, short],
        [short, long],
      ] as const) {
        const found = styleSizeOf(outputSize({ width, height }, styleRequest(size)));
        if (found !== size) expect.fail(`${width}×${height}: ${found} instead of ${size}`);
      }
    }
  }
});
