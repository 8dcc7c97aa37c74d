/** A command line as it may be published: the same flags, paths without their folders. */

import { baseName } from '../evaluation/pictures.ts';

/** A shell expands patterns into hundreds of files; so many stay. */
const VALUES_SHOWN = 3;

/** `wasserfarbe` and its arguments; every path, those in lists and behind labels too, is its last part only. */
export function commandLine(args: readonly string[]): string {
  const words = ['wasserfarbe'];
  let values = 0;
  for (const arg of args) {
    if (/^--?[A-Za-z]/.test(arg)) values = 0;
    else values++;
    if (values <= VALUES_SHOWN) words.push(quoted(withoutFolders(arg)));
    else if (values === VALUES_SHOWN + 1) words.push('…');
  }
  return words.join(' ');
}

function withoutFolders(arg: string): string {
  return arg
    .split(',')
    .map((part) => {
      const at = part.indexOf('=');
      return /[/\\]/.test(part) ? part.slice(0, at + 1) + baseName(part.slice(at + 1)) : part;
    })
    .join(',');
}

function quoted(word: string): string {
  return /^[\w./:,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
