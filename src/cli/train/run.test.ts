import { expect, it } from 'vitest';
import { readConfig, standIn } from './run.ts';

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

it.each([
  [{}, undefined],
  [{ preset: 'paper', lossNetwork: 'vgg19.pth' }, undefined],
  [{ preset: 'paper' }, 'through the eye: give one with --loss-network'],
])('a run with %o says of its loss network: %s', async (settings, said) => {
  const stated = standIn(await readConfig({ ...flags, ...settings }, false));
  if (said === undefined) expect(stated).toBeUndefined();
  else expect(stated).toContain(said);
});
