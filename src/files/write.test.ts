import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { openBandWriter } from '../images/node/band-writer.ts';
import { readImage, writeImage } from '../images/node/image-file.ts';
import { cutName } from './names.ts';
import { explainFileError, readBytes, readJson } from './read.ts';
import { openRegular } from './regular.ts';
import { writeFileAtomic } from './write.ts';

let folder = '';
const at = (...names: string[]): string => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-write-'));
});

afterEach(() => rm(folder, { recursive: true }));

const image = drawnImage(1, 12, 10);

/** The three ways in which pictures and files are written. */
const ways = {
  bytes: (path: string) => writeFileAtomic(path, new TextEncoder().encode('new')),
  picture: (path: string) => writeImage(image, path),
  async bands(path: string) {
    const writer = await openBandWriter(path, image);
    await writer.write(image);
    await writer.finish();
  },
};

describe.skipIf(process.platform === 'win32').each(Object.entries(ways))(
  'writing over a file: %s',
  (_, write) => {
    it.each([0o600, 0o640, 0o444])('keeps its permissions, %o', async (mode) => {
      await writeFile(at('a.png'), 'old');
      await chmod(at('a.png'), mode);
      await write(at('a.png'));
      expect((await stat(at('a.png'))).mode & 0o777).toBe(mode);
      expect(await readFile(at('a.png'), 'latin1')).not.toBe('old');
      expect(await readdir(folder)).toEqual(['a.png']);
    });

    it('behind links writes the last target, and keeps the links', async () => {
      await mkdir(at('far'));
      await writeFile(at('far', 'target.png'), 'old');
      await symlink('far/target.png', at('middle.png'));
      await symlink(at('middle.png'), at('link.png'));
      await write(at('link.png'));
      expect(await readlink(at('link.png'))).toBe(at('middle.png'));
      expect((await lstat(at('far', 'target.png'))).isFile()).toBe(true);
      expect(await readFile(at('far', 'target.png'), 'latin1')).not.toBe('old');
      expect(await readdir(at('far'))).toEqual(['target.png']);
    });

    it('behind a link in a folder that is a link itself writes what the system would', async () => {
      await mkdir(at('far', 'inner'), { recursive: true });
      await symlink('far/inner', at('door'));
      await symlink('../target.png', at('far', 'inner', 'link.png'));
      await write(at('door', 'link.png'));
      expect(await readdir(at('far'))).toEqual(['inner', 'target.png']);
      expect((await readdir(folder)).sort()).toEqual(['door', 'far']);
    });

    it('that a link names but nobody has made makes it', async () => {
      await symlink('new/made.png', at('link.png'));
      await write(at('link.png'));
      expect((await lstat(at('link.png'))).isSymbolicLink()).toBe(true);
      expect((await stat(at('new', 'made.png'))).isFile()).toBe(true);
    });

    it('takes names as long as disks do', async () => {
      const long = `${'ü'.repeat(125)}x.png`;
      expect(Buffer.byteLength(long)).toBe(255);
      await write(at(long));
      await write(at(long));
      expect(await readdir(folder)).toEqual([long]);
    });

    it('refuses a pipe, a folder and links in a circle, and waits for none', async () => {
      execFileSync('mkfifo', [at('pipe.png')]);
      await mkdir(at('folder.png'));
      await symlink('loop.png', at('loop.png'));
      for (const [name, received] of [
        ['pipe.png', 'a named pipe'],
        ['folder.png', 'a folder'],
        ['loop.png', 'links that lead in a circle'],
      ] as const) {
        const error: unknown = await write(at(name)).catch((reason: unknown) => reason);
        const cause = error instanceof Error ? (error.cause ?? error) : error;
        expect(explainFileError(cause)).toBe(received);
      }
      expect(await readdir(folder)).toHaveLength(3);
    });
  },
);

it('what is written whole is what was drawn', async () => {
  await writeImage(image, at('a.png'));
  await ways.bands(at('b.png'));
  expect(await readImage(at('b.png'))).toEqual(await readImage(at('a.png')));
});

describe.skipIf(process.platform === 'win32')('reading', () => {
  it('opens regular files only, whoever asks', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    for (const [path, received] of [
      [at('pipe'), 'a named pipe'],
      [folder, 'a folder'],
      ['/dev/zero', 'a device'],
      [at('none'), 'no such file'],
      [at('caf\ufffd'), 'a name that is not UTF-8, so that it must be renamed first'],
    ] as const) {
      await expect(readBytes(path, 'it')).rejects.toThrow(
        `expected a file that can be read for it but received ${received} (${path})`,
      );
      await expect(readJson(path, 'it')).rejects.toThrow(`but received ${received}`);
    }
    await writeFile(at('file'), 'text');
    const { file, stats } = await openRegular(at('file'));
    expect(stats.size).toBe(4);
    await file.close();
  });
});

it('names are cut between letters', () => {
  expect(cutName('grün', 3)).toBe('gr');
  expect(cutName('grün', 4)).toBe('grü');
  expect(cutName('🌊🌊', 7)).toBe('🌊');
  expect(cutName('sea', 9)).toBe('sea');
});
