/** What the errors of the library mean for a task: whose fault it is that there is no picture. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DeviceError, ImageError, SettingError, WeightsError } from '../../errors.ts';
import { unwritable } from '../../images/node/encode.ts';
import { unreadable } from '../../images/node/inspect.ts';
import { checkMemory } from '../../images/node/limits.ts';
import { checkSpace } from '../../images/node/pixel-file.ts';
import { reasonOf } from './fault.ts';

/** As sharp tells a full disk. */
const full = new Error('/a/b.tmp: write error\nsystem error: No space left on device\nVipsJpeg: write');
const coded = (code: string) => ({ cause: Object.assign(new Error(code), { code }) });

it.each([
  ['a picture that is damaged', 'picture', () => unreadable('a.png')(new Error('bad header'))],
  ['one that cannot be opened', 'picture', () => fail(new ImageError('closed', coded('EACCES')))],
  ['one too large for the memory', 'memory', () => checkMemory(2, 'a.avif', '1×1 pixels', 'write PNG', 1)],
  ['a run too large for it', 'memory', () => fail(new DeviceError('too large'))],
  ['a full disk', 'storage', () => fail(new ImageError('not written', coded('ENOSPC')))],
  ['a style on a broken one', 'storage', () => fail(new WeightsError('not written', coded('EIO')))],
  ['a full one, before writing', 'storage', () => checkSpace(join(tmpdir(), 'a.v'), 1e18, 'a.png')],
  ['a full one, of libvips', 'storage', () => unwritable('jpeg', { width: 1, height: 1 })(full)],
  ['a full one for decoded pixels', 'storage', () => unreadable('a.png')(full)],
  ['a setting', 'setting', () => fail(new SettingError('odd'))],
  ['a style', 'style', () => fail(new WeightsError('of another model'))],
  ['a picture called system error: No space', 'picture', () => unreadable('system error: No space')(0)],
  ['anything else', 'bug', () => fail(new Error('internal'))],
])('%s is told as %s', async (_, reason, work) => {
  const error = await Promise.resolve()
    .then(work)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(reasonOf(error)).toBe(reason);
});

function fail(error: Error): never {
  throw error;
}
