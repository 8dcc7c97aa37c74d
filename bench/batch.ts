/**
 * `npm run build && npx tsx bench/batch.ts`: batches among kills, and their cost. `--only` takes one part.
 *
 * - `queue`, `shards`: small pictures in two styles are painted by four workers. One worker is killed every
 *   ten seconds, and the queue's server once; each is begun anew, as Kubernetes does. One picture is broken.
 *   Whoever opens another is ended at once, as a system does that has no memory left: the worker in the
 *   queue's run, its painter in that of the shards. The rest must have the bytes of the folder run.
 * - `overhead`: a batch and folder runs of larger pictures take turns.
 * - `million`: a plan of a million pictures, which exist only by name, in the queue.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { photographBytes, photographs } from '../demo/photographs.ts';
import { openStore } from '../src/batch/node/open-store.ts';
import { writePlan } from '../src/batch/node/plan.ts';
import { type QueueServer, type QueueServerName, startQueueServer } from '../test/helpers/queues.ts';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '2000' },
    /** Sides in pixels, of those painted among kills. */
    size: { type: 'string', default: '64' },
    workers: { type: 'string', default: '4' },
    /** Seconds between two kills. */
    kill: { type: 'string', default: '10' },
    server: { type: 'string', default: 'redis' },
    /** Pictures of 256² for the comparison of times, and its turns. */
    timed: { type: 'string', default: '100' },
    turns: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const [pictures, size, workers, kill, timed, turns] = [
  ...[values.pictures, values.size, values.workers, values.kill, values.timed, values.turns],
].map(Number) as [number, number, number, number, number, number];

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-batch-bench-'));
const at = (...names: string[]) => join(folder, ...names);
/** Painting small pictures quickly: the work around it is what counts here. */
const quick = ['--finest-size', '64', '--style-size', '256'];
const styles = ['woodcut', 'impasto'];
const DEADLY = 'deadly.tif';

async function writeContents(name: string, count: number, side: number): Promise<void> {
  await mkdir(at(name));
  for (let i = 0; i < count; i++) {
    const place = Math.floor(i / photographs.length);
    await sharp(await photographBytes(photographs[i % photographs.length] ?? photographs[0]))
      .resize(side + 64, side + 64, { fit: 'cover' })
      .extract({ left: place % 64, top: Math.floor(place / 64) % 64, width: side, height: side })
      .jpeg({ quality: 92 })
      .toFile(at(name, `${String(i).padStart(5, '0')}.jpg`));
  }
}

/** Starts `wasserfarbe`; its errors come with `heard`. */
function start(args: readonly string[], heard?: string[]): ChildProcess {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.resume();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => heard?.push(text));
  return child;
}

/** Runs `wasserfarbe`; returns its seconds. */
async function run(args: readonly string[], codes = [0]): Promise<number> {
  const began = performance.now();
  const heard: string[] = [];
  const [code] = await once(start(args, heard), 'exit');
  if (!codes.includes(code)) throw new Error(`${args.join(' ')}: exit code ${code}\n${heard.join('')}`);
  return (performance.now() - began) / 1000;
}

interface Toll {
  killed: number;
  /** Ends with the deadly picture. */
  deadly: number;
  restarts: number;
}

/** Workers that are begun anew whenever they end before their work is done, and what befalls them. */
class Crew {
  readonly toll: Toll = { killed: 0, deadly: 0, restarts: 0 };
  readonly #alive = new Map<number, ChildProcess>();
  readonly #ended: Promise<void>[];
  #next = 0;

  constructor(
    count: number,
    args: (worker: number) => string[],
    readonly victim: 'worker' | 'painter',
  ) {
    this.#ended = Array.from({ length: count }, (_, i) => this.#keep(i, args(i)));
  }

  async #keep(worker: number, args: string[]): Promise<void> {
    for (;;) {
      const child = start(args);
      this.#alive.set(worker, child);
      const [code] = await once(child, 'exit');
      this.#alive.delete(worker);
      if (code === 0) return;
      this.toll.restarts++;
    }
  }

  /** Kills one worker after the other until all have done their work. */
  async end(): Promise<void> {
    const killing = setInterval(() => {
      const alive = [...this.#alive.values()];
      if (alive[this.#next++ % alive.length]?.kill('SIGKILL')) this.toll.killed++;
    }, 1000 * kill);
    let goesOn = true;
    const watching = (async () => {
      while (goesOn) {
        for (const child of this.#alive.values()) await this.#watch(child);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await Promise.all(this.#ended);
    goesOn = false;
    clearInterval(killing);
    await watching;
  }

  /** Ends whoever has the deadly picture open. */
  async #watch(worker: ChildProcess): Promise<void> {
    const children = await readFile(`/proc/${worker.pid}/task/${worker.pid}/children`, 'utf8').catch(
      () => '',
    );
    for (const pid of children.split(' ').filter((text) => text !== '')) {
      for (const file of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
        const path = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
        if (!path.endsWith(DEADLY)) continue;
        if (this.victim === 'worker') worker.kill('SIGKILL');
        else process.kill(Number(pid), 'SIGKILL');
        this.toll.deadly++;
        return;
      }
    }
  }
}

/** Counts of what `batch collect` says, against the folder run. */
async function judge(batch: string) {
  const child = spawn(process.execPath, [cli, 'batch', 'collect', at(batch)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  const lines: { picture: string; style: string; output?: string; error?: string }[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  let [exact, other] = [0, 0];
  for (const { picture, style, output } of lines) {
    if (output === undefined) continue;
    const name = `${basename(picture, '.jpg')}_stylized_${style}.jpg`;
    const expected = await readFile(at('expected', name)).catch(() => undefined);
    if (expected?.equals(await readFile(at(batch, output)))) exact++;
    else other++;
  }
  const files = (await readdir(at(batch, 'painted'))).filter((name) => !name.startsWith('.'));
  const named = [...new Set(lines.flatMap(({ picture, error }) => (error ? [basename(picture)] : [])))];
  const missing = lines.filter(({ output, error }) => output === undefined && error === undefined).length;
  return { exact, other, files: files.length, missing, named };
}

/** Plans the pictures and the two bad ones. */
async function plan(batch: string): Promise<number> {
  const content = ['--content', at('contents'), at('odd'), '--style', at('styles')];
  return run(['batch', 'plan', ...content, ...quick, '--format', 'jpg', '-o', at(batch)]);
}

async function among(
  batch: string,
  args: (worker: number) => string[],
  victim: 'worker' | 'painter',
  beside?: () => Promise<void>,
) {
  const began = performance.now();
  const crew = new Crew(workers, args, victim);
  await Promise.all([crew.end(), beside?.()]);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(batch, JSON.stringify({ seconds, ...crew.toll, ...(await judge(batch)) }));
}

async function byQueue(name: QueueServerName): Promise<void> {
  const server: QueueServer = await startQueueServer(name);
  try {
    await plan(name);
    await run(['batch', 'enqueue', at(name), '--queue', server.address]);
    const work = ['batch', 'work', at(name), '--queue', server.address, '--painters', '1', '--lock', '5'];
    await among(
      name,
      () => work,
      'worker',
      async () => {
        while ((await readdir(at(name, 'receipts')).catch(() => [])).length < pictures / 64 / 2) {
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        await server.kill();
        await server.start();
        console.log('the server was killed and begun anew');
      },
    );
  } finally {
    await server.remove();
  }
}

async function byShards(): Promise<void> {
  await plan('shards');
  const shard = (i: number) => [
    'batch',
    'run',
    at('shards'),
    '--painters',
    '1',
    '--shard',
    `${i}/${workers}`,
  ];
  await among('shards', shard, 'painter');
}

/** Seconds on the clock and of processors, those of all processes. The clock suffers from other programs. */
async function cost(...commands: readonly (readonly string[])[]): Promise<readonly [number, number]> {
  const line = 'for command; do eval "$command" >/dev/null || exit 1; done; times';
  const quoted = commands.map((args) => [process.execPath, cli, ...args].map((arg) => `'${arg}'`).join(' '));
  const began = performance.now();
  const child = spawn('sh', ['-c', line, 'sh', ...quoted], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`exit code ${code}`);
  const clock = (performance.now() - began) / 1000;
  const children = (said.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g);
  return [clock, [...children].reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0)];
}

/** A folder run, by one process and by two, and a batch from its plan to its collection, in turns. */
async function overhead(): Promise<void> {
  await writeContents('timed', timed, 256);
  const inputs = ['--content', at('timed'), '--style', at('styles')];
  for (let turn = 1; turn <= turns; turn++) {
    const batch = at(`batch-${turn}`);
    const figures = {
      batch: await cost(
        ['batch', 'plan', ...inputs, '-o', batch],
        ['batch', 'run', batch],
        ['batch', 'collect', batch],
      ),
      folder: await cost(['stylize', ...inputs, '--quiet', '-o', at(`one-${turn}`)]),
      'by 2 processes': await cost([
        'stylize',
        ...inputs,
        '--quiet',
        '--processes',
        '2',
        '-o',
        at(`two-${turn}`),
      ]),
    };
    const [clock, processors] = figures.batch;
    for (const [name, [own, ownProcessors]] of Object.entries(figures)) {
      const times = `batch ${(clock / own).toFixed(2)} and ${(processors / ownProcessors).toFixed(2)} times`;
      console.log(
        `turn ${turn}, ${name}: ${own.toFixed(1)} s, processors ${ownProcessors.toFixed(1)} s; ${times}`,
      );
    }
  }
}

/** What a million pictures cost beside painting. None is painted, so that `collect` finds no receipt. */
async function million(): Promise<void> {
  const store = await openStore(at('million'));
  const count = 1_000_000;
  function* names() {
    for (let i = 0; i < count; i++) {
      const name = `${Math.floor(i / 1000)}/${i}`;
      const identity = `etag:${i.toString(16).padStart(32, '0')}`;
      yield { picture: `s3://photographs/${name}.jpg`, identity, name, ending: 'jpg' };
    }
  }
  const own = styles.map((name) => ({ name, parts: [{ path: at('styles', `${name}.avif`) }] }));
  const began = performance.now();
  await writePlan(store, { model: 'slim', options: {}, styles: own, pictures: names(), chunk: 100 });
  const planning = (performance.now() - began) / 1000;
  const figures: Record<string, number> = { planning };
  for (const name of ['redis', 'postgres'] as const) {
    const server = await startQueueServer(name);
    try {
      const queue = ['--queue', server.address];
      figures[`enqueue, ${name}`] = await run(['batch', 'enqueue', at('million'), ...queue]);
      figures[`status, ${name}`] = await run(['batch', 'status', at('million'), ...queue]);
    } finally {
      await server.remove();
    }
  }
  figures.collect = await run(['batch', 'collect', at('million')], [1]);
  for (const [what, seconds] of Object.entries(figures))
    console.log(`a million, ${what}: ${seconds.toFixed(1)} s`);
}

const wants = (part: string) => values.only === undefined || values.only === part;
try {
  await mkdir(at('styles'));
  for (const style of styles) {
    const file = fileURLToPath(new URL(`../paintings/${style}.avif`, import.meta.url));
    await copyFile(file, at('styles', `${style}.avif`));
  }
  if (wants('queue') || wants('shards')) {
    await writeContents('contents', pictures, size);
    await mkdir(at('odd'));
    await writeFile(at('odd', 'broken.jpg'), '\xff\xd8\xff and then nothing');
    // So large that it is read from its file, and so seen to be open.
    const create = { width: 5200, height: 4400, channels: 3, background: '#68a' } as const;
    await sharp({ create }).tiff({ compression: 'none' }).toFile(at('odd', DEADLY));
    const inputs = ['--content', at('contents'), '--style', at('styles'), ...quick];
    const seconds = await run(['stylize', ...inputs, '--quiet', '--processes', '2', '-o', at('expected')]);
    console.log(`${pictures} pictures of ${size}² in 2 styles: the folder run took ${seconds.toFixed(0)} s`);
    if (wants('queue')) await byQueue(values.server === 'postgres' ? 'postgres' : 'redis');
    if (wants('shards')) await byShards();
  }
  if (wants('overhead')) await overhead();
  if (wants('million')) await million();
} finally {
  await rm(folder, { recursive: true });
}
