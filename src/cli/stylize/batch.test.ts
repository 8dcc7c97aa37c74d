/** Counts of each kind of work, with a stylizer that paints nothing. */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { ImageError } from '../../errors.ts';
import { type ReadPicture, readPicture } from '../../images/node/image-file.ts';
import { StylizedImage, type StyleShare, type Stylizer } from '../../stylize/node/stylizer.ts';
import { ReportedErrors } from '../shared/failure.ts';
import { paintContents } from './batch.ts';
import type { Run } from './ledger.ts';
import { planStylizing } from './plan.ts';
import type { StylizeFlags } from './command.ts';
import type { Style } from '../../stylize/style.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const calls: string[] = [];
const lines: string[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('photos'), 'photo', 5);
  await writePictures(at('paintings'), 'painting', 2);
  await writeFile(at('photos/photo-bad.png'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  calls.length = 0;
  lines.length = 0;
});

/** A stylizer that returns contents; `refuses` is a style that fails. */
function stylizerThat(refuses?: string): Stylizer {
  const nothing = (): never => {
    throw new Error('not asked for');
  };
  return {
    ...{ model: 'none', method: 'wasserfarbe', device: 'cpu' },
    ...{ saveStyle: nothing, stylize: nothing, stylizeFile: nothing, refine: nothing, dispose: nothing },
    worksInBands: () => false,
    async prepareStyle(path) {
      calls.push(`style ${path}`);
      await readPicture(`${path}`);
      return { model: `${path}`, width: 1, height: 1, tensors: {} };
    },
    async stylizeEach(picture, styles) {
      const { image, source } = picture as ReadPicture;
      const shares = (styles as readonly StyleShare[][]).flat();
      const names = shares.map(({ style }) => (style as Style).model);
      calls.push(`paint ${source.name} × ${names.length}`);
      if (refuses !== undefined && names.some((name) => name.endsWith(refuses))) {
        throw new ImageError(`no ${refuses}`);
      }
      return names.map(() => new StylizedImage(image, source));
    },
  };
}

async function paint(output: string, stylizer: Stylizer, style = 'paintings'): Promise<Run> {
  const flags: StylizeFlags = {
    ...{ content: [at('photos')], style: [at(style)], output: at(output), format: 'png', device: 'cpu' },
    ...{ strength: 1, tile: 'auto', jobs: 2 },
  };
  const reported = new ReportedErrors();
  reported.print = (line) => lines.push(line);
  const { signal } = new AbortController();
  const run: Run = { flags, signal, reported, results: new Map(), failed: new Set() };
  await paintContents(run, await planStylizing(flags, reported), stylizer);
  return run;
}

const count = ({ results }: Run, wanted: string) =>
  [...results.values()].filter(({ status }) => status === wanted).length;

it('encodes each style once, and paints each good content once in all of them', async () => {
  const run = await paint('once', stylizerThat());
  expect(calls.filter((call) => call.startsWith('style'))).toHaveLength(2);
  const painted = calls.filter((call) => call.startsWith('paint'));
  expect(painted).toHaveLength(5);
  expect(new Set(painted).size).toBe(5);
  expect(painted.every((call) => call.endsWith('× 2'))).toBe(true);
  expect(await readdir(at('once'))).toHaveLength(10);
  expect([count(run, 'written'), count(run, 'failed')]).toEqual([10, 2]);
  expect([...run.failed]).toEqual([at('photos/photo-bad.png')]);
  expect(lines).toHaveLength(1);
});

it('paints singly if painting together fails, so that a faulty style spoils no other', async () => {
  const run = await paint('singly', stylizerThat('painting-01.png'));
  expect([count(run, 'written'), count(run, 'failed')]).toEqual([5, 7]);
  expect(await readdir(at('singly'))).toHaveLength(5);
  expect(lines.filter((line) => line.includes('no painting-01.png'))).toHaveLength(1);
});

it('reads no content if no style is left', async () => {
  await writePictures(at('mixed'), 'painting', 0);
  await writeFile(at('mixed/bad.png'), 'no picture');
  const run = await paint('nothing', stylizerThat(), 'mixed');
  expect([count(run, 'written'), count(run, 'failed')]).toEqual([0, 6]);
  expect([...run.failed]).toEqual([at('mixed/bad.png')]);
  expect(calls).toHaveLength(1);
});
