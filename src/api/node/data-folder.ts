/** The folder of a server: made or adopted, for one server at a time. Only our own files are removed. */

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingError, WasserfarbeError } from '../../errors.ts';
import { isLock, takeLock } from '../../files/lock.ts';
import { explainFileError } from '../../files/read.ts';
import { FileStore, storedName } from './file-store.ts';

export interface DataFolder {
  /** A folder for bodies, and files in the making. */
  readonly uploads: string;
  readonly styles: FileStore;
  readonly results: FileStore;
  /** Aborts with an error if another server takes the folder over, as after a pause of more than a minute. */
  readonly lost: AbortSignal;
  /** Leaves the folder to the next server, or removes a temporary one. */
  close(): Promise<void>;
}

/** Says whose folder it is. */
const MARKER = 'wasserfarbe-serve.txt';
const MARKER_TEXT =
  'wasserfarbe serve keeps styles and results here. What was used longest ago makes room.\n';
const LOCK = 'lock';
/** The lock, and what a process killed at taking it leaves. */
const lockName = /^lock((\.[\da-f]{24}){1,2}(\.new)?)?$/;
/** What `temporaryPath` names, and what is written beside it before it is whole. */
const temporaryName = /^\.?wasserfarbe-[\da-f]{16}\./;
/** What disks and systems put into every folder. */
const nobodys = /^(lost\+found|\.snapshot|\.DS_Store|\.nfs.*)$/;
/** The folders inside, and the names in them that are ours. */
const parts = { uploads: temporaryName, styles: storedName, results: storedName } as const;

/**
 * Opens a folder, and its stores of so many bytes each.
 *
 * @param given undefined for a temporary one
 * @throws SettingError if it cannot be used, or holds other files than ours; WasserfarbeError if another
 *   server has it
 */
export async function openDataFolder(given: string | undefined, keepBytes: number): Promise<DataFolder> {
  if (given !== undefined) return open(given, keepBytes).catch(unusable('--data', given));
  const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-serve-')).catch(unusable('TMPDIR', tmpdir()));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const data = await open(folder, keepBytes);
    return { ...data, close: () => data.close().finally(remove) };
  } catch (error) {
    await remove();
    return unusable('TMPDIR', folder)(error);
  }
}

async function open(folder: string, keepBytes: number): Promise<DataFolder> {
  await mkdir(folder, { recursive: true });
  const stranger = await strangerIn(folder);
  if (stranger !== undefined) {
    const expected = 'a new or empty folder, or one that wasserfarbe serve has made,';
    const remedy = 'choose another one, which need not exist';
    throw new SettingError({
      expected,
      name: '--data',
      received: `${folder} with ${stranger} in it`,
      remedy,
    });
  }
  const words = { expected: 'a folder that no other server uses', name: '--data' };
  const losing = new AbortController();
  const onLost = (error: WasserfarbeError) => losing.abort(error);
  const lock = await takeLock(join(folder, LOCK), words, { touched: true, onLost });
  try {
    await writeFile(join(folder, MARKER), MARKER_TEXT);
    const uploads = join(folder, 'uploads');
    await mkdir(uploads, { recursive: true });
    // Bodies, and folders of tasks, that a killed server has left.
    for (const name of await readdir(uploads)) {
      if (temporaryName.test(name)) await rm(join(uploads, name), { recursive: true, force: true });
    }
    return {
      uploads,
      styles: await FileStore.open(join(folder, 'styles'), keepBytes),
      results: await FileStore.open(join(folder, 'results'), keepBytes),
      lost: losing.signal,
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * A name that shows that the folder is not ours. Earlier versions had no marker: a lock, or nothing but our
 * names, speaks for one of theirs.
 */
async function strangerIn(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => !nobodys.test(name));
  if (names.includes(MARKER) || (names.includes(LOCK) && (await isLock(join(folder, LOCK)))))
    return undefined;
  for (const name of names) {
    if (lockName.test(name)) continue;
    const own = Object.entries(parts).find(([part]) => part === name)?.[1];
    if (own === undefined) return name;
    const inside = await readdir(join(folder, name)).catch(() => undefined);
    const other =
      inside === undefined ? '' : inside.find((inner) => !own.test(inner) && !nobodys.test(inner));
    if (other !== undefined) return join(name, other);
  }
  return undefined;
}

function unusable(name: string, where: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof WasserfarbeError) throw cause;
    const expected = 'a folder that can be written';
    throw new SettingError({ expected, name, received: explainFileError(cause), where }, { cause });
  };
}
