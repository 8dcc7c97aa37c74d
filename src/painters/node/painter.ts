/**
 * A painter's own process: one model, one task at a time. `session.run` of ONNX Runtime blocks JavaScript,
 * so nothing that must answer quickly can paint.
 */

import { messageOf } from '../../thrown.ts';
import { loadStylizer } from '../../stylize/node/stylizer.ts';
import { reasonOf } from './fault.ts';
import type { FromPainter, PainterSetup, Task, TaskProgress, ToPainter } from './task.ts';
import { Worker } from './work.ts';

/** Progress between phases is sent no more often. */
const PROGRESS_MS = 200;

const send = (message: FromPainter) => {
  if (process.connected) process.send?.(message);
};
const running = new Map<number, AbortController>();
let worker: Promise<Worker> | undefined;

// A terminal and a service manager send these to the whole group. The parent decides when painters end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.once('disconnect', () => process.exit());
process.on('message', (message: ToPainter) => {
  if ('abort' in message) running.get(message.abort)?.abort();
  else if ('task' in message) void paint(message.id, message.task);
  else {
    worker = load(message);
    // The pool hears of it by a message.
    worker.catch(() => {});
  }
});

async function load(setup: PainterSetup): Promise<Worker> {
  try {
    const loaded = new Worker(await loadStylizer(setup.model), setup);
    send({ ready: true });
    return loaded;
  } catch (error) {
    send({ broken: messageOf(error) });
    throw error;
  }
}

async function paint(id: number, task: Task): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const onProgress = sparingly((progress) => send({ id, progress }));
    const result = await (await worker)?.do(task, { signal: controller.signal, onProgress });
    if (result !== undefined) send({ id, result });
  } catch (error) {
    send({ id, fault: reasonOf(error), message: messageOf(error) });
  } finally {
    running.delete(id);
  }
}

function sparingly(tell: (progress: TaskProgress) => void): (progress: TaskProgress) => void {
  let [phase, told] = ['', 0];
  return (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - told < PROGRESS_MS) return;
    [phase, told] = [progress.phase, now];
    tell(progress);
  };
}
