import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { chosenPictures } from './inputs.ts';

let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder, 'photos'), 'photo', 1);
  await writePictures(join(folder, 'photos', 'inner'), 'other', 1);
  await writePictures(join(folder, 'photos', 'results'), 'made', 1);
  await writePictures(join(folder, 'same', 'a'), 'photo', 1);
  await writePictures(join(folder, 'same', 'b'), 'photo', 1);
});
afterAll(() => rm(folder, { recursive: true }));

const choose = (content: string, recursive?: true) =>
  chosenPictures({
    ...{
      content: [join(folder, content)],
      style: [join(folder, 'photos')],
      output: join(folder, 'photos/results'),
    },
    ...{ contents: 9, styles: 9, size: 64, seed: 1, method: [], model: [], pictures: [], refineMethod: [] },
    ...{ refineSteps: 1, timing: false, device: 'cpu', table: 'text' },
    ...(recursive === undefined ? {} : { recursive }),
  }).then(({ contents }) => contents.map((file) => relative(folder, file)));

it('are those of folders in folders if they are asked for, but never those of the results', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue();
  expect(await choose('photos')).toEqual([join('photos', 'photo-00.png')]);
  expect(told.mock.calls[0]?.[0]).toContain('photos: 1 sub-folder with pictures is passed over; --recursive');
  const both = [join('photos', 'photo-00.png'), join('photos', 'inner', 'other-00.png')];
  expect(await choose('photos', true)).toEqual(both);
  told.mockRestore();
});

it('need names of their own, also in folders of their own', async () => {
  await expect(choose('same', true)).rejects.toThrow(
    /expected pictures of different names for --content but received two called photo-00 \(.*a\/photo-00.png and .*b\/photo-00.png\)/,
  );
  await expect(choose('same')).rejects.toThrow('its sub-folders have some: add --recursive');
});
