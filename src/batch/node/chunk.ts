/** The painting of a chunk, which any number of workers may try: what is there is not painted again. */

import { type Manifest, type Painting, readChunk, receiptKey, toLines } from './manifest.ts';
import { Mark } from './mark.ts';
import { type Store, StoreError } from './store.ts';
import type { Outcome, Workshop } from './workshop.ts';

export interface Batch {
  readonly store: Store;
  readonly manifest: Manifest;
}

/** `handed back`: an interruption has left a part of it to others. */
export type ChunkEnd = 'done' | 'done before' | 'handed back';

/** Reasons that may be this machine's fault, if they hold for all pictures of a chunk. */
const suspicious = ['missing', 'crash'];
/** Objects that are asked for at once. */
const AT_ONCE = 16;

/**
 * Paints a chunk and writes its receipt, which comes last: whoever finds it finds the paintings too.
 *
 * @param signal ends it after the pictures that are being painted
 * @param onPicture hears of each picture that is painted or given up
 * @throws StoreError if the store does not do what it should, or no picture is there at all; SettingError if
 *   the chunk is not the one that was planned
 */
export async function paintChunk(
  { store, manifest }: Batch,
  id: string,
  workshop: Pick<Workshop, 'paint' | 'lanes'>,
  signal: AbortSignal,
  onPicture: (outcomes: readonly Outcome[]) => void = () => {},
): Promise<ChunkEnd> {
  if ((await store.head(receiptKey(id))) !== undefined) return 'done before';
  const paintings = await readChunk(store, manifest, id);
  const outcomes = new Map<Painting, Outcome>();
  const kept = async (painting: Painting): Promise<Outcome | undefined> => {
    const { output } = painting;
    return (await store.head(output)) === undefined ? undefined : { ...names(painting), output, kept: true };
  };
  await inLanes(AT_ONCE, paintings, async (painting) => {
    const found = await kept(painting);
    if (found !== undefined) outcomes.set(painting, found);
  });
  onPicture([...outcomes.values()]);
  const left = byPicture(paintings.filter((painting) => !outcomes.has(painting)));
  const mark = await Mark.read(store, id, new Set(left.keys()));
  const settle = (of: readonly Painting[], found: readonly Outcome[]) => {
    for (const [i, outcome] of found.entries()) {
      const painting = of[i];
      if (painting !== undefined) outcomes.set(painting, outcome);
    }
    onPicture(found);
  };
  const givenUp = mark.poison.flatMap((name) => left.get(name) ?? []);
  for (const name of mark.poison) left.delete(name);
  try {
    const rest = [...left];
    while (rest.length > 0 && !signal.aborted) {
      const part = rest.splice(0, Math.min(mark.size, rest.length));
      await mark.begin(part.map(([name]) => name));
      await inLanes(workshop.lanes, part, async ([, own]) => settle(own, await workshop.paint(own, signal)));
    }
    // A worker that seemed dead may have painted it by now.
    for (const painting of givenUp) settle([painting], [(await kept(painting)) ?? poisoned(painting)]);
    const lines = paintings.flatMap((painting) => outcomes.get(painting) ?? []);
    if (lines.length === paintings.length) {
      refuseLocalTrouble(id, lines);
      await store.put(receiptKey(id), toLines(lines));
      return 'done';
    }
  } catch (error) {
    // The first error counts, also if the store does not even take the mark.
    await mark.end().catch(() => {});
    throw error;
  }
  await mark.end();
  return 'handed back';
}

function byPicture(paintings: readonly Painting[]): Map<string, Painting[]> {
  const groups = new Map<string, Painting[]>();
  for (const painting of paintings) {
    const { picture } = painting.picture;
    const own = groups.get(picture);
    if (own === undefined) groups.set(picture, [painting]);
    else own.push(painting);
  }
  return groups;
}

/** Works on all items, on so many at once. The first error ends it when the others at work are done. */
export async function inLanes<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const todo = items[Symbol.iterator]();
  const errors: unknown[] = [];
  const lane = async () => {
    for (let next = todo.next(); !next.done && errors.length === 0; next = todo.next()) {
      await work(next.value).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: count }, lane));
  if (errors.length > 0) throw errors[0];
}

/** A disk that is not mounted, or a machine that cannot paint, must not make a million pictures bad ones. */
function refuseLocalTrouble(id: string, lines: readonly Outcome[]): void {
  const [first] = lines;
  if (first === undefined || new Set(lines.map(({ picture }) => picture)).size < 2) return;
  if (!lines.every((line) => 'reason' in line && suspicious.includes(line.reason))) return;
  const received = 'error' in first ? `none; ${first.error}` : 'none';
  const remedy = 'look at this machine, or plan the batch anew without them';
  throw new StoreError({ expected: 'a picture that can be painted', name: `chunk ${id}`, received, remedy });
}

function names({ picture, style }: Painting): { picture: string; style: string } {
  return { picture: picture.picture, style: style.style };
}

function poisoned(painting: Painting): Outcome {
  const error = `${painting.picture.picture}: three workers have died with it, each alone with it`;
  return { ...names(painting), error, reason: 'crash' };
}
