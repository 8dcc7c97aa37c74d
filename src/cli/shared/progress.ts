/** Long work: its progress, as a bar or an occasional line, and work beside the network. */
import { visibleLines } from '../../visible.ts';

/** Seconds between two lines if there is no terminal for a bar. */
const LINE_SECONDS = 30;

export interface Bar {
  update(done: number, note?: string): void;
  /** A line of text above the bar. */
  log(line: string): void;
  stop(): void;
}

/** A bar of `total` steps; `note` is text behind it. Needs a terminal on stderr. */
export async function progressBar(total: number, unit: string): Promise<Bar> {
  const { default: progress } = await import('cli-progress');
  // MultiBar is the one that can log lines above itself.
  const bars = new progress.MultiBar({
    format: `{bar} {value}/{total} ${unit}, {eta_formatted} left{note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    // The handler of cli-progress for SIGINT would end the process in the middle of a file.
    gracefulExit: false,
    stream: process.stderr,
  });
  const bar = bars.create(total, 0, { note: '' });
  return {
    update: (done, note = '') => bar.update(done, { note }),
    log: (line) => bars.log(`${visibleLines(line)}\n`),
    stop: () => bars.stop(),
  };
}

export interface Meter {
  /** `line` is printed occasionally if there is no bar; `note` is text behind the bar. */
  update(done: number, line: () => string, note?: string): void;
  log(line: string): void;
  stop(): void;
}

/** Progress that is not shown: only lines of text are printed. */
export function silentMeter(print: (line: string) => void): Meter {
  return { update() {}, log: print, stop() {} };
}

/** A bar if stderr is a terminal; otherwise `print` takes the lines. */
export async function createMeter(
  total: number,
  unit: string,
  print: (line: string) => void,
): Promise<Meter> {
  let bar: Bar | undefined = process.stderr.isTTY ? await progressBar(total, unit) : undefined;
  let printed = performance.now();
  return {
    update(done, line, note) {
      bar?.update(done, note);
      if (bar !== undefined || performance.now() - printed < LINE_SECONDS * 1000) return;
      printed = performance.now();
      print(line());
    },
    log(line) {
      if (bar === undefined) print(line);
      else bar.log(line);
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/**
 * Works on items in order, up to `count` of them ahead of the item that is handed out. Promises that are not
 * awaited may fail in silence.
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

/** Work of which at most `count` parts run at once. */
export class WorkBehind {
  readonly #count: number;
  readonly #working = new Set<Promise<void>>();

  constructor(count: number) {
    this.#count = count;
  }

  /** Begins the work as soon as there is room. `work` must not fail. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#working.size >= this.#count) await Promise.race(this.#working);
    const working = work().finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  /** Waits for all work. */
  async end(): Promise<void> {
    await Promise.all(this.#working);
  }
}
