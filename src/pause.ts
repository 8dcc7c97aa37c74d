/** A moment for others. */

/** Lets pending events in, so that an abort is heard: ONNX Runtime for Node blocks the thread while it works. */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}
