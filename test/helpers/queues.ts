/** Servers of queues for tests, each on a free port of this machine, with its data in a temporary folder. */

import { execFileSync, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';
import { freePort } from './study.ts';

export interface QueueServer {
  /** For `--queue`. */
  readonly address: string;
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Stops its process, whose connections stay open and are not answered, until it is ended. */
  freeze(): void;
  /** Ends it, and removes its data. */
  remove(): Promise<void>;
}

export type QueueServerName = 'redis' | 'postgres';

const debian = '/usr/lib/postgresql';
const versions = existsSync(debian) ? await readdir(debian) : [];
const folders = [
  ...(process.env.PATH ?? '').split(delimiter),
  ...versions.map((version) => join(debian, version, 'bin')),
];
const programOf = (name: string) => folders.map((folder) => join(folder, name)).find(existsSync);
const programs = { redis: programOf('redis-server'), postgres: programOf('initdb') && programOf('postgres') };

/** Which servers this machine has; others say in titles that they are skipped. */
export const queueServers = Object.keys(programs) as QueueServerName[];

/** Note in a title if the machine has no such server. */
export function unlessServer(name: QueueServerName): string {
  const program = name === 'redis' ? 'redis-server' : 'postgresql';
  return hasServer(name) ? '' : ` (skipped: no ${program}; apt-get install ${program})`;
}

export function hasServer(name: QueueServerName): boolean {
  return programs[name] !== undefined;
}

/** Makes and starts a server. */
export async function startQueueServer(name: QueueServerName): Promise<QueueServer> {
  // Its user may not enter the folders of tests.
  const folder = await mkdtemp(join(tmpdir(), `wasserfarbe-${name}-`));
  const port = await freePort();
  // PostgreSQL does not run as root.
  const owner = name === 'postgres' && process.getuid?.() === 0 ? userOf('postgres') : undefined;
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  if (name === 'postgres') {
    const made = ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'tester'];
    execFileSync(programOf('initdb') ?? '', made, { cwd: folder, stdio: 'ignore', ...owner });
  }
  const args = {
    redis: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'],
    postgres: ['-D', join(folder, 'data'), '-p', `${port}`, '-k', folder, '-h', '127.0.0.1'],
  }[name];
  let ended = Promise.resolve();
  let end = () => {};
  let freeze = () => {};
  const server = {
    address: { redis: `redis://127.0.0.1:${port}`, postgres: `postgres://tester@127.0.0.1:${port}/postgres` }[
      name
    ],
    async start() {
      const child = spawn(programs[name] ?? '', args, { cwd: folder, stdio: 'ignore', ...owner });
      ended = once(child, 'exit').then(() => {});
      // PostgreSQL's own way of an end at once; its other processes share memory with it.
      end = () => child.kill(name === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
      freeze = () => child.kill('SIGSTOP');
      await reach(port);
    },
    freeze: () => freeze(),
    async kill() {
      end();
      await ended;
    },
    async remove() {
      await server.kill();
      await rm(folder, { recursive: true });
    },
  };
  await server.start();
  return server;
}

function userOf(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * A way to a PostgreSQL server on which some connections, counted from 1, hear that it is just starting.
 *
 * @returns its address, how many connections there were, and its end
 */
export async function startingFor(
  { address }: QueueServer,
  refused: readonly number[],
): Promise<{ readonly address: string; count(): number; close(): void }> {
  const target = new URL(address);
  const sockets = new Set<Socket>();
  let count = 0;
  const proxy = createServer((client) => {
    sockets.add(client);
    client.on('error', () => {});
    count++;
    if (refused.includes(count))
      client.once('data', () => client.end(postgresError('57P03', 'is starting up')));
    else {
      const server = createConnection(Number(target.port), target.hostname).on('error', () =>
        client.destroy(),
      );
      client.on('close', () => server.destroy());
      client.pipe(server).pipe(client);
    }
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    address: address.replace(`:${target.port}/`, `:${port}/`),
    count: () => count,
    close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

/** The message by which PostgreSQL refuses a connection. */
function postgresError(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Waits until a port answers. */
async function reach(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const socket = createConnection(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at port ${port}`);
}
