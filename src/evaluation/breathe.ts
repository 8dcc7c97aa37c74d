/** A pause in long work, so that Ctrl-C is heard. */

/**
 * Lets pending events in: ONNX Runtime for Node blocks the thread while it works.
 *
 * @throws the signal's reason if it is aborted
 */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
