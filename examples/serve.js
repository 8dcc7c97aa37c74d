/**
 * Serves the pages without bundler at 127.0.0.1, with the headers that threads need: `node serve.js`, then open what it prints.
 * In this repository the package is the folder above; elsewhere it is in node_modules.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const installed = join(here, 'node_modules', 'wasserfarbe');
const folders = {
  '/node_modules/wasserfarbe/': existsSync(installed) ? installed : join(here, '..'),
  '/node_modules/onnxruntime-web/dist/': dirname(createRequire(import.meta.url).resolve('onnxruntime-web')),
  '/': here,
};

const types = {
  '.avif': 'image/avif',
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** @returns {string} the file at an address */
function fileAt(url) {
  const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
  const [prefix, folder] = Object.entries(folders).find(([prefix]) => path.startsWith(prefix)) ?? [];
  return join(folder ?? here, path.slice(prefix?.length ?? 0), path.endsWith('/') ? 'index.html' : '');
}

const server = createServer(async ({ url }, response) => {
  let [file, content] = ['', undefined];
  try {
    file = fileAt(url);
    content = await readFile(file);
  } catch {
    // An address that says nothing, or names no file.
  }
  response.writeHead(content === undefined ? 404 : 200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  response.end(content);
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  console.log(`http://127.0.0.1:${port}/api/`);
  console.log(`http://127.0.0.1:${port}/fine-tune/`);
  console.log(`http://127.0.0.1:${port}/plain/`);
});
