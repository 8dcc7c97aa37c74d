/**
 * Decoding beside other decoding, and alone. libvips keeps one text of errors for the process: whether a
 * decoder fails depends on its file, but what it says may be another's words unless it works alone.
 */

/** Decoders at work. */
const working = new Set<Promise<unknown>>();
/** The end of the last decoding that wants to be alone. */
let lonely: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** Work that takes longer is not done again for a better message. */
const PATIENCE_MS = 10_000;

/** Works beside others. */
export async function among<T>(work: () => Promise<T>): Promise<T> {
  while (waiting > 0) await lonely;
  const result = work();
  const ended = result.catch(() => {});
  working.add(ended);
  try {
    return await result;
  } finally {
    working.delete(ended);
  }
}

/** Works when no other decoder does. The work must not wait for other work of this module. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  waiting++;
  const result = lonely.then(async () => {
    while (working.size > 0) await Promise.all(working);
    return work();
  });
  const ended = result.catch(() => {}).finally(() => waiting--);
  lonely = ended;
  return result;
}

/** Works beside others; if that fails, once more alone, so that the error is its own. */
export async function judged<T>(work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await among(work);
  } catch (error) {
    if (performance.now() - started > PATIENCE_MS) throw error;
    return alone(work);
  }
}
