/** Work that goes on beside the network: ONNX Runtime holds the thread of JavaScript, decoding and encoding do not. */

/**
 * Works on items in order, up to `count` of them ahead of the one that is handed out. Promises that nobody awaits any more
 * may fail in silence.
 */
export async function* workAhead<T, R>(
  items: Iterable<T>,
  count: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, Promise<R>]> {
  const begun: (readonly [T, Promise<R>])[] = [];
  for (const item of items) {
    const working = work(item);
    working.catch(() => {});
    begun.push([item, working]);
    if (begun.length <= count) continue;
    const first = begun.shift();
    if (first !== undefined) yield first;
  }
  yield* begun;
}

/** Work of which at most `count` are under way. */
export class WorkBehind {
  readonly #count: number;
  readonly #working = new Set<Promise<void>>();

  constructor(count: number) {
    this.#count = count;
  }

  /** Begins, as soon as there is room. `work` must not fail. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#working.size >= this.#count) await Promise.race(this.#working);
    const working = work().finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  /** Waits for all. */
  async end(): Promise<void> {
    await Promise.all(this.#working);
  }
}
