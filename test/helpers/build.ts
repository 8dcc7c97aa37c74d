/** Builds `dist/` before tests that run the command line or pack the package, if a source file is newer. */

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../tools/bundle.ts';
import { root } from './package.ts';

export default async function build(): Promise<void> {
  const entry = statSync(join(root, 'dist', 'cli', 'main.js'), { throwIfNoEntry: false });
  if (entry !== undefined && newest(join(root, 'src')) < entry.mtimeMs) return;
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const project of ['tsconfig.build.json', 'tsconfig.page.json']) {
    try {
      execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, encoding: 'utf8' });
    } catch (error) {
      // The type check reports type errors; the compiler writes its output despite them.
      console.warn(`the build has errors: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    }
  }
  await bundle();
}

function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}
