/** The worker's end of the exchange with its page: it takes calls and answers them. */

import { type Calls, type News, packError, type ToPage, type ToWorker } from './protocol.ts';

/** The type library of pages does not know workers. */
interface WorkerScope {
  postMessage(message: ToPage, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
}

/** A call from the page. */
export type Call = Exclude<ToWorker, { call: 'abort' | 'enough' }>;

export interface CallContext {
  /** Aborts when the page no longer wants the answer. */
  readonly signal: AbortSignal;
  /** Aborts when the page wants the answer as it is then. */
  readonly enough: AbortSignal;
  tell(news: News, transfer?: Transferable[]): void;
}

/** An answer, and its parts that are moved to the page. */
export type Answer = readonly [answer: Calls[keyof Calls]['answer'], transfer?: Transferable[]];

/** Answers the page's calls by `carryOut`, whose errors are sent too. */
export function answerCalls(carryOut: (call: Call, context: CallContext) => Promise<Answer>): void {
  const scope = globalThis as unknown as WorkerScope;
  const running = new Map<number, Readonly<Record<'abort' | 'enough', AbortController>>>();

  scope.addEventListener('message', ({ data: message }) => {
    if (message.call === 'abort' || message.call === 'enough') {
      running.get(message.id)?.[message.call].abort();
      return;
    }
    const controllers = { abort: new AbortController(), enough: new AbortController() };
    running.set(message.id, controllers);
    void answer(message, {
      signal: controllers.abort.signal,
      enough: controllers.enough.signal,
      tell: (news, transfer = []) => scope.postMessage({ id: message.id, news }, transfer),
    }).finally(() => running.delete(message.id));
  });

  async function answer(message: Call, context: CallContext): Promise<void> {
    const { id } = message;
    try {
      const [answer, transfer = []] = await carryOut(message, context);
      scope.postMessage({ id, answer }, transfer);
    } catch (error) {
      scope.postMessage({ id, error: packError(error) }, []);
    }
  }
}
