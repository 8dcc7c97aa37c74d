/** Versions of what a run is made with: bit-identical losses are promised for the same ones only. Node only. */

import { readFileSync } from 'node:fs';
import { env } from 'onnxruntime-node';
import sharp from 'sharp';

export function versions(): Record<string, string> {
  // Two folders up both from src/training/ and from dist/training/.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return {
    wasserfarbe: /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown',
    node: process.versions.node,
    'onnxruntime-node': env.versions.node ?? 'unknown',
    sharp: sharp.versions.sharp ?? 'unknown',
  };
}
