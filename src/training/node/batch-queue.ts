/** Batches made ahead of the steps that need them, in a thread of their own. Node only. */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, type MessagePort, Worker, type WorkerOptions } from 'node:worker_threads';
import { present, TrainingError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { packagePath } from '../../files/package.ts';
import type { BatchPlan, Crops } from './batches.ts';
import type { FromWorker, ToWorker, WorkerInputs } from './batch-worker.ts';

/** Batches that wait in the queue or are on the way. */
const AHEAD = 4;

interface Awaited {
  readonly crops: Promise<Crops>;
  settle(answer: { readonly crops: Crops } | { readonly failure: string }): void;
}

export class BatchQueue {
  readonly #port: MessagePort;
  readonly #ended: Promise<void>;
  readonly #draws: number;
  readonly #awaited = new Map<string, Awaited>();
  #failure: string | undefined;
  #waited = 0;

  constructor(plan: BatchPlan, onMessage: (text: string) => void) {
    this.#draws = plan.draws;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const inputs: WorkerInputs = { plan, port: port2 };
    const worker = startWorker({ workerData: inputs, transferList: [port2] });
    port1.on('message', (answer: FromWorker) => {
      if ('message' in answer) onMessage(answer.message);
      else this.#awaited.get(nameOf(answer.step, answer.draw))?.settle(answer);
    });
    worker.on('error', (error) => this.#fail(messageOf(error)));
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => {
        port1.close();
        this.#fail('the thread has ended');
        resolve();
      });
    });
  }

  /** Seconds spent waiting for batches so far. */
  get waited(): number {
    return this.#waited;
  }

  /**
   * A batch. Those that steps take after it are made meanwhile; others that were asked for are forgotten.
   *
   * @throws TrainingError if it cannot be made
   */
  async batch(step: number, draw: number): Promise<Crops> {
    const began = performance.now();
    const wanted = new Set<string>();
    let next = { step, draw };
    for (let i = 0; i <= AHEAD; i++) {
      const name = nameOf(next.step, next.draw);
      wanted.add(name);
      if (!this.#awaited.has(name)) this.#ask(name, next);
      next = this.#after(next);
    }
    for (const name of this.#awaited.keys()) if (!wanted.has(name)) this.#awaited.delete(name);
    const name = nameOf(step, draw);
    try {
      return await present(this.#awaited.get(name), 'batch').crops;
    } finally {
      this.#awaited.delete(name);
      this.#waited += (performance.now() - began) / 1000;
    }
  }

  /** Ends the thread. Files that it writes are finished. */
  async close(): Promise<void> {
    this.#send('end');
    await this.#ended;
  }

  /** A step takes the draws of the critics first, and draw 0 in the end. */
  #after({ step, draw }: { step: number; draw: number }) {
    if (draw === 0) return { step: step + 1, draw: this.#draws > 1 ? 1 : 0 };
    return { step, draw: (draw + 1) % this.#draws };
  }

  #ask(name: string, wish: { readonly step: number; readonly draw: number }): void {
    let settle: Awaited['settle'] = () => {};
    const crops = new Promise<Crops>((resolve, reject) => {
      settle = (answer) => {
        if ('crops' in answer) resolve(answer.crops);
        else reject(new TrainingError(answer.failure));
      };
    });
    // It may be that nobody waits for it.
    crops.catch(() => {});
    this.#awaited.set(name, { crops, settle });
    if (this.#failure === undefined) this.#send(wish);
    else settle({ failure: this.#failure });
  }

  #send(wish: ToWorker): void {
    this.#port.postMessage(wish);
  }

  #fail(reason: string): void {
    this.#failure ??= `pictures can no longer be decoded: ${reason}`;
    for (const { settle } of this.#awaited.values()) settle({ failure: this.#failure });
  }
}

function nameOf(step: number, draw: number): string {
  return `${step}/${draw}`;
}

function startWorker(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(packagePath('dist/training/node/batch-worker.js'), options);
  }
  // From sources: threads do not take over the compiler of `tsx` or of the tests.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const compiler = new URL('dist/esm/api/index.mjs', tsx).href;
  const entry = new URL('./batch-worker.ts', import.meta.url).href;
  const code = `import('${compiler}').then(({ register }) => (register(), import('${entry}')))`;
  return new Worker(code, { ...options, eval: true, execArgv: [] });
}
