/**
 * What a worker leaves behind while it paints a part of a chunk. If it dies, the next one finds the mark: the
 * part is halved at each death, until one picture is alone with it. Node only.
 */

import { z } from 'zod';
import { markKey, toLines } from './manifest.ts';
import type { Store } from './store.ts';

/** A picture with which so many workers have died, each time alone, is named and left. */
const DEATHS = 3;

const markSchema = z.object({
  /** Names of the pictures that are being painted; none if the worker has ended well. */
  part: z.array(z.string()),
  /** Pictures in a part; missing if no worker has died. */
  size: z.int().min(1).optional(),
  /** Workers that have died with a picture, each time alone. */
  deaths: z.record(z.string(), z.int()),
  /** Pictures that are given up. */
  poison: z.array(z.string()),
});
type State = z.infer<typeof markSchema>;

export class Mark {
  readonly #store: Store;
  readonly #key: string;
  #state: State;

  private constructor(store: Store, key: string, state: State) {
    this.#store = store;
    this.#key = key;
    this.#state = state;
  }

  /**
   * Reads the mark of a chunk.
   *
   * @param left names of the pictures that are not painted yet
   */
  static async read(store: Store, id: string, left: ReadonlySet<string>): Promise<Mark> {
    const key = markKey(id);
    const before = parse(await store.get(key));
    return new Mark(store, key, before === undefined ? fresh([]) : after(before, left));
  }

  /** Pictures with which workers have died. */
  get poison(): readonly string[] {
    return this.#state.poison;
  }

  /** Pictures that may be painted at once. */
  get size(): number {
    return this.#state.size ?? Number.POSITIVE_INFINITY;
  }

  /** Says which pictures are painted now. */
  async begin(part: readonly string[]): Promise<void> {
    this.#state = { ...this.#state, part: [...part] };
    await this.#write();
  }

  /** Says that this worker leaves the chunk alive. */
  async end(): Promise<void> {
    this.#state = { ...this.#state, part: [] };
    await this.#write();
  }

  async #write(): Promise<void> {
    await this.#store.put(this.#key, toLines([this.#state]));
  }
}

function fresh(poison: readonly string[]): State {
  return { part: [], deaths: {}, poison: [...poison] };
}

/** What is known after the worker that left `before` has ended. */
function after(before: State, left: ReadonlySet<string>): State {
  if (before.part.length === 0) return before;
  const suspects = before.part.filter((name) => left.has(name));
  const [only] = suspects;
  // It died after the last picture of the part was done.
  if (only === undefined) return { ...before, part: [] };
  if (before.part.length > 1) return { ...before, part: [], size: Math.ceil(suspects.length / 2) };
  const died = (before.deaths[only] ?? 0) + 1;
  if (died === DEATHS) return fresh([...before.poison, only]);
  return { ...before, part: [], deaths: { ...before.deaths, [only]: died } };
}

function parse(bytes: Uint8Array | undefined): State | undefined {
  try {
    return bytes === undefined ? undefined : markSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    // A damaged mark says nothing.
    return undefined;
  }
}
