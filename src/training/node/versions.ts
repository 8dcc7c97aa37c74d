/** Versions of what a run is made with: bit-identical losses are promised for the same ones only. Node only. */

import { env } from 'onnxruntime-node';
import sharp from 'sharp';
import { packageManifest } from '../../files/package.ts';

export function versions(): Record<string, string> {
  return {
    wasserfarbe: packageManifest().version,
    node: process.versions.node,
    'onnxruntime-node': env.versions.node ?? 'unknown',
    sharp: sharp.versions.sharp ?? 'unknown',
  };
}
