/** The bar of `wasserfarbe stylize`: in pictures, or in tiles of the one that there is. Only on a terminal. */

import type { ReportedErrors } from '../shared/reported-errors.ts';
import { type Bar, progressBar } from '../shared/progress.ts';

export class PictureProgress {
  readonly #pictures: number;
  readonly #reported: ReportedErrors;
  #bar: Bar | undefined;
  #starting: Promise<void> | undefined;
  #done = 0;

  constructor(pictures: number, reported: ReportedErrors) {
    this.#pictures = pictures;
    this.#reported = reported;
    if (pictures > 1) this.#start(pictures, 'pictures');
  }

  /** One picture is done, well or badly. */
  picture(): void {
    this.#done++;
    if (this.#pictures > 1) this.#bar?.update(this.#done);
  }

  /** Tiles of the picture at work. */
  tiles(done: number, total: number): void {
    if (this.#pictures > 1) this.#bar?.update(this.#done, `, tile ${done}/${total}`);
    else {
      this.#start(total, 'tiles');
      this.#bar?.update(done);
    }
  }

  async stop(): Promise<void> {
    await this.#starting;
    this.#bar?.stop();
    this.#bar = undefined;
    this.#reported.print = console.error;
  }

  #start(total: number, unit: string): void {
    if (!process.stderr.isTTY) return;
    this.#starting ??= progressBar(total, unit).then((bar) => {
      this.#bar = bar;
      this.#reported.print = bar.log;
    });
  }
}
