/** This package's own files. Node only. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The same from sources and from bundles, wherever these lie in the package. */
const root = dirname(createRequire(import.meta.url).resolve('wasserfarbe/package.json'));

/** The path of a file or folder of the package, such as `models/`. */
export function packagePath(path: string): string {
  return join(root, path);
}

/** The package's version, and the oldest version of Node that it supports. */
export function packageManifest(): { readonly version: string; readonly engines: { readonly node: string } } {
  return JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
}
