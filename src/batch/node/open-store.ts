/** Opening of stores by their addresses. Node only. */

import { SettingError } from '../../errors.ts';
import { FolderStore } from './folder-store.ts';
import { S3, type Store } from './store.ts';

/**
 * Opens the store at an address: a folder, which need not exist, or `s3://bucket/prefix`.
 *
 * @throws SettingError for another address; WasserfarbeError if S3 needs a package that is not installed
 */
export async function openStore(address: string): Promise<Store> {
  if (address.startsWith(S3)) return (await import('./s3-store.ts')).openS3(address);
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(address)) return new FolderStore(address);
  throw new SettingError({
    expected: 'a folder or s3://bucket/prefix',
    name: 'the store',
    received: address,
  });
}

/**
 * The text of an object that must be there.
 *
 * @throws StoreError; SettingError with `remedy` if it is missing
 */
export async function readText(store: Store, key: string, remedy: string): Promise<string> {
  const bytes = await store.get(key);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw new SettingError({ expected: key, name: store.address, received: 'none', remedy });
}
