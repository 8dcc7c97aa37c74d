import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root, start } from '../../test/helpers/package.ts';
import { pathBeside, removeTemporary, temporaryPath } from './temporary.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-temporary-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('temporary files', () => {
  it('have unique names in the wanted folder', () => {
    expect(temporaryPath('.v', folder)).not.toBe(temporaryPath('.v', folder));
    expect(temporaryPath('.v')).toMatch(/wasserfarbe-[0-9a-f]{16}\.v$/);
    const beside = pathBeside(join(folder, 'a.png'), '.tmp');
    expect(dirname(beside)).toBe(folder);
    expect(beside).toMatch(/\/\.a\.png\.[0-9a-f]{12}\.tmp$/);
  });

  it('are removed if they exist', async () => {
    const path = temporaryPath('.v', folder);
    await removeTemporary(path);
    await writeFile(path, '');
    await removeTemporary(path);
    expect(existsSync(path)).toBe(false);
    await mkdir(path);
    await writeFile(join(path, 'a'), '');
    await removeTemporary(path);
    expect(existsSync(path)).toBe(false);
  });

  // Exit codes: the requested one, that of an uncaught exception, that of a promise that never settles.
  it.each([
    ['process.exit(3)', 3],
    ['throw new Error("lost")', 1],
    ['await new Promise(() => {})', 13],
  ])('are gone after %s', async (end, code) => {
    const program = [
      `import { mkdirSync, writeFileSync } from 'node:fs';`,
      `import { pathBeside, temporaryPath } from ${JSON.stringify(join(root, 'src/files/temporary.ts'))};`,
      `writeFileSync(temporaryPath('.v', ${JSON.stringify(folder)}), 'pixels');`,
      `const inner = temporaryPath('.task', ${JSON.stringify(folder)});`,
      `mkdirSync(inner);`,
      `writeFileSync(inner + '/a.png', 'pixels');`,
      `writeFileSync(pathBeside(${JSON.stringify(join(folder, 'a.png'))}, '.tmp'), 'pixels');`,
      // A file that is just being written: nobody waits for it.
      `import { writeFileAtomic } from ${JSON.stringify(join(root, 'src/files/write.ts'))};`,
      `void writeFileAtomic(${JSON.stringify(join(folder, 'b.bin'))}, new Uint8Array(50e6)).catch(() => {});`,
      `await new Promise((done) => setTimeout(done, 20));`,
      end,
    ];
    const script = join(folder, 'program.mts');
    await writeFile(script, program.join('\n'));
    const ended = await start(process.execPath, ['--import', 'tsx', script], root).ended;
    expect(ended.code).toBe(code);
    expect((await readdir(folder)).filter((name) => name !== 'b.bin')).toEqual(['program.mts']);
  });
});
