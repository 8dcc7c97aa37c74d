/**
 * Reads thousands of damaged files and prints the outcome as JSON: `read-damaged SEED FIRST COUNT FOLDER`. It
 * is a separate process, so that a decoder's crash is noticed. FOLDER/at holds the number of the current
 * file.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ImageError } from '../../src/errors.ts';
import { openBands } from '../../src/images/node/band-reader.ts';
import { openBandWriter } from '../../src/images/node/band-writer.ts';
import type { RgbImage } from '../../src/images/image.ts';
import { readImage, readPicture } from '../../src/images/node/image-file.ts';
import { damagedFile, validFiles } from './files.ts';

/** Outcome of reading the files. */
export interface Outcome {
  pictures: number;
  warnings: number;
  refusals: number;
  /** Forbidden outcomes, with the number of the file. */
  failures: string[];
  slowestMs: number;
  /** Peak memory in MB; 0 if the system does not report it. */
  memory: number;
}

/** Far more than the files have, yet damage can exceed it. */
const limits = { limitPixels: 4e6 };

/** Intervals at which files are read by path, at a smaller size, in bands. */
const [PATH, SMALLER, BANDS] = [5, 7, 4];

const [seed = 0, first = 0, count = 0] = process.argv.slice(2, 5).map(Number);
const folder = process.argv[5] ?? '';
const outcome: Outcome = { pictures: 0, warnings: 0, refusals: 0, failures: [], slowestMs: 0, memory: 0 };
const files = await validFiles();
for (const [name, bytes] of files) await readImage(bytes, { name });
for (let i = first; i < first + count; i++) {
  writeFileSync(join(folder, 'at'), `${i}`);
  await tryFile(i);
}
try {
  outcome.memory = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
} catch {
  // Only Linux reports it.
}
console.log(JSON.stringify(outcome));

async function tryFile(i: number): Promise<void> {
  const { name, bytes } = damagedFile(files, seed, i);
  const started = performance.now();
  try {
    await (i % BANDS === 0 ? copyInBands(i, bytes) : readWhole(i, bytes));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isProper = error instanceof ImageError && /^expected .* but received .*$/.test(message);
    if (isProper) outcome.refusals++;
    else outcome.failures.push(`${i} (${name}): ${error instanceof Error ? error.stack : message}`);
  }
  outcome.slowestMs = Math.max(outcome.slowestMs, performance.now() - started);
}

async function readWhole(i: number, bytes: Uint8Array): Promise<void> {
  const path = join(folder, 'damaged');
  if (i % PATH === 0) await writeFile(path, bytes);
  const size = i % SMALLER === 0 ? { shortSide: 9 } : {};
  const { image, source } = await readPicture(i % PATH === 0 ? path : bytes, { ...size, ...limits });
  outcome.pictures++;
  outcome.warnings += source.warnings.length;
  check(image);
}

async function copyInBands(i: number, bytes: Uint8Array): Promise<void> {
  const size = i % SMALLER === 0 ? { shortSide: 9 } : {};
  const bands = await openBands(bytes, { ...size, ...limits, temporaryFolder: folder });
  const path = join(folder, i % 3 === 0 ? 'copy.png' : 'copy.tif');
  const writer = await openBandWriter(path, bands, { alpha: bands.hasAlpha, depth: bands.source.depth });
  try {
    for (let top = 0; top < bands.height; top += 100) {
      const band = await bands.read(top, Math.min(100, bands.height - top));
      check(band);
      await writer.write(band);
    }
    await writer.finish();
    const { width, height } = await sharp(await readFile(path)).metadata();
    if (width !== bands.width || height !== bands.height) throw new Error(`written as ${width}×${height}`);
  } finally {
    await writer.abort();
    await bands.close();
    await rm(path, { force: true });
    const left = (await readdir(folder)).filter((name) => name !== 'at' && name !== 'damaged');
    if (left.length > 0) outcome.failures.push(`${i}: left behind ${left.join(' ')}`);
  }
  outcome.pictures++;
  outcome.warnings += bands.source.warnings.length;
}

function check({ width, height, data, alpha }: RgbImage): void {
  const pixels = width * height;
  if (data.length !== 3 * pixels || (alpha !== undefined && alpha.length !== pixels)) {
    throw new Error(`${data.length} values for ${width}×${height}`);
  }
  if (!data.every((value) => value >= 0 && value <= 1)) throw new Error('values beyond 0–1');
  if (alpha?.every((value) => value >= 0 && value <= 1) === false) throw new Error('alpha beyond 0–1');
}
