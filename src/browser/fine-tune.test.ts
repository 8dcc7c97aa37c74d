/** What fine-tuning checks before it needs a browser; the rest is in test/browser/fine-tune.test.ts. */

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DeviceError } from '../errors.ts';
import { fineTune } from './fine-tune.ts';

beforeAll(() => {
  vi.stubGlobal('self', { location: { href: 'http://localhost/' } });
});

afterAll(() => {
  vi.unstubAllGlobals();
});

it('takes the files of an <input>, which are no array', async () => {
  const picture = new Blob();
  const files = { length: 2, 0: picture, 1: picture };
  const { result } = fineTune({ painting: picture, contents: files });
  // Node is no page, which is found out after the pictures have been taken.
  await expect(result).rejects.toThrow(DeviceError);
  expect(() => fineTune({ painting: picture, contents: { length: 0 } })).toThrow('at least one photograph');
});
