import { expect, it } from 'vitest';
import { readConfig } from './run.ts';

const flags = { stage: 'style', contentDir: 'photos', styleDir: 'paintings', saveDir: 'runs/x' };

it.each([
  ['paintings/**', 'paintings', true],
  ['wiki art/**/*', 'wiki art', true],
  ['paintings', 'paintings', false],
  ['**', '**', false],
])('a style folder %s is %s, recursive %s', async (styleDir, folder, recursive) => {
  const config = await readConfig({ ...flags, styleDir }, false);
  expect(config).toMatchObject({ contentDir: 'photos', styleDir: folder, recursive });
});
