import { posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { splitPattern } from './find.ts';

it.each([
  ['C:\\photos\\*.jpg', 'C:\\photos', ['*.jpg']],
  ['C:/photos/**', 'C:\\photos', ['**', '*']],
  ['\\\\server\\share\\a\\?.png', '\\\\server\\share\\a', ['?.png']],
  ['photos\\*\\b.jpg', 'photos', ['*', 'b.jpg']],
])('splits %s as Windows does', (path, base, parts) => {
  expect(splitPattern(path, win32)).toEqual({ base, parts });
});

it.each([
  ['/photos/*.jpg', '/photos', ['*.jpg']],
  ['/*/a.jpg', '/', ['*', 'a.jpg']],
  ['*.jpg', '.', ['*.jpg']],
  ['./a\\b/*', 'a\\b', ['*']],
])('splits %s as other systems do', (path, base, parts) => {
  expect(splitPattern(path, posix)).toEqual({ base, parts });
});
