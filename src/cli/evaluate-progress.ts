/** How far an evaluation is: a bar on a terminal, else a line now and then. */

import { progressBar } from './progress.ts';

/** Seconds between two lines. */
const LINE_SECONDS = 30;

export interface Meter {
  advance(): void;
  stop(): void;
}

export async function progressMeter(total: number): Promise<Meter> {
  const bar = process.stderr.isTTY ? await progressBar(total, 'pictures') : undefined;
  let [done, printed] = [0, performance.now()];
  return {
    advance() {
      done++;
      bar?.update(done);
      if (bar !== undefined || performance.now() - printed < LINE_SECONDS * 1000) return;
      printed = performance.now();
      console.error(`${done} of ${total} pictures`);
    },
    stop: () => bar?.stop(),
  };
}
