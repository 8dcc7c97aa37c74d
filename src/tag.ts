/** Kinds of objects, those of other realms too, whose classes are others. */

/** What an object calls itself, such as `URL`, `Blob` or `Float32Array`; empty for what is no object. */
export function tagOf(value: unknown): string {
  const isObject = typeof value === 'object' && value !== null;
  return isObject ? Object.prototype.toString.call(value).slice(8, -1) : '';
}
