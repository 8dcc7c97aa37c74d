/** Progress bars on stderr, loaded only where there is one. */

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
    // Its own SIGINT handler would end the process in the middle of a file.
    gracefulExit: false,
    stream: process.stderr,
  });
  const bar = bars.create(total, 0, { note: '' });
  return {
    update: (done, note = '') => bar.update(done, { note }),
    log: (line) => bars.log(`${line}\n`),
    stop: () => bars.stop(),
  };
}
