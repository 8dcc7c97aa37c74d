import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createZip } from './zip.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('zip.test.ts skips what another program reads: python3 was not found');

it('knows its size before it is finished', async () => {
  const zip = createZip();
  expect(zip.size()).toBe(zip.finish().size);
  await zip.add('ä.txt', new Blob(['words']));
  await zip.add('b.txt', new Blob([]));
  expect(zip.count()).toBe(2);
  expect(zip.size()).toBe(zip.finish().size);
});

it.runIf(hasPython)('is read by another program', async () => {
  const zip = createZip(new Date(2024, 4, 17, 12, 30, 10));
  await zip.add('水彩.txt', new Blob(['words']));
  await zip.add('b.bin', new Blob([new Uint8Array(70_000).fill(9)]));
  const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-zip-'));
  try {
    const path = join(folder, 'a.zip');
    await writeFile(path, new Uint8Array(await zip.finish().arrayBuffer()));
    const code = `import sys, json, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.file_size, list(i.date_time)] for i in z.infolist()] + [z.read('b.bin') == bytes([9]) * 70000]))`;
    expect(JSON.parse(execFileSync('python3', ['-c', code, path], { encoding: 'utf8' }))).toEqual([
      ['水彩.txt', 5, [2024, 5, 17, 12, 30, 10]],
      ['b.bin', 70_000, [2024, 5, 17, 12, 30, 10]],
      true,
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
