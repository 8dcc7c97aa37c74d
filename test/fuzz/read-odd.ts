/**
 * Reads and writes thousands of odd inputs and prints the outcome as JSON: `read-odd SEED FIRST COUNT
 * FOLDER`. It is a separate process, so that a crash or a wait is noticed. FOLDER/at holds the number of the
 * current one.
 */

import { writeFileSync } from 'node:fs';
import { lstat, mkdir, readdir, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WasserfarbeError } from '../../src/errors.ts';
import { readBytes } from '../../src/files/read.ts';
import type { RgbImage } from '../../src/images/image.ts';
import { openBandWriter } from '../../src/images/node/band-writer.ts';
import { openBands } from '../../src/images/node/band-reader.ts';
import { listImages, readPicture, writeImage } from '../../src/images/node/image-file.ts';
import { stream, uniformInt } from '../../src/random.ts';
import { isStyleFileAt } from '../../src/stylize/node/style-files.ts';
import { drawnImage } from '../helpers/pictures.ts';
import { encodeImage } from '../../src/images/node/encode.ts';
import { oddColour } from './odd-colours.ts';
import { oddPlace } from './odd-places.ts';

export interface OddOutcome {
  colours: number;
  warned: number;
  refused: number;
  read: number;
  unread: number;
  written: number;
  unwritten: number;
  /** Forbidden outcomes, with the number of the input. */
  failures: string[];
  slowestMs: number;
}

const [seed = 0, first = 0, count = 0] = process.argv.slice(2, 5).map(Number);
const folder = process.argv[5] ?? '';
const outcome: OddOutcome = {
  ...{ colours: 0, warned: 0, refused: 0, read: 0, unread: 0, written: 0, unwritten: 0 },
  failures: [],
  slowestMs: 0,
};
const drawn = drawnImage(3, 20, 14);
const picture = await encodeImage(drawn, 'png');
for (let i = first; i < first + count; i++) {
  writeFileSync(join(folder, 'at'), `${i}`);
  const started = performance.now();
  try {
    await (i % 2 === 0 ? tryColour(i) : tryPlace(i));
  } catch (error) {
    fail(i, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  outcome.slowestMs = Math.max(outcome.slowestMs, performance.now() - started);
}
console.log(JSON.stringify(outcome));

function fail(i: number, text: string): void {
  outcome.failures.push(`${i}: ${text}`);
}

/** The result of `work`; undefined for a proper refusal. Other errors are thrown on. */
async function orRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const proper =
      error instanceof WasserfarbeError && /^expected \P{Cc}* but received \P{Cc}*$/u.test(error.message);
    if (proper) return undefined;
    throw error;
  }
}

async function tryColour(i: number): Promise<void> {
  const { what, bytes, shown, tolerance } = await oddColour(stream(seed, 'odd', i));
  const found = await orRefused(() => readPicture(bytes));
  if (found === undefined) {
    outcome.refused++;
    if (shown !== undefined) fail(i, `${what} was refused`);
    return;
  }
  const { image, source } = found;
  if (!image.data.every((value) => value >= 0 && value <= 1)) fail(i, `${what}: values beyond 0–1`);
  const pixels = image.width * image.height;
  const own = [0, 1, 2].map((c) => 255 * (image.data[c * pixels + 100] ?? Number.NaN));
  const bands = await openBands(bytes, { temporaryFolder: folder });
  const band = await bands.read(0, bands.height);
  await bands.close();
  if (!sameData(band, image)) fail(i, `${what}: other pixels in bands`);
  if (source.warnings.length > 0) outcome.warned++;
  else if (shown === undefined) return;
  else if (own.some((value, c) => Math.abs(value - (shown[c] ?? Number.NaN)) > tolerance)) {
    fail(i, `${what} shows ${own.map(Math.round)}, not ${shown.map(Math.round)}`);
  } else outcome.colours++;
}

async function tryPlace(i: number): Promise<void> {
  const random = stream(seed, 'place', i);
  const own = join(folder, `${i}`);
  await mkdir(own);
  const { what, path, readable, writes } = await oddPlace(random, own, picture);
  const found = await orRefused(() => readPicture(path));
  if ((found !== undefined) !== readable)
    fail(i, `${what} ${found === undefined ? 'cannot' : 'can'} be read`);
  if (found === undefined) outcome.unread++;
  else outcome.read++;
  await orRefused(() => readBytes(path, 'it'));
  await isStyleFileAt(path);
  const listed = (await orRefused(() => listImages(own))) ?? [];
  for (const file of listed) await orRefused(() => readPicture(file));
  const mode =
    writes === undefined
      ? undefined
      : await stat(writes).then(
          (found) => found.mode,
          () => undefined,
        );
  const link = await readlink(path).catch(() => undefined);
  const before = await names(own);
  const written = await orRefused(async () => {
    if (uniformInt(random, 0, 1) === 0) await writeImage(drawn, path);
    else await inBands(path);
    return true;
  });
  if ((written ?? false) !== (writes !== undefined)) fail(i, `${what} was ${written ? '' : 'not '}written`);
  if (written && writes !== undefined) {
    outcome.written++;
    if (!sameData((await readPicture(writes)).image, (await readPicture(picture)).image))
      fail(i, `${what}: other pixels`);
    if (mode !== undefined && (await stat(writes)).mode !== mode) fail(i, `${what}: other permissions`);
    if (link !== undefined && (await lstat(path)).isSymbolicLink() !== true)
      fail(i, `${what}: the link is gone`);
  } else outcome.unwritten++;
  const added = (await names(own)).filter((name) => !before.includes(name));
  const expected = written && writes !== undefined ? 2 : 0;
  if (added.length > expected || added.some((name) => /(^|\/)\./.test(name) && /\.(tmp|tif)$/.test(name))) {
    fail(i, `${what}: left behind ${JSON.stringify(added)}`);
  }
  await rm(own, { recursive: true });
}

async function names(place: string): Promise<string[]> {
  return readdir(place, { recursive: true });
}

async function inBands(path: string): Promise<void> {
  const writer = await openBandWriter(path, drawn);
  await writer.write(drawn);
  await writer.finish();
}

function sameData(a: RgbImage, b: RgbImage): boolean {
  return a.data.length === b.data.length && a.data.every((value, k) => value === b.data[k]);
}
