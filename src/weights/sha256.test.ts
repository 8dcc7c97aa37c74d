import { expect, test } from 'vitest';
import { sha256 } from './sha256.ts';

// The examples of FIPS 180-4.
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('SHA-256 of "%s"', async (text, expected) => {
  expect(await sha256(new TextEncoder().encode(text))).toBe(expected);
});

test('hashes only the bytes of a view', async () => {
  const view = new TextEncoder().encode('xabcx').subarray(1, 4);
  expect(await sha256(view)).toMatch(/^ba7816bf/);
});
