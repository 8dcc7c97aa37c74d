/** A thread that decodes and crops the pictures of batches. `session.run` of ONNX Runtime blocks its own. */

import { messageOf } from '../../thrown.ts';
import { type MessagePort, workerData } from 'node:worker_threads';
import { Batches, type BatchPlan, type Crops } from './batches.ts';

/** A port of its own keeps messages until the thread listens. */
export interface WorkerInputs {
  readonly plan: BatchPlan;
  readonly port: MessagePort;
}

/** A wish for a batch, or the end: what has not begun is left, and the thread ends. */
export type ToWorker = { readonly step: number; readonly draw: number } | 'end';

export type FromWorker =
  | { readonly step: number; readonly draw: number; readonly crops: Crops }
  | { readonly step: number; readonly draw: number; readonly failure: string }
  | { readonly message: string };

const { plan, port }: WorkerInputs = workerData;
const send = (answer: FromWorker, buffers: ArrayBuffer[] = []) => port.postMessage(answer, buffers);
const batches = new Batches(plan, (message) => send({ message }));

port.on('message', (wish: ToWorker) => {
  if (wish === 'end') {
    batches.close();
    port.close();
    return;
  }
  batches.batch(wish.step, wish.draw).then(
    (crops) => send({ ...wish, crops }, [crops.content.buffer, crops.style.buffer]),
    (error: unknown) => send({ ...wish, failure: messageOf(error) }),
  );
});
