/** The SHA-256 checksum of bytes, in Node and browsers alike. */

/**
 * SHA-256 as 64 lower-case hexadecimal digits. Browsers offer it only on secure pages (https or localhost).
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
