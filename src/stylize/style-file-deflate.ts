/** zlib streams (RFC 1950) by the web's own means, which Node has too; reading takes no more memory than was said. */

/** One byte of a zlib stream stands for at most so many: 258 for two bits. */
export const LARGEST_RATIO = 1032;

export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The `size` bytes that a zlib stream holds. Ends as soon as there are more.
 *
 * @throws an Error in a few words if there are more or fewer, or the stream is damaged
 */
export async function inflate(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const whole = new Uint8Array(size);
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('deflate'));
  let position = 0;
  // Not `for await`: Safari cannot iterate over streams.
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const chunk = part.value;
    if (position + chunk.length > size) {
      await reader.cancel();
      throw new Error(`more than ${size} bytes`);
    }
    whole.set(chunk, position);
    position += chunk.length;
  }
  if (position < size) throw new Error(`${position} bytes instead of ${size}`);
  return whole;
}
