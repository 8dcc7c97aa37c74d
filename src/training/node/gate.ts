/** Work that waits until there is room for it. */

/** Lets work begin in the order of asking, while the costs of all that goes on stay within a capacity. */
export class Gate {
  readonly #capacity: number;
  readonly #waiting: { readonly cost: number; readonly begin: () => void }[] = [];
  #taken = 0;
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Does the work when its turn comes. Work that costs more than the capacity is done alone. */
  async pass<T>(cost: number, work: () => Promise<T>): Promise<T> {
    const counted = Math.min(cost, this.#capacity);
    await new Promise<void>((begin) => {
      this.#waiting.push({ cost: counted, begin });
      this.#admit();
    });
    try {
      if (this.#closed) throw new Error('the gate is closed');
      return await work();
    } finally {
      this.#taken -= counted;
      this.#admit();
    }
  }

  /** What has not begun rejects. */
  close(): void {
    this.#closed = true;
  }

  #admit(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!this.#closed && this.#taken + first.cost > this.#capacity) return;
      this.#waiting.shift();
      this.#taken += first.cost;
      first.begin();
    }
  }
}
