/** The code blocks of README.md and docs/, and a folder for each page in which a user would try them. */

import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { writeImage } from '../../src/images/node/image-file.ts';
import { tinyGenerator, writeRandomModel } from './model.ts';
import { root, workspaceWithPackage } from './package.ts';
import { drawnImage, writePictures, writeTinyLossNetwork } from './pictures.ts';

export interface Block {
  /** File and line. */
  readonly place: string;
  readonly language: string;
  /** What stands after the language: why the block is not run. */
  readonly mark: string;
  readonly code: string;
}

export interface Page {
  /** Path from the repository's folder. */
  readonly page: string;
  readonly blocks: readonly Block[];
}

const docs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).sort();

/** README.md, then docs/ by name. */
export const pages: readonly Page[] = await Promise.all(
  ['README.md', ...docs.map((name) => `docs/${name}`)].map(async (page) => {
    const text = await readFile(join(root, page), 'utf8');
    const blocks = [...text.matchAll(/^```(\S*) ?([^\n]*)\n(.*?)^```$/gms)].map((match) => {
      const [, language = '', mark = '', code = ''] = match;
      const line = text.slice(0, match.index).split('\n').length;
      return { place: `${page}:${line}`, language, mark, code };
    });
    return { page, blocks };
  }),
);

/** Blocks of a page in a language that are run. */
export function blocksIn({ blocks }: Page, language: string): Block[] {
  return blocks.filter((block) => block.language === language && block.mark === '');
}

/** The lines of a page's commands. `test/package` installs the archive, and `.ci/run` the repository. */
export function commandsOf(page: Page): string[] {
  return blocksIn(page, 'sh')
    .flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n'))
    .filter((line) => line !== '' && !line.startsWith('npm '));
}

export interface Workspace {
  /** Holds `node_modules` and the folders of pages. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** A page's folder: pictures, networks, and the package in node_modules. */
  folderOf(page: string): string;
}

/** A workspace with folders for these pages. */
export async function exampleWorkspace(wanted: readonly Page[]): Promise<Workspace> {
  const { folder, bin } = await workspaceWithPackage();
  const modules = join(folder, 'node_modules');
  await symlink(join(root, 'node_modules', 'onnxruntime-web'), join(modules, 'onnxruntime-web'));
  const first = join(folder, 'example');
  await mkdir(join(first, 'runs', 'x'), { recursive: true });
  await symlink(modules, join(first, 'node_modules'));
  await writeImage(drawnImage(1, 128, 96), join(first, 'photo.jpg'));
  await writeImage(drawnImage(2, 96, 96), join(first, 'painting.jpg'));
  await writePictures(join(first, 'photos'), 'photo', 2);
  await writePictures(join(first, 'paintings'), 'painting', 2, { seed: 9 });
  for (const name of ['vgg19', 'vgg19-conv3_1'])
    await writeTinyLossNetwork(join(first, `${name}.safetensors`));
  await writeRandomModel(join(first, 'runs', 'x'), tinyGenerator, { name: 'model' });
  const folderOf = (page: string) => join(folder, basename(page, '.md'));
  for (const page of new Set(wanted.map((own) => own.page))) {
    await cp(first, folderOf(page), { recursive: true, verbatimSymlinks: true });
  }
  return { folder, env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }, folderOf };
}
