/** Where a batch lies: a folder that all machines see, or a bucket of S3. Node only. */

import { WasserfarbeError } from '../../errors.ts';

/** An object of a store. */
export interface Entry {
  readonly key: string;
  /** Changes with the content: date and size of a file, ETag of S3. */
  readonly tag: string;
}

/** Objects by keys such as `receipts/1f.ndjson`. All calls throw a StoreError if they cannot be answered. */
export interface Store {
  /** As the user names it. */
  readonly address: string;
  /** The bytes of an object; undefined if there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes an object as a whole: readers see the old one or the new one. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  head(key: string): Promise<Entry | undefined>;
  /** All objects whose keys begin with `prefix`, which ends in `/` or is empty. */
  list(prefix: string): AsyncIterable<Entry>;
}

/** A store, or the network before it, that does not do what it should. It may do so later. */
export class StoreError extends WasserfarbeError {
  override name = 'StoreError';
}

/** The beginning of addresses of S3. */
export const S3 = 's3://';
