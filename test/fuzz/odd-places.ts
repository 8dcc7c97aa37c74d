/** Seeded places for files: names of all characters, links, pipes, folders, and what must come of each. */

import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RandomGenerator, uniformInt } from '../../src/random.ts';

/** A path in a folder of its own. */
export interface OddPlace {
  readonly what: string;
  readonly path: string;
  /** Whether a picture can be read there. */
  readonly readable: boolean;
  /** Whether a file can be written there, and where it then lies. */
  readonly writes?: string;
}

const letters = [
  ...[
    'a',
    'Z',
    '7',
    ' ',
    '-',
    '.',
    ',',
    ';',
    '*',
    '?',
    '[',
    ']',
    '%',
    '#',
    '&',
    '<',
    '"',
    "'",
    '`',
    '$',
    '~',
    '\\',
  ],
  ...[
    '\u0001',
    '\u0007',
    '\n',
    '\t',
    '\u001b',
    '\u007f',
    '\u0085',
    '\u009b',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\uffff',
  ],
  ...['ä', 'é', 'ß', '湖', '🌊', '\ufffd'],
];

function anyName(random: RandomGenerator): string {
  const long = uniformInt(random, 0, 9) === 0;
  let name = '';
  const count = uniformInt(random, 1, long ? 250 : 12);
  while (name.length < count) name += letters[uniformInt(random, 0, letters.length - 1)] ?? '';
  while (Buffer.byteLength(name) > 251) name = [...name].slice(0, -1).join('');
  return `${name}.png`;
}

/** Makes the place, with `picture` where one belongs. */
export async function oddPlace(
  random: RandomGenerator,
  folder: string,
  picture: Uint8Array,
): Promise<OddPlace> {
  const path = join(folder, anyName(random));
  const target = join(folder, 'target.png');
  switch (uniformInt(random, 0, 10)) {
    case 0:
    case 1:
    case 2:
      await writeFile(path, picture);
      return { what: 'a file', path, readable: true, writes: path };
    case 3:
      return { what: 'nothing', path, readable: false, writes: path };
    case 4:
      await symlink(join('nowhere', 'gone.png'), path);
      return { what: 'a dangling link', path, readable: false, writes: join(folder, 'nowhere', 'gone.png') };
    case 5: {
      await writeFile(target, picture);
      await symlink('target.png', join(folder, 'between.png'));
      await symlink(join(folder, 'between.png'), path);
      return { what: 'links to a file', path, readable: true, writes: target };
    }
    case 6:
      await symlink(path, path);
      return { what: 'a link to itself', path, readable: false };
    case 7:
      await mkdir(path);
      return { what: 'a folder', path, readable: false };
    case 8:
      // The name comes after --, since it may begin with a dash.
      execFileSync('mkfifo', ['--', path]);
      return { what: 'a pipe', path, readable: false };
    case 9: {
      execFileSync('mkfifo', [join(folder, 'pipe.png')]);
      await symlink('pipe.png', path);
      return { what: 'a link to a pipe', path, readable: false };
    }
    default:
      await writeFile(path, picture);
      await chmod(path, [0o600, 0o640, 0o444][uniformInt(random, 0, 2)] ?? 0o600);
      return { what: 'a file of few', path, readable: true, writes: path };
  }
}
