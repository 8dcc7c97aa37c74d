import { expect, it } from 'vitest';
import { byteText, bytesIn } from './byte-count.ts';

it('reads numbers of bytes as people write them', () => {
  const texts = ['8GB', '800 MB', '1.5GiB', '.5k', '12', '0', ' 2tb ', '7B'];
  expect(texts.map(bytesIn)).toEqual([8e9, 8e8, 1.5e9, 500, 12, 0, 2e12, 7]);
  for (const text of ['', 'GB', '1.2.3GB', '-1', '8 PB', 'ten']) {
    expect(bytesIn(text)).toBeUndefined();
    expect(byteText.safeParse(text).error?.issues[0]?.message).toBe('expected a number of bytes, as in 8GB');
  }
});
