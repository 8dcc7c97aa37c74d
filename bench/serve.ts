/**
 * `npm run build && npx tsx bench/serve.ts`: `wasserfarbe serve` under a crowd, beside the folder run of
 * `wasserfarbe stylize` on the same pictures. Every client sends one picture after another, and comes again
 * after `Retry-After` where the server says so. No two requests are the same: nothing is found in the store.
 * It prints what became of the requests, how long pictures took, pictures a second, the answers of
 * `/health/live` meanwhile, and the memory of the server and its painters.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { photographBytes, photographs } from '../demo/photographs.ts';

const { values } = parseArgs({
  options: {
    parallel: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    /** Pictures of each size. */
    pictures: { type: 'string', default: '8' },
    painters: { type: 'string' },
    /** Rounds of folder run and server in turns. */
    turns: { type: 'string', default: '2' },
  },
});
const [parallel, seconds, pictures, turns] = [
  values.parallel,
  values.seconds,
  values.pictures,
  values.turns,
].map(Number) as [number, number, number, number];

/** Width and height of the pictures, in pixels. */
const SIZES = [
  [256, 256],
  [512, 384],
  [1024, 768],
  [1600, 1067],
] as const;
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const style = fileURLToPath(new URL('../paintings/impasto.avif', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-serve-bench-'));
const contents = join(folder, 'contents');

async function writeContents(): Promise<Buffer[]> {
  await mkdir(contents);
  for (let i = 0; i < pictures * SIZES.length; i++) {
    const [width, height] = SIZES[i % SIZES.length] ?? SIZES[0];
    const label = photographs[i % photographs.length] ?? photographs[0];
    await sharp(await photographBytes(label))
      .resize(width + 64, height + 64, { fit: 'cover' })
      .extract({ left: (7 * i) % 64, top: (3 * i) % 64, width, height })
      .jpeg({ quality: 92 })
      .toFile(join(contents, `${String(i).padStart(3, '0')}.jpg`));
  }
  const names = (await readdir(contents)).sort();
  return Promise.all(names.map((name) => readFile(join(contents, name))));
}

/** Pictures a second of a folder run, its start included. */
async function folderRate(turn: number, count: number, ...flags: string[]): Promise<number> {
  const output = join(folder, `painted-${turn}${flags.join('')}`);
  const began = performance.now();
  const args = ['stylize', '--content', contents, '--style', style, '--output', output, '--quiet'];
  const [code] = await once(spawn(process.execPath, [cli, ...args, ...flags], { stdio: 'inherit' }), 'exit');
  if (code !== 0 || (await readdir(output)).length !== count) throw new Error('the folder run has failed');
  return (1000 * count) / (performance.now() - began);
}

async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  const painters = values.painters === undefined ? [] : ['--painters', values.painters];
  const args = [cli, 'serve', '--port', '0', ...painters];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout ?? child, 'data');
  return { child, url: String(line).trim() };
}

/** Resident bytes of a process. */
async function resident(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'latin1').catch(() => '');
  return 4096 * Number(text.split(' ')[1] ?? 0);
}

/**
 * A server that only says that it lives, in a process of its own: how long its answers take beside the crowd
 * is the machine's doing.
 */
async function startBare(): Promise<{ child: ChildProcess; url: string }> {
  const code =
    "const s = require('http').createServer((_, r) => r.end('live')).listen(0, () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout ?? child, 'data');
  return { child, url: `http://127.0.0.1:${String(line).trim()}/` };
}

interface Crowd {
  /** Seconds for each. */
  readonly painted: number[];
  /** How many before clients stopped to send. */
  inTime: number;
  refused: number;
  lost: number;
  /** Milliseconds of `/health/live`. */
  readonly health: number[];
  /** Those of the bare server. */
  readonly bare: number[];
  serverBytes: number;
  painterBytes: number;
}

let request = 0;

/** Asks two addresses in turn from a thread of its own: the crowd keeps this one busy. */
const watcherCode = `
  const { parentPort, workerData } = require('node:worker_threads');
  const answerTime = async (url) => {
    const began = performance.now();
    await (await fetch(url)).text();
    return performance.now() - began;
  };
  (async () => {
    for (;;) {
      parentPort.postMessage([await answerTime(workerData[0]), await answerTime(workerData[1])]);
      await new Promise((resume) => setTimeout(resume, 50));
    }
  })();`;

async function crowd(
  { child, url }: { child: ChildProcess; url: string },
  bare: string,
  files: readonly Buffer[],
): Promise<Crowd> {
  const seen: Crowd = {
    painted: [],
    inTime: 0,
    refused: 0,
    lost: 0,
    health: [],
    bare: [],
    serverBytes: 0,
    painterBytes: 0,
  };
  const end = performance.now() + 1000 * seconds;
  let watching = true;
  const client = async () => {
    while (performance.now() < end) await onePicture(url, files, seen, end);
  };
  const thread = new Worker(watcherCode, { eval: true, workerData: [`${url}health/live`, bare] });
  thread.on('message', ([own, other]: [number, number]) => {
    seen.health.push(own);
    seen.bare.push(other);
  });
  // The thread's own beginning is not the server's.
  await once(thread, 'message');
  const watch = async () => {
    while (watching) {
      seen.serverBytes = Math.max(seen.serverBytes, await resident(child.pid));
      const metrics = await (await fetch(`${url}metrics`)).text();
      const bytes = Number(/^wasserfarbe_painters_resident_bytes (.*)$/m.exec(metrics)?.[1]);
      seen.painterBytes = Math.max(seen.painterBytes, bytes);
      await new Promise((resume) => setTimeout(resume, 1000));
    }
  };
  const watcher = watch();
  await Promise.all(Array.from({ length: parallel }, client));
  watching = false;
  await watcher;
  await thread.terminate();
  return seen;
}

/** Sends a picture until it is painted, or the time is over and the server has not taken it. */
async function onePicture(url: string, files: readonly Buffer[], seen: Crowd, end: number): Promise<void> {
  const i = request++;
  const body = new Uint8Array(files[i % files.length] ?? Buffer.alloc(0));
  const [width, height] = SIZES[i % SIZES.length] ?? SIZES[0];
  const began = performance.now();
  for (;;) {
    const path = `${url}v1/paint?style=impasto&strength=${0.9 + i / 1e6}`;
    const answer = await fetch(path, { method: 'POST', body }).catch(() => undefined);
    const bytes = await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status === 503) {
      seen.refused++;
      if (performance.now() > end) return;
      const wait = Number(answer.headers.get('retry-after'));
      await new Promise((resume) => setTimeout(resume, 1000 * wait * (0.5 + Math.random())));
      continue;
    }
    const size =
      bytes === undefined
        ? undefined
        : await sharp(Buffer.from(bytes))
            .metadata()
            .catch(() => undefined);
    if (answer?.status === 200 && size?.width === width && size.height === height) {
      seen.painted.push((performance.now() - began) / 1000);
      if (performance.now() < end) seen.inTime++;
    } else seen.lost++;
    return;
  }
}

function times(list: readonly number[]): string {
  const [half, most, all] = [0.5, 0.99, 1].map((part) => share(list, part).toFixed(1));
  return `median ${half} ms, 99 % ${most} ms, longest ${all} ms of ${list.length}`;
}

function share(list: readonly number[], part: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const started: ChildProcess[] = [];
try {
  const files = await writeContents();
  const server = await startServer();
  const bare = await startBare();
  started.push(server.child, bare.child);
  for (let turn = 0; turn < turns; turn++) {
    // The server rests meanwhile.
    const one = await folderRate(turn, files.length);
    const several = await folderRate(turn, files.length, '--processes', `${availableParallelism()}`);
    const seen = await crowd(server, bare.url, files);
    const rate = seen.inTime / seconds;
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    console.log(
      `turn ${turn + 1}: ${seen.painted.length} painted, ${seen.lost} lost, ${seen.refused} told to come again; ` +
        `${rate.toFixed(2)} pictures a second\n` +
        `  folder run: ${one.toFixed(2)} pictures a second by one process, ${several.toFixed(2)} by several; ` +
        `the server gives ${(rate / one).toFixed(2)} and ${(rate / several).toFixed(2)} times as many\n` +
        `  a picture, waits included: median ${share(seen.painted, 0.5).toFixed(1)} s, longest ${share(seen.painted, 1).toFixed(1)} s\n` +
        `  /health/live: ${times(seen.health)}; a bare server meanwhile: ${times(seen.bare)}\n` +
        `  at most ${megabytes(seen.serverBytes)} in the server, ${megabytes(seen.painterBytes)} in its painters`,
    );
    if (seen.lost > 0) process.exitCode = 1;
  }
  server.child.kill('SIGTERM');
  const [code] = await once(server.child, 'exit');
  console.log(`ended by SIGTERM with code ${code}`);
} finally {
  for (const child of started) child.kill('SIGTERM');
  await rm(folder, { recursive: true });
}
