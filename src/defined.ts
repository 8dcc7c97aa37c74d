/** Optional fields that are absent rather than undefined. */

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The fields that have a value; `exactOptionalPropertyTypes` forbids optional fields that are undefined. */
export function defined<const T extends object>(fields: T): Optional<T> & Required<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Optional<T> & Required<T>;
}
