/** Batches by queues on real servers: workers and servers end in many ways, and every painting comes once. */

import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPostgresBackend, Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { collected, expectAll, plan, writeBatchInputs } from '../helpers/batches.ts';
import { cli, type Ended, startCli } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import {
  hasServer,
  type QueueServer,
  type QueueServerName,
  queueServers,
  startingFor,
  startQueueServer,
  unlessServer,
} from '../helpers/queues.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const PICTURES = 24;
let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const reader = (batch: string) => (output: string) => readFile(at(batch, output));
/** Signs of life are soon missed. */
const worker = ['--painters', '1', '--lock', '2'];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeBatchInputs(folder, PICTURES);
});
afterAll(() => rm(folder, { recursive: true }));

async function until(batch: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const names = await readdir(at(batch, 'painted')).catch(() => []);
      expect(names.filter((name) => !name.startsWith('.')).length).toBeGreaterThanOrEqual(count);
    },
    { timeout: 60_000, interval: 20 },
  );
}

/** Lets a chunk that waits for its next try begin at once, until it is given up. */
async function withoutPauses(name: QueueServerName, address: string, { stdout }: Ended): Promise<void> {
  const [queueName = ''] = /wasserfarbe-[\da-f]{12}/.exec(stdout) ?? [];
  const queue: Pick<Queue, 'getDelayed' | 'getFailedCount' | 'close'> =
    name === 'redis'
      ? new Queue(queueName, { connection: { url: address } })
      : new Queue(queueName, { connection: address }, createPostgresBackend);
  try {
    await vi.waitFor(
      async () => {
        for (const job of await queue.getDelayed()) await job.promote();
        expect(await queue.getFailedCount()).toBe(1);
      },
      { timeout: 60_000, interval: 200 },
    );
  } finally {
    await queue.close();
  }
}

describe.each(queueServers.map((name) => [name, unlessServer(name)] as const))('%s%s', (name) => {
  const runs = it.runIf(hasServer(name));
  let server: QueueServer;
  const queue = () => ['--queue', server.address];
  const started = async (batch: string, ...flags: string[]) => {
    await plan(folder, batch, ...flags);
    return cli(['batch', 'enqueue', batch, ...queue()], folder);
  };
  const status = async (batch: string) =>
    JSON.parse((await cli(['batch', 'status', batch, '--json', ...queue()], folder)).stdout);

  beforeAll(async () => {
    if (hasServer(name)) server = await startQueueServer(name);
  });
  afterAll(() => server?.remove());

  runs('gives every painting once, whoever is killed, and whatever becomes of the server', async () => {
    const batch = `${name}-killed`;
    expect((await started(batch, '--chunk', '3')).stdout).toMatch(
      /9 chunks in the queue wasserfarbe-[\da-f]+, 0/,
    );
    // Added twice, they are there once.
    await cli(['batch', 'enqueue', batch, ...queue()], folder);
    expect((await status(batch)).queue).toEqual({ waiting: 9, active: 0, delayed: 0, failed: 0 });
    const start = () => startCli(['batch', 'work', batch, ...queue(), ...worker], folder);
    let [first, second] = [start(), start()];
    await until(batch, 4);
    first.kill('SIGKILL');
    first = start();
    await until(batch, 12);
    await server.kill();
    await server.start();
    await until(batch, 20);
    second.kill('SIGKILL');
    second = start();
    // One that begins while the server is away ends with a line, and is begun anew as schedulers do.
    for (let running of [first, second]) {
      for (let tries = 1; (await running.ended).code !== 0; tries++) {
        expect((await running.ended).stderr).toContain('expected a server for --queue');
        expect(tries).toBeLessThan(3);
        running = start();
      }
    }
    const { lines } = await collected(folder, batch);
    expect(lines).toHaveLength(2 * (PICTURES + 1));
    await expectAll(folder, lines, reader(batch));
    expect((await status(batch)).queue).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    const again = await cli(['batch', 'enqueue', batch, ...queue()], folder);
    expect(again.stdout).toMatch(/^\S+ {2}0 chunks in the queue .*, 9 done before\n$/);
  });

  runs('takes back what a worker leaves that is told to end', async () => {
    const batch = `${name}-ended`;
    await started(batch);
    const own = ['--painters', '1', '--lock', '600'];
    const first = startCli(['batch', 'work', batch, ...queue(), ...own], folder);
    await until(batch, 3);
    first.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 130 });
    expect((await status(batch)).queue).toEqual({ waiting: 1, active: 0, delayed: 0, failed: 0 });
    // At once, although the lock would hold for minutes.
    const second = await cli(['batch', 'work', batch, ...queue(), ...own], folder);
    expect(second.code).toBe(0);
    await expectAll(folder, (await collected(folder, batch)).lines, reader(batch));
  });

  runs('is left by a worker that is told to end after its server has gone for good', async () => {
    const batch = `${name}-alone`;
    await started(batch);
    const working = startCli(['batch', 'work', batch, ...queue(), ...worker], folder);
    await until(batch, 3);
    await server.kill();
    working.kill('SIGTERM');
    const ended = await working.ended;
    await server.start();
    expect(ended).toMatchObject({ code: 130 });
  });

  // Only Redis is one process.
  it.runIf(hasServer(name) && name === 'redis')(
    'is left by a worker that is told to end while its server does not answer',
    async () => {
      const batch = `${name}-frozen`;
      await started(batch);
      const working = startCli(['batch', 'work', batch, ...queue(), ...worker], folder);
      await until(batch, 3);
      server.freeze();
      working.kill('SIGTERM');
      const ended = await working.ended;
      await server.kill();
      await server.start();
      expect(ended).toMatchObject({ code: 130 });
    },
  );

  // BullMQ's workers ask PostgreSQL again and again without a pause then, and hear no signal.
  it.runIf(hasServer(name) && name === 'postgres').each([1, 2, 3, 4])(
    'goes on after its server was starting at connection %d',
    async (refused) => {
      const batch = `${name}-starting-${refused}`;
      await started(batch);
      const way = await startingFor(server, [refused]);
      try {
        const work = await cli(['batch', 'work', batch, '--queue', way.address, ...worker], folder);
        expect(way.count()).toBeGreaterThan(refused);
        expect(work).toMatchObject({ code: 0, stdout: expect.stringContaining('48 paintings') });
      } finally {
        way.close();
      }
    },
  );

  runs('gives a chunk up that cannot be done, and says why', { timeout: 300_000 }, async () => {
    const batch = `${name}-dead`;
    const enqueued = await started(batch, '--chunk', '13');
    const [broken = '', whole = ''] = await readdir(at(batch, 'chunks'));
    await rename(at(batch, 'chunks', broken), at('aside'));
    const working = startCli(['batch', 'work', batch, ...queue(), ...worker], folder);
    await vi.waitFor(() => expect(working.errors()).toContain('but received none; plan the batch anew'), {
      timeout: 60_000,
    });
    await withoutPauses(name, server.address, enqueued);
    const ended = await working.ended;
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('1 of 2 chunks are not painted: see batch status'),
    });
    expect(await readdir(at(batch, 'receipts'))).toEqual([whole]);
    const { queue: counts, dead } = await status(batch);
    expect(counts).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 1 });
    expect(dead).toEqual([
      {
        chunk: broken.replace('.ndjson', ''),
        reason: `expected chunks/${broken} for ${batch} but received none; plan the batch anew`,
      },
    ]);
    await rename(at('aside'), at(batch, 'chunks', broken));
    expect((await cli(['batch', 'enqueue', batch, ...queue()], folder)).stdout).toContain(
      '1 chunks in the queue',
    );
    const after = await cli(['batch', 'work', batch, ...queue(), ...worker], folder);
    expect(after.code).toBe(0);
    await expectAll(folder, (await collected(folder, batch)).lines, reader(batch));
  });
});
