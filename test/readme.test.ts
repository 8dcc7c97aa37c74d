/** Runs the examples of README.md like a user: in a folder with the package, a photograph and a painting. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeImage } from '../src/images/node/image-file.ts';
import { type Ended, root, start, workspaceWithPackage } from './helpers/package.ts';
import { drawnImage, writePictures, writeTinyLossNetwork } from './helpers/pictures.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');
// Blocks marked `sh setup` install and test the repository itself, which .ci/run does.
const blocks = [...readme.matchAll(/```(ts|sh)\n(.*?)```/gs)].map(([, kind, text = '']) => ({ kind, text }));
const programs = blocks.filter(({ kind }) => kind === 'ts').map(({ text }) => text);
const commands = blocks
  .filter(({ kind }) => kind === 'sh')
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => line !== '');
/** Flags that shorten a training from hours to moments; later flags win. */
const briefly =
  '--iterations 1 --batch-size 1 --crop-size 80 --region-min 32 --holdout-contents 1 --holdout-styles 1';

let folder = '';
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  const made = await workspaceWithPackage();
  folder = made.folder;
  env = { ...process.env, PATH: `${made.bin}${delimiter}${process.env.PATH}` };
  await writeImage(drawnImage(1, 128, 96), join(folder, 'photo.jpg'));
  await writeImage(drawnImage(2, 96, 96), join(folder, 'painting.jpg'));
  await writePictures(join(folder, 'photos'), 'photo', 2);
  await writePictures(join(folder, 'paintings'), 'painting', 2, { seed: 9 });
  await writeTinyLossNetwork(join(folder, 'vgg19.safetensors'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('README.md', () => {
  it('has examples of both kinds', () => {
    expect(programs.length).toBeGreaterThanOrEqual(3);
    expect(commands.length).toBeGreaterThanOrEqual(8);
  });

  it('has programs that pass the type check', { timeout: 30_000 }, async () => {
    for (const [i, text] of programs.entries()) await writeFile(join(folder, `example-${i}.ts`), text);
    const compilerOptions = {
      ...{
        strict: true,
        noEmit: true,
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2023'],
        types: ['node'],
      },
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(await run(process.execPath, [tsc])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(programs.map((text, i) => [i, text] as const))(
    'program %i runs',
    { timeout: 30_000 },
    async (i) => {
      const ended = await run(process.execPath, ['--import', 'tsx', `example-${i}.ts`]);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const promised = /\/\/ (expected .*)/.exec(programs[i] ?? '')?.[1];
      if (promised !== undefined) expect(ended.stdout).toContain(promised);
    },
  );

  it.each(commands)('%s', { timeout: 120_000 }, async (command) => {
    // npx itself takes half a second and finds the same file.
    const line = command.replace(/^npx /, '') + (command.includes(' train ') ? ` ${briefly}` : '');
    const ended = await run('sh', ['-c', line]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });
});

function run(program: string, args: readonly string[]): Promise<Ended> {
  return start(program, args, folder, env).ended;
}
