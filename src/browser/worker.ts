/** The worker: it takes calls from the page, one at a time, and answers them. */

import { internal } from '../errors.ts';
import { createEngine, type Engine } from './engine.ts';
import { packError, type Pixels, type ToPage, type ToWorker } from './protocol.ts';

/** The type library of pages does not know workers. */
interface WorkerScope {
  postMessage(message: ToPage, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const running = new Map<number, AbortController>();
let engine: Engine | undefined;

scope.addEventListener('message', ({ data: message }) => {
  if (message.call === 'abort') {
    running.get(message.id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(message.id, controller);
  void answer(message, controller.signal).finally(() => running.delete(message.id));
});

type Call = Exclude<ToWorker, { call: 'abort' }>;

async function answer(message: Call, signal: AbortSignal): Promise<void> {
  const { id } = message;
  try {
    const [answer, transfer = []] = await carryOut(message, signal);
    scope.postMessage({ id, answer }, transfer);
  } catch (error) {
    scope.postMessage({ id, error: packError(error) }, []);
  }
}

type Answer = Extract<ToPage, { answer: unknown }>['answer'];

async function carryOut(message: Call, signal: AbortSignal): Promise<[Answer, Transferable[]?]> {
  const { id } = message;
  if (message.call === 'load') {
    engine = await createEngine(message.request);
    return [{ model: engine.model, device: engine.device }];
  }
  if (engine === undefined) throw internal('a call before the model was loaded');
  if (message.call === 'prepareStyle') {
    const { picture, ...options } = message.request;
    const style = await engine.prepareStyle(picture, { ...options, signal });
    // Tensors may share a buffer, which can be transferred only once.
    const buffers = new Set(Object.values(style.tensors).map(({ data }) => data.buffer as ArrayBuffer));
    return [style, [...buffers]];
  }
  if (message.call === 'saveStyle') {
    const bytes = await engine.saveStyle(message.request.style, message.request.source);
    return [bytes, [bytes.buffer]];
  }
  const painted = await engine.stylize(message.request, {
    signal,
    onProgress: (progress) => scope.postMessage({ id, news: { progress } }, []),
    onPreview: (preview: Pixels) => scope.postMessage({ id, news: { preview } }, [preview.bytes.buffer]),
  });
  return [painted, [painted.bytes.buffer]];
}
