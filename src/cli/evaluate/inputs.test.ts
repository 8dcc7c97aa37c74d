import { rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { holdOut } from '../../images/node/file-lists.ts';
import { isWanted, listPictures } from '../../training/node/list-pictures.ts';
import { chosenPictures } from './inputs.ts';

let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder, 'photos'), 'photo', 1);
  await writePictures(join(folder, 'photos', 'inner'), 'other', 1);
  await writePictures(join(folder, 'photos', 'results'), 'made', 1);
  for (const [inner, name] of [
    ['', 'm'],
    ['a', 'x'],
    ['z', 'y'],
    ['a-b', 'w'],
  ] as const)
    await writePictures(join(folder, 'mixed', inner), name, 3);
  await writeFile(join(folder, 'list.txt'), 'a/x-00.png\na/x-02.png\nm-01.png\nz/y-01.png\nw-02.png\n');
  await writePictures(join(folder, 'same', 'a'), 'photo', 1);
  await writePictures(join(folder, 'same', 'b'), 'photo', 1);
});
afterAll(() => rm(folder, { recursive: true }));

const chosen = (content: string, flags: Partial<Parameters<typeof chosenPictures>[0]> = {}) =>
  chosenPictures({
    ...{
      content: [join(folder, content)],
      style: [join(folder, 'photos')],
      output: join(folder, 'photos/results'),
    },
    ...{ contents: 9, styles: 9, size: 64, seed: 1, method: [], model: [], pictures: [], refineMethod: [] },
    ...{ refineSteps: 1, timing: false, device: 'cpu', table: 'text' },
    ...flags,
  });
const choose = async (content: string, recursive?: true) => {
  const { contents } = await chosen(content, recursive === undefined ? {} : { recursive });
  return contents.map((file) => relative(folder, file));
};

it('are those of folders in folders if they are asked for, but never those of the results', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue();
  expect(await choose('photos')).toEqual([join('photos', 'photo-00.png')]);
  expect(told.mock.calls[0]?.[0]).toContain('photos: 1 sub-folder with pictures is passed over; --recursive');
  const both = [join('photos', 'inner', 'other-00.png'), join('photos', 'photo-00.png')];
  expect(await choose('photos', true)).toEqual(both);
  told.mockRestore();
});

it('need names of their own, also in folders of their own', async () => {
  await expect(choose('same', true)).rejects.toThrow(
    /expected pictures of different names for --content but received two called photo-00 \(.*a\/photo-00.png and .*b\/photo-00.png\)/,
  );
  await expect(choose('same')).rejects.toThrow('its sub-folders have some: add --recursive');
});

it('are those that training holds back, in folders of folders and with a list of their names', async () => {
  const mixed = join(folder, 'mixed');
  const listed = (await listPictures(mixed, true)).map(({ name }) => name);
  expect(listed).toHaveLength(12);
  const names = (files: readonly string[]) => files.map((file) => relative(mixed, file).split(sep).join('/'));
  const { contents } = await chosen('mixed', { recursive: true, contents: 5 });
  expect(names(contents)).toEqual(holdOut(listed, 5).held);

  const list = new Set(['a/x-00.png', 'a/x-02.png', 'm-01.png', 'z/y-01.png', 'w-02.png']);
  const wanted = listed.filter((name) => isWanted(name, list));
  expect(wanted).toHaveLength(5);
  const flags = { style: [mixed], styles: 2, styleList: join(folder, 'list.txt') };
  const { styles } = await chosen('photos', { ...flags, recursive: true });
  expect(names(styles)).toEqual(holdOut(wanted, 2).held);
});
