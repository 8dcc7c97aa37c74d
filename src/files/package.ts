/** This package's own files. Node only. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a file or folder of the package, such as `models/`. */
export function packagePath(path: string): string {
  // Two folders up both from src/files/ and from dist/files/.
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** The package's version, and the oldest version of Node that it supports. */
export function packageManifest(): { readonly version: string; readonly engines: { readonly node: string } } {
  return JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
}
