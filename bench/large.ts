/**
 * `npm run build && npx tsx bench/large.ts [--against ../earlier]`: paints a picture of 41 megapixels from
 * file to file on the command line, with `--max-memory 2GB`. It measures seconds and peak memory of the
 * process, compared with a picture of one megapixel. `--against` names a built checkout of another commit;
 * both paint in turns.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { photographBytes } from '../demo/photographs.ts';
import { styles } from '../demo/styles/index.ts';

const { values } = parseArgs({
  options: {
    width: { type: 'string', default: '8192' },
    height: { type: 'string', default: '5000' },
    'max-memory': { type: 'string', default: '2GB' },
    model: { type: 'string', default: 'slim' },
    /** Format of content and result: png, jpg, webp, avif, tif. */
    format: { type: 'string', default: 'jpg' },
    /** Makes the content a progressive JPEG, whose decoder holds the whole picture. */
    progressive: { type: 'boolean', default: false },
    against: { type: 'string' },
    turns: { type: 'string', default: '1' },
  },
});
const sizes = {
  small: { width: 1280, height: 800 },
  large: { width: Number(values.width), height: Number(values.height) },
};
const folder = mkdtempSync(join(tmpdir(), 'wasserfarbe-large-'));
const at = (name: string) => join(folder, name);

/** Writes the process's peak memory, in kB, as the last line on stderr. */
const meter = `process.on('exit', () => process.stderr.write('\\n' + process.resourceUsage().maxRSS + '\\n'))`;

interface Painted {
  readonly seconds: number;
  /** Peak memory of the whole process. */
  readonly megabytes: number;
}

function paint(checkout: string, content: string, output: string): Painted {
  const program = join(checkout, 'dist/cli/main.js');
  const flags = ['--style', at('style.png'), '--max-memory', values['max-memory'], '--model', values.model];
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(meter)}`,
    program,
    'stylize',
    '--force',
  ];
  const measured = ['-c', '"$@" 2>&1', 'sh', process.execPath, ...args];
  const options = { encoding: 'utf8', cwd: checkout } as const;
  const text = execFileSync(
    '/bin/sh',
    [...measured, '--content', content, '--output', output, ...flags],
    options,
  );
  const [, seconds = 'NaN'] = / ([\d.]+) s$/m.exec(text) ?? [];
  return { seconds: Number(seconds), megabytes: Number(text.trim().split('\n').at(-1)) / 1024 };
}

try {
  const [style] = styles;
  if (style === undefined) throw new Error('no style');
  await sharp(await style.draw(512)).toFile(at('style.png'));
  const photograph = await photographBytes('launch-pads');
  for (const [name, size] of Object.entries(sizes)) {
    const content = sharp(photograph, { limitInputPixels: false }).resize({ ...size, fit: 'fill' });
    const encoded = values.progressive ? content.jpeg({ progressive: true }) : content;
    await encoded.toFile(at(`${name}.${values.format}`));
  }
  const here = fileURLToPath(new URL('..', import.meta.url));
  const checkouts = values.against === undefined ? [here] : [here, resolve(values.against)];
  console.log(`--max-memory ${values['max-memory']}, ${values.format}, model ${values.model}`);
  for (let turn = 0; turn < Number(values.turns); turn++) {
    for (const checkout of checkouts) {
      for (const [name, { width, height }] of Object.entries(sizes)) {
        const file = `${name}.${values.format}`;
        const { seconds, megabytes } = paint(checkout, at(file), at(`painted-${file}`));
        console.log(`${checkout} ${width}×${height}: ${seconds} s, ${megabytes.toFixed(0)} MB at the peak`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
