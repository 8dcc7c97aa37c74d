/** Copies a picture band by band and prints this process's peak memory in MB: `band-copy FROM TO`. */

import { readFileSync } from 'node:fs';
import { openBands } from '../../src/images/node/band-reader.ts';
import { openBandWriter } from '../../src/images/node/band-writer.ts';

const ROWS = 128;

const [from = '', to = ''] = process.argv.slice(2);
const bands = await openBands(from);
const writer = await openBandWriter(to, bands, { alpha: bands.hasAlpha, depth: bands.source.depth });
for (let top = 0; top < bands.height; top += ROWS) {
  await writer.write(await bands.read(top, Math.min(ROWS, bands.height - top)));
}
await bands.close();
await writer.finish();
console.log(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024);
