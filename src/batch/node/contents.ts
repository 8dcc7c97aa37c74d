/** The pictures to be painted, wherever they are: what says that one is the same, and its file. Node only. */

import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { type Mismatch, WasserfarbeError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { openRegular } from '../../files/regular.ts';
import { openStore } from './open-store.ts';
import type { PlannedPicture } from './manifest.ts';
import { S3, type Store } from './store.ts';

/** A picture that is not the one that was planned, or not there. */
export class ContentFault extends WasserfarbeError {
  override name = 'ContentFault';
  readonly reason: 'missing' | 'changed';

  constructor(reason: ContentFault['reason'], problem: Mismatch, options?: ErrorOptions) {
    super(problem, options);
    this.reason = reason;
  }
}

/**
 * What says that a file is the same: the hash of its bytes, or its size and date, which are known without
 * reading it but differ in a copy.
 *
 * @throws the system's error
 */
export async function identityOf(path: string, byDate: boolean): Promise<string> {
  if (byDate) {
    const { size, mtimeMs } = await stat(path);
    return `date:${size}-${Math.floor(mtimeMs)}`;
  }
  const hash = createHash('sha256');
  const { file } = await openRegular(path);
  // The stream closes the file.
  for await (const part of file.createReadStream()) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
}

/** Pictures of several places, as files of this machine. */
export class Contents {
  readonly #stores = new Map<string, Promise<Store>>();

  /**
   * The file of a picture, after the check that it is the one that was planned.
   *
   * @param temporary a path for one that comes from S3
   * @throws ContentFault if it is gone or another; StoreError if S3 does not answer
   */
  async file({ picture, identity }: PlannedPicture, temporary: string): Promise<string> {
    if (picture.startsWith(S3)) return this.#fetch(picture, identity, temporary);
    const found = await identityOf(picture, identity.startsWith('date:')).catch((cause: unknown) => {
      throw gone(picture, explainFileError(cause), cause);
    });
    if (found !== identity) throw changed(picture);
    return picture;
  }

  async #fetch(picture: string, identity: string, temporary: string): Promise<string> {
    const [bucket = '', ...key] = picture.slice(S3.length).split('/');
    const opening = this.#stores.get(bucket) ?? openStore(`${S3}${bucket}`);
    this.#stores.set(bucket, opening);
    const store = await opening;
    const found = await store.head(key.join('/'));
    if (found !== undefined && `etag:${found.tag}` !== identity) throw changed(picture);
    const bytes = found === undefined ? undefined : await store.get(key.join('/'));
    if (bytes === undefined) throw gone(picture, 'no such object');
    await writeFile(temporary, bytes);
    return temporary;
  }
}

function gone(name: string, received: string, cause?: unknown): ContentFault {
  return new ContentFault('missing', { expected: 'the picture that was planned', name, received }, { cause });
}

function changed(name: string): ContentFault {
  const remedy = 'plan the batch anew';
  return new ContentFault('changed', {
    expected: 'the picture that was planned',
    ...{ name, received: 'another one', remedy },
  });
}
