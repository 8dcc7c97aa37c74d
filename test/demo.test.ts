/**
 * `npm run demo`, small and with random weights: finds its photographs, draws its styles, writes the sheet.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { writeRandomModel } from './helpers/model.ts';
import { root, start } from './helpers/package.ts';
import { temporaryFolder } from './helpers/pictures.ts';

it('writes a sheet of eight photographs in twelve styles', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const sheet = join(folder, 'sheet.png');
  const sizes = ['--size', '32', '--style-size', '32'];
  const args = [
    '--import',
    'tsx',
    'demo/main.ts',
    '--model',
    await writeRandomModel(folder),
    '-o',
    sheet,
    ...sizes,
  ];
  const { code, stdout, stderr } = await start(process.execPath, args, root).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^96 pictures in \d+ s: .*sheet\.png$/);
  const { width, height } = await sharp(sheet).metadata();
  expect(width).toBeGreaterThan(13 * 256);
  expect(height).toBeGreaterThan(8 * 256);
  await rm(folder, { recursive: true });
});

it('reports a missing model in one line', { timeout: 20_000 }, async () => {
  const args = ['--import', 'tsx', 'demo/main.ts', '--model', 'gone.safetensors'];
  const { code, stderr } = await start(process.execPath, args, root).ended;
  expect(stderr).toMatch(/^demo: expected [^\n]*\(gone\.[^\n]*\n$/);
  expect(code).toBe(1);
});
