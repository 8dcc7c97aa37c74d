/** Pauses for pending events. */

/** Lets pending events run, so that an abort is noticed: ONNX Runtime for Node blocks the thread. */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}
