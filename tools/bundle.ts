/**
 * Bundles the package into `dist/`, beside the declarations that the compiler has written. `npm run build`
 * runs this after the compiler.
 *
 * - For Node: `node.js`, `cli/main.js`, the scripts of a thread and of a process, and the parts that they
 *   load when they need them, in `chunks/`. A few files are read much faster than hundreds.
 * - For pages: a module for each entry and for each worker, which pages without a bundler can load directly.
 *   Only onnxruntime-web stays outside.
 */

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { writeThumbnails } from './thumbnails.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const source = join(root, 'src');
const target = join(root, 'dist');
const nodeEntries = ['node', 'cli/main', 'training/node/batch-worker', 'painters/node/painter'];
const pageEntries = ['index', 'worker', 'refine-worker', 'fine-tune', 'fine-tune-worker'];

/** Keeps licences of bundled code, and comments that tell other bundlers to leave an import alone. */
const comments = { legal: true, annotation: true, jsdoc: false };

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

/** Leaves out what options and settings are about: only the help of flags shows it. */
const withoutHelp: Plugin = {
  name: 'without-help',
  transform(code, id) {
    const [, kind] = /(options|settings)\.ts$/.exec(id) ?? [];
    if (kind === 'options') return code.replace(/\babout:\s*((['"])(?:\\.|(?!\2).)*\2|[\w.]+\.about),?/g, '');
    if (kind === undefined) return null;
    const bare = code.replace(/,?\s*\bdescribed\((['"])(?:\\.|(?!\1).)*\1\),?/g, '');
    return bare.replace(/\.check\(\s*\)/g, '');
  },
};

/** The methods whose models do not ship: a page says of such a model that it cannot build it. */
const withoutBaselines: Plugin = {
  name: 'without-baselines',
  transform(_, id) {
    if (/transforms\/baselines\.ts$/.test(id)) return 'export const baselines = {};';
    if (/networks\/cascade\.ts$/.test(id))
      return 'export const paintCascade = undefined, decodeFrom = undefined;';
    return null;
  },
};

/** Pages hold pictures whole: painting band by band, and its check before anything is read, are Node's. */
const withoutBands: Plugin = {
  name: 'without-bands',
  transform(code, id) {
    const parts = /stylize\/stylizer\.ts$/.test(id)
      ? [/\n {2}async function paintSource\([\s\S]*?\n {2}\}/, /\n {4}async stylizeBands\([\s\S]*?\n {4}\},/]
      : /stylize\/painter\.ts$/.test(id)
        ? [/\n {4}check\([\s\S]*?\n {4}\},/]
        : [];
    for (const part of parts) {
      if (code.search(part) < 0)
        throw new Error(`${id} has changed: without-bands finds nothing to leave out`);
    }
    return parts.reduce((bare, part) => bare.replace(part, ''), code);
  },
};

/** Pages load networks that are served with them: recognising files of other programs is left to Node. */
const withoutForeign: Plugin = {
  name: 'without-foreign',
  transform: (_, id) =>
    /weights\/foreign\.ts$/.test(id)
      ? 'export const foreignFile = () => undefined, namingOf = () => undefined;'
      : null,
};

/** Operations without gradients, which only scripts ask for that optimise. */
const withoutGradients: Plugin = {
  name: 'without-gradients',
  transform(code, id) {
    if (!/graph\/ops\/\w+\.ts$/.test(id)) return null;
    let bare = code;
    for (const [start, end] of propertiesNamed('gradient', parseAst(code, { lang: 'ts' })).reverse()) {
      bare = bare.slice(0, start) + bare.slice(end).replace(/^\s*,/, '');
    }
    return bare;
  },
};

/** Where objects of a syntax tree have properties of a name, in the order of the text. */
function propertiesNamed(wanted: string, node: unknown): [number, number][] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, key, start, end } = node as Record<string, unknown>;
  const { name } = (key ?? {}) as { name?: string };
  if (type === 'Property' && name === wanted) return [[start as number, end as number]];
  return Object.values(node).flatMap((child) => propertiesNamed(wanted, child));
}

/** Marks of calls without effects are for other bundlers, which never shake the script of a worker. */
const withoutMarks: Plugin = {
  name: 'without-marks',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(/\/\* ?[@#]__\w+__ ?\*\//g, '');
    }
  },
};

/** Folders of packages whose code is in bundles. */
const bundled = new Set<string>();

const noting: Plugin = {
  name: 'noting',
  transform(_, id) {
    const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/')) ?? [];
    if (folder !== undefined) bundled.add(folder);
    return null;
  },
};

/** Writes the licences of packages whose code is in bundles. */
async function writeLicences(): Promise<void> {
  const texts: string[] = [];
  for (const folder of [...bundled].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `Licence: ${license}` : await readFile(join(folder, file), 'utf8');
    texts.push(`${name} ${version}\n\n${text.trim()}\n`);
  }
  const head = 'Code of these packages is in the bundles of this one, under their licences.\n';
  await writeFile(join(target, 'LICENCES.txt'), [head, ...texts].join('\n---\n\n'));
}

async function bundleNode(): Promise<void> {
  const bundle = await rolldown({
    input: Object.fromEntries(nodeEntries.map((name) => [name, join(source, `${name}.ts`)])),
    // Packages stay outside, but for zod: its hundred files take longer to load than all of ours.
    external: (id) => !id.startsWith('.') && !isAbsolute(id) && !/^zod\b/.test(id),
    platform: 'node',
    plugins: [noting],
    // Without a comment for each module, which would name where it lay.
    experimental: { attachDebugInfo: 'none' },
    tsconfig: false,
  });
  await bundle.write({
    dir: target,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: true,
    comments,
  });
  await bundle.close();
}

async function bundlePages(): Promise<void> {
  for (const name of pageEntries) {
    const bundle = await rolldown({
      input: join(source, 'browser', `${name}.ts`),
      external: /^onnxruntime-web/,
      platform: 'browser',
      plugins: [
        ...[noting, withoutHelp, withoutForeign, withoutBaselines],
        ...(name === 'worker' ? [withoutGradients] : []),
        ...(name === 'fine-tune' ? [shared] : []),
        ...(name.endsWith('worker') ? [withoutMarks, withoutBands] : []),
      ],
      tsconfig: false,
      transform: { target: 'es2022' },
    });
    await bundle.write({
      file: join(target, 'browser', `${name}.js`),
      format: 'esm',
      comments,
      minify: true,
    });
    await bundle.close();
  }
}

/** Modules that pages load by their addresses, so that they come once, and tests can replace the engine. */
const apart: Plugin = {
  name: 'apart',
  resolveId: (source) =>
    /(^\.\/engine|\/browser\/(index|fine-tune))\.ts$/.test(source)
      ? { id: source.replace(/\.ts$/, '.js'), external: 'relative' }
      : null,
};

/** The scripts of our own pages. */
async function bundleOwnPages(): Promise<void> {
  for (const name of [
    'studio/page/page',
    'studio/page/engine',
    'studio/film/worker',
    'studio/page/service-worker',
    'study/page/page',
  ]) {
    const bundle = await rolldown({
      input: join(source, `${name}.ts`),
      platform: 'browser',
      plugins: [noting, apart],
      tsconfig: false,
      transform: { target: 'es2022' },
    });
    await bundle.write({
      dir: dirname(join(target, name)),
      format: 'esm',
      entryFileNames: '[name].js',
      // Parts of the page that are loaded when they are wanted.
      chunkFileNames: 'later-[name].js',
      comments,
      minify: true,
    });
    await bundle.close();
  }
}

/** Removes the compiler's scripts, which bundles replace, and declarations that no entry leads to. */
async function removeUnused(): Promise<void> {
  const used = await declarations(['node', 'browser/index', 'browser/fine-tune']);
  for (const file of await readdir(target, { recursive: true })) {
    const path = join(target, file);
    if (file.endsWith('.js') || (file.endsWith('.d.ts') && !used.has(path))) await rm(path);
  }
}

/** The declarations of entries, and all that these import. */
async function declarations(entries: readonly string[]): Promise<ReadonlySet<string>> {
  const used = new Set(entries.map((name) => join(target, `${name}.d.ts`)));
  // A set goes on with what is added on the way.
  for (const path of used) {
    for (const [, name = ''] of (await readFile(path, 'utf8')).matchAll(/['"](\.[^'"]*)\.[jt]s['"]/g)) {
      used.add(join(dirname(path), `${name}.d.ts`));
    }
  }
  return used;
}

export async function bundle(): Promise<void> {
  await removeUnused();
  await bundleNode();
  await bundlePages();
  await bundleOwnPages();
  await writeThumbnails(join(target, 'studio', 'styles'));
  await writeLicences();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
