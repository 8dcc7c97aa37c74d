/**
 * `npm run build && npx tsx bench/large.ts`: a picture of 41 megapixels from file to file by the command line, with
 * `--max-memory 2GB`: peak memory of the process, time per megapixel beside that of a picture of one megapixel, and whether
 * the tiles show.
 *
 * Seams: where two tiles meet, values could jump. The jump at x is |d(x) − ½ (d(x − 1) + d(x + 1))| with
 * d(x) = v(x) − v(x − 1): how far the step at x is from those beside it, which smooth shading and its slope leave at 0. Its
 * mean over the borders is divided by its mean over all other places whose distance from them is a multiple of the
 * alignment, because the decoder doubles its maps and has a pattern of that period of its own. 1 is no seam at all. It needs
 * no picture painted in one piece, which 41 megapixels never are; but rough brushwork hides small steps from it. So a picture
 * that can be painted in one piece is, too, and in tiles: its mean difference from the former within 4 pixels of a border,
 * over that elsewhere.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { photographBytes } from '../demo/photographs.ts';
import { styles } from '../demo/styles/index.ts';
import { byteCount } from '../src/cli/arguments.ts';
import { PROGRAM_BYTES } from '../src/cli/stylize-styles.ts';
import { openBands } from '../src/images/band-reader.ts';
import { alignment, reach } from '../src/networks/tile.ts';
import { longestTile } from '../src/stylize/memory.ts';
import { loadStylizer } from '../src/stylize/node.ts';
import { openModel } from '../src/stylize/node-models.ts';
import { cut } from '../src/stylize/tiles.ts';

const { values } = parseArgs({
  options: {
    width: { type: 'string', default: '8192' },
    height: { type: 'string', default: '5000' },
    'max-memory': { type: 'string', default: '2GB' },
    model: { type: 'string', default: 'slim' },
    /** Of content and result: png, jpg, webp, avif, tif. */
    format: { type: 'string', default: 'jpg' },
    /** Content as progressive JPEG, whose decoder holds the whole picture. */
    progressive: { type: 'boolean', default: false },
    style: { type: 'string', default: '512' },
  },
});
const large = { width: Number(values.width), height: Number(values.height) };
const small = { width: 1280, height: 800 };
const folder = mkdtempSync(join(tmpdir(), 'wasserfarbe-large-'));
const at = (name: string) => join(folder, name);

/** Writes the most memory that the process has held, in kB, as the last line on stderr. */
const meter = `process.on('exit', () => process.stderr.write('\\n' + process.resourceUsage().maxRSS + '\\n'))`;

interface Painted {
  readonly seconds: number;
  /** Of the whole process. */
  readonly megabytes: number;
}

function paint(content: string, output: string): Painted {
  const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const flags = ['--style', at('style.png'), '--max-memory', values['max-memory'], '--model', values.model];
  const args = ['--import', `data:text/javascript,${encodeURIComponent(meter)}`, program, 'stylize'];
  const measured = ['/bin/sh', '-c', '"$@" 2>&1', 'sh', process.execPath, ...args];
  const [shell = '', ...rest] = [...measured, '--content', content, '--output', output, ...flags];
  const text = execFileSync(shell, rest, { encoding: 'utf8' });
  const [, seconds = 'NaN'] = / ([\d.]+) s$/m.exec(text) ?? [];
  return { seconds: Number(seconds), megabytes: Number(text.trim().split('\n').at(-1)) / 1024 };
}

/** Jumps at borders over jumps elsewhere, for borders between columns or between rows. */
async function seams(path: string, borders: readonly number[], period: number, across: 'x' | 'y') {
  const bands = await openBands(path);
  const sums = { border: { sum: 0, count: 0 }, other: { sum: 0, count: 0 } };
  const side = across === 'x' ? bands.width : bands.height;
  const places: number[] = [];
  for (let at = period; at + 2 < side; at += period) places.push(at);
  const isBorder = new Set(borders);
  const add = (place: number, [a, b, c, d]: readonly [number, number, number, number]): void => {
    const jump = Math.abs(c - b - (b - a + (d - c)) / 2);
    const into = isBorder.has(place) ? sums.border : sums.other;
    into.sum += jump;
    into.count++;
  };
  const rows = 8;
  // Every eighth band of rows is enough, of the borders between rows each.
  const tops = across === 'y' ? places.map((place) => place - 2) : [];
  if (across === 'x') for (let top = 0; top + rows <= bands.height; top += 64) tops.push(top);
  for (const top of tops) {
    const { width, height, data } = await bands.read(top, across === 'y' ? 4 : rows);
    const value = (c: number, y: number, x: number): number => data[(c * height + y) * width + x] ?? 0;
    for (let c = 0; c < 3; c++) {
      if (across === 'y') {
        for (let x = 0; x < width; x++)
          add(top + 2, [value(c, 0, x), value(c, 1, x), value(c, 2, x), value(c, 3, x)]);
        continue;
      }
      for (let y = 0; y < height; y++)
        for (const x of places)
          add(x, [value(c, y, x - 2), value(c, y, x - 1), value(c, y, x), value(c, y, x + 1)]);
    }
  }
  await bands.close();
  const mean = ({ sum, count }: { sum: number; count: number }): number => sum / count;
  return { border: 255 * mean(sums.border), other: 255 * mean(sums.other) };
}

/** Mean difference between a picture in tiles and in one piece, of 255: beside borders between columns, and elsewhere. */
async function differences(content: string, style: string): Promise<{ border: number; other: number }> {
  const longest = 512;
  const stylizer = await loadStylizer({ model: values.model });
  const prepared = await stylizer.prepareStyle(style);
  const whole = await stylizer.stylize(content, prepared, { tile: 4096 });
  const tiled = await stylizer.stylize(content, prepared, { tile: longest });
  await stylizer.dispose();
  const { config } = await openModel(values.model);
  const { spans } = cut(whole.width, longest, reach(config).decoder, alignment(config));
  const borders = spans.slice(1).map(({ from }) => from);
  const near = Array.from({ length: whole.width }, (_, x) => borders.some((b) => x >= b - 4 && x < b + 4));
  const sums = { border: 0, other: 0 };
  const counts = { border: 0, other: 0 };
  for (const [i, value] of whole.data.entries()) {
    const where = near[i % whole.width] ? 'border' : 'other';
    sums[where] += 255 * Math.abs(value - (tiled.data[i] ?? Number.NaN));
    counts[where]++;
  }
  return { border: sums.border / counts.border, other: sums.other / counts.other };
}

try {
  const [style] = styles;
  if (style === undefined) throw new Error('no style');
  const side = Number(values.style);
  await sharp(await style.draw(side)).toFile(at('style.png'));
  const photograph = await photographBytes('launch-pads');
  for (const [name, size] of [
    ['small', small],
    ['large', large],
  ] as const) {
    const content = sharp(photograph, { limitInputPixels: false }).resize({ ...size, fit: 'fill' });
    const encoded = values.progressive ? content.jpeg({ progressive: true }) : content;
    await encoded.toFile(at(`${name}.${values.format}`));
  }
  const megapixels = ({ width, height }: typeof large): number => (width * height) / 1e6;
  const output = at('painted.png');
  const before = paint(at(`small.${values.format}`), at(`first.${values.format}`));
  const painted = paint(at(`large.${values.format}`), output);
  const after = paint(at(`small.${values.format}`), at(`second.${values.format}`));
  const each = (painted.seconds / megapixels(large)).toFixed(3);
  const eachSmall = ((before.seconds + after.seconds) / 2 / megapixels(small)).toFixed(3);
  console.log(`${large.width}×${large.height}, --max-memory ${values['max-memory']}, ${values.format}`);
  console.log(`peak memory of the process: ${painted.megabytes.toFixed(0)} MB`);
  console.log(`peak memory at ${small.width}×${small.height}: ${before.megabytes.toFixed(0)} MB`);
  console.log(
    `seconds per megapixel, file to file: ${each}; of ${small.width}×${small.height}: ${eachSmall}`,
  );
  const { config } = await openModel(values.model);
  const size = { width: side, height: side };
  const limit = byteCount(values['max-memory']) - PROGRAM_BYTES;
  const longest = longestTile(large, [size], config, limit) ?? Number.NaN;
  for (const [across, length] of [
    ['x', large.width],
    ['y', large.height],
  ] as const) {
    const { spans } = cut(length, longest, reach(config).decoder, alignment(config));
    const borders = spans.slice(1).map(({ from }) => from);
    const { border, other } = await seams(output, borders, alignment(config), across);
    const ratio = `${(border / other).toFixed(3)} (${border.toFixed(2)} : ${other.toFixed(2)} of 255)`;
    console.log(`seams across ${across}, ${borders.length} borders of tiles of ${longest}: ${ratio}`);
  }
  const { border, other } = await differences(at(`small.${values.format}`), at('style.png'));
  const measured = `${(border / other).toFixed(3)} (${border.toFixed(4)} : ${other.toFixed(4)} of 255)`;
  console.log(`tiles less one piece, beside borders over elsewhere: ${measured}`);
} finally {
  rmSync(folder, { recursive: true });
}
