/** A command line as it may be published: the same flags, paths without their folders. */

import { baseName } from '../../files/names.ts';
import { shellWord } from '../../training/command-line.ts';

/** A shell expands patterns into hundreds of files; so many stay. */
const VALUES_SHOWN = 3;
const patternFlags = ['-c', '--content', '-s', '--style', '--sheet-content', '--sheet-style'];

/** `wasserfarbe` and its arguments; every path, those in lists and behind labels too, is its last part only. */
export function commandLine(args: readonly string[]): string {
  const words = ['wasserfarbe'];
  let [flag, values] = ['', 0];
  for (const arg of args) {
    if (/^--?[A-Za-z]/.test(arg)) [flag, values] = [arg.split('=', 1)[0] ?? '', 0];
    else values++;
    if (values <= VALUES_SHOWN || !patternFlags.includes(flag)) words.push(quoted(withoutFolders(arg)));
    else if (values === VALUES_SHOWN + 1) words.push('…');
  }
  return words.join(' ');
}

function withoutFolders(arg: string): string {
  return arg
    .split(',')
    .map((part) => {
      const [, label = '', value = part] = /^([^/\\=]*=)(.*)$/s.exec(part) ?? [];
      return /[/\\]/.test(value) ? label + baseName(value) : part;
    })
    .join(',');
}

/** A label and its `=` need no quotes. */
function quoted(word: string): string {
  const [, label = '', value = word] = /^([\w-]+=)(.*)$/s.exec(word) ?? [];
  return label + shellWord(value);
}
