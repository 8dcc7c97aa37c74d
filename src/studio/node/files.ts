/** The studio's files by their addresses, for its server and its static form alike. Node only. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import { packagePath } from '../../files/package.ts';
import { splitSvg } from '../css/stage.ts';
import { css } from '../css/sheet.ts';
import { headers } from '../headers.ts';
import { FIRST_STYLE } from '../page/settings.ts';
import { encodeFirstStyle } from './first-style.ts';
import { html, iconSvg, manifest } from '../html.ts';

const root = packagePath('');

type Content = string | Buffer<ArrayBuffer>;

/** A text, a file on disk, or something that is made when it is wanted. */
export type StudioFile = { readonly text: string } | { readonly path: string } | { make(): Promise<Content> };

export async function contentOf(file: StudioFile): Promise<Content> {
  if ('text' in file) return file.text;
  return 'path' in file ? readFile(file.path) : file.make();
}

const models = ['slim', 'sanet-slim', 'adain-slim', 'eye'];
const pageScripts = ['index.js', 'worker.js', 'refine-worker.js', 'fine-tune.js', 'fine-tune-worker.js'];

/** Files of onnxruntime-web: a module for each device, and the WebAssembly that it loads. */
const runtimeFile =
  /^ort\.(wasm|webgpu)\.bundle\.min\.mjs$|^ort-wasm-simd-threaded(\.asyncify)?\.(mjs|wasm)$/;

/**
 * All files, by address relative to the page.
 *
 * @param dist folder of the compiled package
 * @throws WasserfarbeError if a part of the package is missing
 */
export async function studioFiles(dist = join(root, 'dist')): Promise<Map<string, StudioFile>> {
  const files = new Map<string, StudioFile>([
    ['index.html', { text: html }],
    ['style.css', { text: css }],
    ['icon.svg', { text: iconSvg }],
    ['manifest.webmanifest', { text: manifest }],
    ['split.svg', { text: splitSvg }],
  ]);
  async function add(folder: string, address: string, wanted: (name: string) => boolean): Promise<void> {
    const names = await readdir(folder).catch((cause: unknown) => {
      throw missing(folder, cause);
    });
    const found = names.filter(wanted);
    if (found.length === 0) throw missing(folder);
    for (const name of found) files.set(`${address}${name}`, { path: join(folder, name) });
  }
  const isScript = (name: string) => /^(page|engine|later-.*)\.js$/.test(name);
  await add(join(dist, 'studio', 'page'), 'studio/page/', isScript);
  await add(join(dist, 'studio', 'film'), 'studio/film/', (name) => name === 'worker.js');
  await add(join(dist, 'browser'), 'browser/', (name) => pageScripts.includes(name));
  await add(join(root, 'paintings'), 'styles/', (name) => name.endsWith('.avif'));
  await add(join(dist, 'studio', 'styles'), 'styles/', () => true);
  await add(join(root, 'photographs'), 'photographs/', (name) => name.endsWith('.avif'));
  await add(join(root, 'models'), 'models/', (name) => models.some((model) => name.startsWith(`${model}.`)));
  await add(runtimeFolder(), 'runtime/', (name) => runtimeFile.test(name));
  const films = filmPackage();
  if (films !== undefined) files.set('mediabunny/mediabunny.min.mjs', { path: films });
  const script = await readFile(join(dist, 'studio', 'page', 'service-worker.js'), 'utf8').catch(
    (cause: unknown) => {
      throw missing(dist, cause);
    },
  );
  files.set(`styles/${FIRST_STYLE}.style`, { make: once(encodeFirstStyle) });
  const kept = new Map(files);
  // It takes reading all files, and no page waits for it.
  const make = async () => `self.kept = ${JSON.stringify(await keptOf(kept))};\n${script}`;
  files.set('service-worker.js', { make: once(make) });
  return files;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Files that only some need, and only after the first painting. */
const isForLater = (address: string) =>
  /^models\/(?!slim\.)|refine-worker|fine-tune|\/later-|\.style$|^mediabunny|\/film\//.test(address);

/** What the service worker keeps. */
async function keptOf(files: ReadonlyMap<string, StudioFile>) {
  const hash = createHash('sha256');
  for (const [address, file] of files) {
    hash.update(address);
    // What is made depends on other files, and may take long.
    if (!('make' in file)) hash.update(await contentOf(file));
  }
  const isRuntime = (address: string) => address.startsWith('runtime/');
  const runtime = [...files.keys()].filter(isRuntime);
  const addresses = [...files.keys()].filter((address) => !isRuntime(address));
  const isForGpu = (address: string) => /webgpu|asyncify/.test(address);
  return {
    version: hash.digest('hex').slice(0, 16),
    first: ['./', ...addresses.filter((address) => !isForLater(address) && address !== 'index.html')],
    rest: addresses.filter(isForLater),
    runtime: { wasm: runtime.filter((address) => !isForGpu(address)), webgpu: runtime.filter(isForGpu) },
    headers,
  };
}

function runtimeFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  } catch (cause) {
    const remedy = 'npm install onnxruntime-web';
    throw new WasserfarbeError(
      { expected: 'onnxruntime-web', name: 'the studio', received: 'none', remedy },
      { cause },
    );
  }
}

/** What reads and writes films in the page, where it is installed. */
function filmPackage(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve('mediabunny');
    return join(dirname(main), 'mediabunny.min.mjs');
  } catch {
    return undefined;
  }
}

function missing(where: string, cause?: unknown): WasserfarbeError {
  const remedy = 'run npm run build, or install the package again';
  return new WasserfarbeError(
    { expected: 'the page', name: 'the studio', received: 'none', where, remedy },
    cause === undefined ? {} : { cause },
  );
}

const types: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  mjs: 'text/javascript; charset=utf-8',
  safetensors: 'application/octet-stream',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
  wasm: 'application/wasm',
};

export function typeOf(address: string): string {
  return types[address.replace(/^.*\./, '')] ?? 'application/octet-stream';
}
