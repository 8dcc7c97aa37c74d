/** Size of downloads for pages: the package's JavaScript and the model, without onnxruntime-web. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { modelShips, root } from '../helpers/package.ts';

it('is at most 60 kB of JavaScript, gzipped', async () => {
  const sizes = await Promise.all(
    ['index.js', 'worker.js'].map(async (name) => {
      const text = await readFile(join(root, 'dist', 'browser', name), 'utf8');
      // Bundled, with imports from the runtime only.
      const imports = [...text.matchAll(/(?<!["'`\w])(?:from|import)\s*\(?\s*["'`]([^"'`$]+)["'`]/g)].map(
        ([, path]) => path,
      );
      expect(imports.filter((path) => !path?.startsWith('onnxruntime-web/'))).toEqual([]);
      return gzipSync(text).length;
    }),
  );
  const [page = 0, worker = 0] = sizes;
  console.log(`gzipped: page ${page}, worker ${worker} bytes`);
  expect(worker).toBeGreaterThan(10_000);
  expect(page + worker).toBeLessThanOrEqual(60_000);
});

it('is at most 50 kB more for fine-tuning', async () => {
  const [page = '', worker = '', main = ''] = await Promise.all(
    ['fine-tune.js', 'fine-tune-worker.js', 'index.js'].map((name) =>
      readFile(join(root, 'dist', 'browser', name), 'utf8'),
    ),
  );
  console.log(`gzipped: page ${gzipSync(page).length}, worker ${gzipSync(worker).length} bytes`);
  // It imports the classes and the stylizer of the main entry instead of copying them.
  expect(page).toMatch(/^import ?{[^}]*\bloadStylizer\b[^}]*} ?from ?["'`]\.\/index\.js["'`];/);
  const namesIn = (list = '') => list.split(',').map((entry) => entry.trim().split(' as '));
  const taken = namesIn(/^import ?{([^}]*)}/.exec(page)?.[1]).map(([name]) => name);
  const given = namesIn(/export ?{([^}]*)}/.exec(main)?.[1]).map((entry) => entry.at(-1));
  expect(taken.filter((name) => !given.includes(name))).toEqual([]);
  expect(gzipSync(page).length + gzipSync(worker).length).toBeLessThanOrEqual(50_000);
});

it('is at most 65 kB more for refining', async () => {
  const worker = await readFile(join(root, 'dist', 'browser', 'refine-worker.js'), 'utf8');
  console.log(`gzipped: ${gzipSync(worker).length} bytes`);
  expect(gzipSync(worker).length).toBeLessThanOrEqual(65_000);
});

it.runIf(modelShips)('is at most 1.3 MB of model', async () => {
  const sizes = await Promise.all(
    ['slim.safetensors', 'slim.json'].map(async (name) => (await stat(join(root, 'models', name))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1_300_000);
});
