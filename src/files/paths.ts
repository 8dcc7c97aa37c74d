/** Paths of files as callers give them: text, or a URL of a file. Node only. */

import { fileURLToPath } from 'node:url';
import { SettingError } from '../errors.ts';
import { tagOf } from '../tag.ts';

/**
 * The path that a caller gives.
 *
 * @param name what it is for, in errors
 * @throws SettingError for anything but text and a `file:` URL
 */
export function pathOf(path: string | URL, name: string): string {
  if (typeof path === 'string') return path;
  const isUrl: boolean = tagOf(path) === 'URL';
  if (isUrl && path.protocol === 'file:') {
    try {
      return fileURLToPath(path.href);
    } catch (cause) {
      const expected = 'a file: URL of a path on this machine';
      throw new SettingError({ expected, name, received: path.href }, { cause });
    }
  }
  const received = isUrl ? path.href : path === null || typeof path !== 'object' ? String(path) : 'an object';
  throw new SettingError({ expected: 'a path or a file: URL', name, received });
}
