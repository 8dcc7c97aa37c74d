/** Clips whose files end too early, and whole ones. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { isCutShort } from './cut-short.ts';
import { writeFilm } from './film-writer.ts';

let folder = '';
const at = (name: string) => join(folder, name);
let paths: string[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  paths = (await writePictures(folder, 'frame', 6)).map(at);
});
afterAll(() => rm(folder, { recursive: true }));

it.each(['gif', 'mp4', 'mov', 'mkv', 'webm'])('tells %s cut anywhere from a whole one', async (ending) => {
  const whole = at(`whole.${ending}`);
  if (ending === 'gif') await sharp(paths, { join: { animated: true } }).toFile(whole);
  else
    await writeFilm(
      whole,
      paths.map((path, i) => ({ path, start: i / 10, duration: 0.1 })),
    );
  expect(await isCutShort(whole)).toBe(false);
  const bytes = await readFile(whole);
  for (const share of [0.2, 0.5, 0.7, 0.99]) {
    await writeFile(at('cut'), bytes.subarray(0, Math.floor(share * bytes.length)));
    expect(await isCutShort(at('cut')), `${share}`).toBe(true);
  }
  await writeFile(at('more'), Buffer.concat([bytes, Buffer.alloc(9, 0x41)]));
  expect(await isCutShort(at('more'))).toBe(false);
});
