import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRandomModel } from '../helpers/model.ts';
import { type Ended, root, startCli } from '../helpers/package.ts';
import { temporaryFolder, writePictures } from '../helpers/pictures.ts';

/** Runs `wasserfarbe` while the reader of its output has gone away. */
function withoutReader(args: readonly string[], cwd: string): Promise<Ended> {
  const running = startCli(args, cwd);
  running.closeOutput();
  return running.ended;
}

describe('output that nobody reads', () => {
  it('is not an error', async () => {
    expect(await withoutReader(['train', '--help'], root)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('does not stop the painting of a folder', async () => {
    const folder = await temporaryFolder();
    const model = await writeRandomModel(folder);
    await writePictures(join(folder, 'photos'), 'photo', 3);
    await writePictures(join(folder, 'paintings'), 'painting', 1, { seed: 9 });
    const flags = ['--content', 'photos', '--style', 'paintings', '-o', 'made', '--model', model];
    const ended = await withoutReader(['stylize', ...flags, '--threads', '1', '--style-size', '32'], folder);
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readdir(join(folder, 'made'))).toHaveLength(3);
    await rm(folder, { recursive: true });
  });
});
