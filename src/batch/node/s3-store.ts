/**
 * A store in a bucket of S3, or of what speaks like it: `AWS_ENDPOINT_URL` names another server. Region and
 * credentials come from where all programs of AWS take them. Node only.
 */

import { SettingError } from '../../errors.ts';
import { optionalPackage } from '../../files/optional-package.ts';
import { type Entry, S3, type Store, StoreError } from './store.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What to look at, by the words of an error. */
const remedies = [
  [
    /credential|denied|forbidden|signature|accesskey|403/i,
    'look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE',
  ],
  [/^region/i, 'set AWS_REGION'],
] as const;

/**
 * @throws SettingError for an address without a bucket; WasserfarbeError if the SDK is not installed
 */
export async function openS3(address: string): Promise<Store> {
  const [bucket = '', ...path] = address.slice(S3.length).split('/');
  if (!/^[a-z\d][a-z\d.-]+$/.test(bucket)) {
    throw new SettingError({ expected: 's3://bucket/prefix', name: 'the store', received: address });
  }
  // It would say at each start that its versions of 2027 want a later Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = await optionalPackage(() => import('@aws-sdk/client-s3'), {
    expected: 'the package for S3',
    name: 'this batch',
    remedy: 'npm install @aws-sdk/client-s3',
  });
  const prefix = path.filter((part) => part !== '').join('/');
  return new S3Store(sdk, address, bucket, prefix === '' ? '' : `${prefix}/`);
}

class S3Store implements Store {
  readonly address: string;
  readonly #sdk: Sdk;
  readonly #client: InstanceType<Sdk['S3Client']>;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(sdk: Sdk, address: string, bucket: string, prefix: string) {
    this.address = address;
    this.#sdk = sdk;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#client = new sdk.S3Client({
      // Other servers than Amazon's have no names for buckets, and few know its newer checksums.
      forcePathStyle: (process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      followRegionRedirects: true,
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { GetObjectCommand } = this.#sdk;
    return this.#ask(key, async () => {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#place(key)));
      return Body?.transformToByteArray();
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { PutObjectCommand } = this.#sdk;
    const sent = this.#client.send(new PutObjectCommand({ ...this.#place(key), Body: bytes }));
    await sent.catch(this.#failed(key));
  }

  async head(key: string): Promise<Entry | undefined> {
    const { HeadObjectCommand } = this.#sdk;
    return this.#ask(key, async () => {
      const { ETag = '' } = await this.#client.send(new HeadObjectCommand(this.#place(key)));
      return { key, tag: plain(ETag) };
    });
  }

  async *list(prefix: string): AsyncGenerator<Entry> {
    const { ListObjectsV2Command } = this.#sdk;
    const where = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    let token: string | undefined;
    do {
      const next = token === undefined ? {} : { ContinuationToken: token };
      const answer = await this.#client
        .send(new ListObjectsV2Command({ ...where, ...next }))
        .catch(this.#failed(prefix));
      for (const { Key = '', ETag = '' } of answer.Contents ?? []) {
        yield { key: Key.slice(this.#prefix.length), tag: plain(ETag) };
      }
      token = answer.NextContinuationToken;
    } while (token !== undefined);
  }

  #place(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  /** An answer; undefined if there is no such object. */
  async #ask<T>(key: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error && ['NoSuchKey', 'NotFound'].includes(error.name)) return undefined;
      return this.#failed(key)(error);
    }
  }

  #failed(key: string): (cause: unknown) => never {
    return (cause) => {
      const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
      const plainly = ['', 'UnknownError'].includes(message) ? name : `${name}: ${message}`;
      const words = name === 'Error' ? message : plainly;
      const received = words.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '');
      const [, remedy] = remedies.find(([pattern]) => pattern.test(words)) ?? [];
      throw new StoreError(
        {
          ...{ expected: 'an answer', name: `${S3}${this.#bucket}/${this.#prefix}${key}`, received },
          ...(remedy === undefined ? {} : { remedy }),
        },
        { cause },
      );
    };
  }
}

/** An ETag without its quotes. */
function plain(tag: string): string {
  return tag.replaceAll('"', '');
}
