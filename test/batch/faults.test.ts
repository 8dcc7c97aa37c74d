/** What strangers do wrong with batches: one line each. It says what was expected, what came, what to do. */

import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { collected, plan, writeBatchInputs } from '../helpers/batches.ts';
import { cli } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const batch = (...args: string[]) => cli(['batch', ...args], folder);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeBatchInputs(folder, 4);
  await plan(folder, 'good');
  await mkdir(at('empty'));
  for (const [name, change] of [
    ['text', () => 'no manifest'],
    ['other', (text: string) => text.replace(/"wasserfarbe":"[^"]*"/, '"wasserfarbe":"9.9.9"')],
    ['form', (text: string) => text.replace('"batch":1', '"batch":2')],
    ['option', (text: string) => text.replace('"finestSize":64', '"finestSise":64')],
    ['place', (text: string) => text.replace('"file":"styles/', '"file":"../styles/')],
  ] as const) {
    await mkdir(at(name));
    await writeFile(at(name, 'manifest.ndjson'), change(await readFile(at('good/manifest.ndjson'), 'utf8')));
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('one line says', () => {
  it.each([
    ['run empty', 2, 'expected manifest.ndjson for empty but received none; make it: wasserfarbe batch plan'],
    [
      'status nowhere',
      2,
      'expected manifest.ndjson for nowhere but received none; make it: wasserfarbe batch plan',
    ],
    ['run text', 2, 'expected a line of JSON for text: manifest.ndjson, line 1 but received something else'],
    [
      'run other',
      2,
      /expected wasserfarbe 9\.9\.9, which has planned this batch, for other but received \d.*; install that version, or plan the batch anew/,
    ],
    [
      'run form',
      2,
      /expected a line of form 1, as this version of wasserfarbe writes it, for form: manifest.ndjson, line 1 but received batch: /,
    ],
    ['run option', 2, /for an option of batch plan but received finestSise/],
    ['run place', 2, /for place: manifest.ndjson, line 2 but received/],
    ['run good --shard 5/4', 2, 'Expected a part from 0 and their number, as in 0/4 to 3/4.'],
    ['run good --shard 4/4', 2, 'Expected a part from 0 and their number, as in 0/4 to 3/4.'],
    [
      'run good --strength 0.5',
      2,
      "unknown option '--strength'; it belongs to batch plan, since it decides what is painted",
    ],
    ['run good --style s.png', 2, "unknown option '--style'; it belongs to batch plan"],
    ['run good --painter-memory 5MB', 2, 'expected at least 500MB for --painter-memory but received 5MB'],
    [
      'work good',
      2,
      'expected redis://host:6379 or postgres://host/database for --queue or WASSERFARBE_QUEUE but received nothing',
    ],
    [
      'work good --queue amqp://u:secret@host',
      2,
      'expected redis://host:6379 or postgres://host/database for --queue but received amqp://u:…@host',
    ],
    [
      'enqueue good --queue redis://127.0.0.1:9',
      1,
      'expected a server for --queue redis://127.0.0.1:9 but received connect ECONNREFUSED 127.0.0.1:9',
    ],
    [
      'enqueue good --queue postgres://u:secret@127.0.0.1:9/x',
      1,
      'expected a server for --queue postgres://u:…@127.0.0.1:9/x but received connect ECONNREFUSED 127.0.0.1:9',
    ],
    [
      'plan -c photos -s styles',
      2,
      'expected a folder or s3://bucket/prefix for --output but received nothing',
    ],
    ['plan -c photos -s none.png -o x', 1, 'expected a picture file for none.png but received no such file'],
    ['plan -c photos -s photos/photo-broken.png -o x', 1, /photo-broken\.png/],
    ['plan -c photos -s styles -o x --model none', 2, 'for model but received none'],
    [
      'plan -c photos -s styles -o random.json',
      1,
      /expected a file for random\.json\/.* but received a path through a file that is no folder/,
    ],
    ['collect empty', 2, 'expected manifest.ndjson for empty'],
  ])('%s', async (args, code, words) => {
    const ended = await batch(...args.split(' '));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
    if (typeof words === 'string') expect(ended.stderr).toContain(words);
    else expect(ended.stderr).toMatch(words);
  });
});

it('a folder for temporary files that is not there is named', async () => {
  const ended = await cli(['batch', 'run', 'good'], folder, { TMPDIR: '/nonexistent' });
  expect(ended).toMatchObject({
    code: 1,
    stderr:
      'wasserfarbe: expected room for files in the making for TMPDIR /nonexistent but received no such file\n',
  });
});

it('a damaged receipt is named', async () => {
  await plan(folder, 'damaged');
  const [name = ''] = await readdir(at('damaged', 'chunks'));
  await mkdir(at('damaged', 'receipts'));
  await writeFile(at('damaged', 'receipts', name), '{"picture":');
  expect(await batch('collect', 'damaged')).toMatchObject({
    code: 1,
    stderr: `wasserfarbe: expected a receipt for damaged: receipts/${name} but received something else; delete it, and paint again\n`,
  });
});

it('a picture that cannot be read is left out of a plan, and said', async () => {
  const args = [
    '--content',
    'photos/photo-00.png',
    'none.png',
    '-s',
    'styles',
    '--model',
    './random.safetensors',
  ];
  const ended = await batch('plan', ...args, '-o', 'partly');
  expect(ended).toMatchObject({
    ...{ code: 1, stdout: 'partly  2 paintings in 1 chunks, of which 0 are done\n' },
    stderr: 'wasserfarbe: expected a picture file for none.png but received no such file\n',
  });
});

it('pictures that are not on this machine spoil nothing', async () => {
  await mkdir(at('mounted'));
  for (const name of ['photo-00.png', 'photo-01.png']) {
    await writeFile(at('mounted', name), await readFile(at('photos', name)));
  }
  await plan(folder, 'away', '--content', 'mounted');
  await rm(at('mounted'), { recursive: true });
  const ended = await batch('run', 'away', '--painters', '1');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(
    /but received none; expected the picture that was planned .*; look at this machine/,
  );
  expect((await collected(folder, 'away')).ended.stderr).toContain('0 painted, 0 failed, 4 missing');
});

/** Only root mounts, and not everywhere. */
const mounted = (() => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1k', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    execFileSync('umount', ['/mnt']);
    return true;
  } catch {
    return false;
  }
})();

it.runIf(mounted)('a full disk ends a run with a line, and room lets it go on', async () => {
  await mkdir(at('small'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', at('small')]);
  try {
    await plan(folder, 'small');
    await writeFile(at('small', 'filler'), new Uint8Array(210_000));
    const ended = await batch('run', 'small', '--painters', '1');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/expected a place to write for .*small\/.* but received a full disk/);
    expect(await readdir(at('small', 'receipts')).catch(() => [])).toEqual([]);
    await rm(at('small', 'filler'));
    expect((await batch('run', 'small', '--painters', '1')).code).toBe(0);
    expect((await collected(folder, 'small')).ended.stderr).toContain('8 painted, 2 failed, 0 missing');
  } finally {
    execFileSync('umount', [at('small')]);
  }
});
