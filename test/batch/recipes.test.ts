/** The command lines of `deploy/batch`, on small batches: one part of each array. */

import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { collected, plan, writeBatchInputs } from '../helpers/batches.ts';
import { cli, root, start } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder = '';
const recipe = (name: string) => join(root, 'deploy', 'batch', name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeBatchInputs(folder, 3);
  await mkdir(join(folder, 'bin'));
  const program = join(folder, 'bin', 'wasserfarbe');
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/cli/main.js" "$@"\n`);
  await chmod(program, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

async function shell(args: readonly string[], variables: Record<string, string>) {
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  return start('sh', args, folder, { ...process.env, PATH, ...variables }).ended;
}

it('of Slurm paints its part', async () => {
  await plan(folder, 'slurm', '--chunk', '2');
  const own = { SLURM_ARRAY_TASK_ID: '1', SLURM_CPUS_PER_TASK: '1' };
  expect(await shell([recipe('slurm.sh'), 'slurm'], own)).toMatchObject({
    ...{ code: 0, stdout: expect.stringContaining('slurm  shard 1/100: 1 chunks done') },
  });
  expect((await collected(folder, 'slurm')).lines.filter(({ output }) => output !== undefined)).toHaveLength(
    2,
  );
});

it('of Kubernetes without a server paints its part', async () => {
  await plan(folder, 'kubernetes', '--chunk', '2');
  const text = await readFile(recipe('kubernetes-shards.yaml'), 'utf8');
  const [, line = ''] = /\[sh, -c, '(.*)'\]/.exec(text) ?? [];
  expect(line).toContain('s3://painted/2026');
  const own = line.replace('s3://painted/2026', 'kubernetes').replace('--painters 4', '--painters 1');
  expect(await shell(['-c', own], { JOB_COMPLETION_INDEX: '0' })).toMatchObject({
    ...{ code: 0, stdout: expect.stringContaining('kubernetes  shard 0/100: 1 chunks done') },
  });
});

it('name flags that there are', async () => {
  for (const name of ['kubernetes-queue.yaml', 'kubernetes-shards.yaml', 'compose.yaml', 'slurm.sh']) {
    const text = await readFile(recipe(name), 'utf8');
    const lines = text.split('\n').flatMap((line) => {
      const [, command, rest = ''] = /(?:batch |worker |\[)(plan|enqueue|work|run)[ ,](.*)/.exec(line) ?? [];
      return command === undefined ? [] : [{ command, flags: rest.match(/--[a-z-]+/g) ?? [] }];
    });
    expect(lines.length, name).toBeGreaterThan(0);
    for (const { command, flags } of lines) {
      const { stdout } = await cli(['batch', command, '--help'], folder);
      for (const flag of flags) expect(stdout, `${name}: ${command}`).toContain(`${flag} `);
    }
  }
});
