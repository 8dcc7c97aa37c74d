/** What a gallery makes of painters that are killed or refuse, and of what other versions have kept. */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { statisticsStyle } from '../../../test/helpers/styles.ts';
import type { Mismatch } from '../../errors.ts';
import { type FaultReason, PaintingFault } from '../../painters/node/fault.ts';
import { PainterPool } from '../../painters/node/pool.ts';
import { encodeStyleFile } from '../../stylize/style-file.ts';
import { explain } from './answers.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { Gallery } from './gallery.ts';
import type { Upload } from './upload.ts';

const manifest = vi.hoisted(() => ({ version: '1.0.0' }));
vi.mock('../../files/package.ts', async (original) => {
  const real = await original<typeof import('../../files/package.ts')>();
  return { ...real, packageManifest: () => ({ ...real.packageManifest(), ...manifest }) };
});

const pool = new PainterPool({ painters: 0, queue: 0, memory: 1e9 });
const run = vi.spyOn(pool, 'run');
const usual = { seconds: 1 };
let folder = '';
let data: DataFolder;
let picture: Upload;

beforeEach(async () => {
  folder = await temporaryFolder();
  data = await openDataFolder(join(folder, 'data'), 1e9);
  picture = { path: join(folder, 'sent.jpg'), sha256: 'ab'.repeat(32) };
  await writeFile(picture.path, 'pixels');
  manifest.version = '1.0.0';
  run.mockReset();
});
afterEach(async () => {
  await data.close();
  await rm(folder, { recursive: true });
});

function gallery(): Gallery {
  const { uploads, styles, results } = data;
  return new Gallery({ pool, model: 'cd'.repeat(32), folder: uploads, styles, results });
}

/** Asks for the two things that painters make, and gives what both say. */
async function asked(): Promise<unknown[]> {
  const own = gallery();
  const order = own.order(picture, picture, { styles: [], weights: [], options: {} }, 'avif');
  const made = await Promise.allSettled([own.paint(order, usual), own.addStyle(picture, {}, usual)]);
  return made.map((one) => (one.status === 'rejected' ? explain(one.reason) : one.value));
}

/** A painter that refuses what it writes to. */
function refusing(reason: FaultReason, problem: Omit<Mismatch, 'name'>): void {
  run.mockImplementation(async ({ output }) => {
    throw new PaintingFault(reason, { ...problem, name: output });
  });
}

it('leaves nothing of painters that are killed at a large picture', async () => {
  run.mockImplementation(async ({ output }) => {
    await writeFile(join(dirname(output), '.large.0123456789ab.pixels.tif'), 'pixels');
    throw new PaintingFault('late', 'it takes too long');
  });
  expect(await asked()).toEqual(Array(2).fill(expect.objectContaining({ reason: 'late' })));
  expect(run).toHaveBeenCalledTimes(2);
  expect(await readdir(data.uploads)).toEqual([]);
});

it('paints also after somebody has tidied up its empty folders', async () => {
  for (const name of ['uploads', 'styles', 'results'])
    await rm(join(folder, 'data', name), { recursive: true });
  run.mockImplementation(async ({ output }) => {
    await writeFile(output, 'painting');
    return { width: 128, height: 128, warnings: [], seconds: 1 };
  });
  expect(await asked()).toEqual([
    expect.objectContaining({ isKept: false }),
    expect.objectContaining({ width: 128 }),
  ]);
});

it('tells what takes too much memory, and what to do, without a word about its own files', async () => {
  const expected = 'a picture that fits into the 1.3 GB of free memory';
  refusing('memory', { expected, received: '8000×6000 pixels', remedy: 'write JPEG, PNG or TIFF' });
  const error = `${expected} for the result but received 8000×6000 pixels; write JPEG, PNG or TIFF`;
  const told = { reason: 'memory', status: 413, error: `expected ${error}` };
  expect(await asked()).toEqual([told, told]);
});

it('tells a full disk, without a word about its own files', async () => {
  refusing('storage', { expected: 'a place to write', received: 'a full disk' });
  const error = 'expected a disk that takes the picture for the server but received a full or broken one';
  const told = { reason: 'storage', status: 507, error };
  expect(await asked()).toEqual([told, told]);
});

it('encodes anew what another version has kept', async () => {
  const bytes = await encodeStyleFile(statisticsStyle(), { modelName: 'slim' });
  run.mockImplementation(async ({ output }) => {
    await writeFile(output, bytes);
    return { width: 128, height: 128, warnings: [], seconds: 1 };
  });
  const add = async () => (await gallery().addStyle(picture, {}, usual)).id;
  const first = await add();
  expect(await add()).toBe(first);
  expect(run).toHaveBeenCalledTimes(1);
  manifest.version = '1.0.1';
  expect(await add()).not.toBe(first);
  expect(run).toHaveBeenCalledTimes(2);
  expect(await gallery().findStyle(first)).toMatchObject({ id: first });
});
