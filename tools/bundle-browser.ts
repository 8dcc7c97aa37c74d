/**
 * Bundles the browser entries into `dist/browser/`: a module for each entry of a page and for each worker,
 * which pages without a bundler can load directly. Only onnxruntime-web stays outside.
 * `npm run build` runs this after the compiler.
 */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../', import.meta.url));
const source = join(root, 'src', 'browser');
const target = join(root, 'dist', 'browser');
const entries = ['index', 'worker', 'refine-worker', 'fine-tune', 'fine-tune-worker'];

/**
 * Modules that entries take from the main one, so that a page has one stylizer and one class of each error.
 */
const shared: Plugin = {
  name: 'shared',
  resolveId: (source) =>
    /\/(errors|stylizer|stylized-image)\.ts$/.test(source)
      ? { id: './index.js', external: 'relative' }
      : null,
};

export async function bundleBrowser(): Promise<void> {
  for (const name of entries) {
    const bundle = await rolldown({
      input: join(source, `${name}.ts`),
      external: /^onnxruntime-web/,
      platform: 'browser',
      plugins: name === 'fine-tune' ? [shared] : [],
      tsconfig: false,
      transform: { target: 'es2022' },
    });
    await bundle.write({
      file: join(target, `${name}.js`),
      format: 'esm',
      // Keeps licences of bundled code, and comments that tell other bundlers to leave an import alone.
      comments: { legal: true, annotation: true, jsdoc: false },
      minify: true,
    });
    await bundle.close();
  }
  // Removes the compiler's output that is now in the bundles; its declarations stay.
  for (const file of await readdir(target)) {
    if (/\.js$/.test(file) && !entries.includes(file.slice(0, -3))) await rm(join(target, file));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleBrowser();
