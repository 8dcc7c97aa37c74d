/** A command line in a form that may be published: the same flags, with paths without folders. */

import { baseName } from '../../files/names.ts';
import { shellWord } from '../../training/command-line.ts';

/** Number of values that stay. A shell expands patterns into hundreds of files. */
const VALUES_SHOWN = 3;
const patternFlags = ['-c', '--content', '-s', '--style', '--sheet-content', '--sheet-style'];

/** `wasserfarbe` and its arguments. Every path is cut to its last part, also in lists and behind labels. */
export function publishableCommand(args: readonly string[]): string {
  const words = ['wasserfarbe'];
  let [flag, values] = ['', 0];
  for (const arg of args) {
    if (/^--?[A-Za-z]/.test(arg)) [flag, values] = [flagOf(arg), 0];
    else values++;
    if (values <= VALUES_SHOWN || !patternFlags.includes(flag)) words.push(quoted(withoutFolders(arg)));
    else if (values === VALUES_SHOWN + 1) words.push('…');
  }
  return words.join(' ');
}

/** The flag of a word; `--content_dir` is another name of `--content`. */
function flagOf(arg: string): string {
  const [name = ''] = arg.split('=', 1);
  return name.replaceAll('_', '-').replace(/-dir$/, '');
}

function withoutFolders(arg: string): string {
  return arg
    .split(',')
    .map((part) => {
      const [, label = '', value = part] = /^([^/\\=]*=)(.*)$/s.exec(part) ?? [];
      // Paths of Windows lose their folders wherever the command is read.
      return /[/\\]/.test(value) ? label + baseName(value.replaceAll('\\', '/')) : part;
    })
    .join(',');
}

/** Quotes a value. A label and its `=` need no quotes. */
function quoted(word: string): string {
  const [, label = '', value = word] = /^([\w-]+=)(.*)$/s.exec(word) ?? [];
  return label + shellWord(value);
}
