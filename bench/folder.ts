/**
 * `npx tsx bench/folder.ts`: a folder in several styles by `wasserfarbe stylize`, compared with painting each
 * pair by itself: `stylize(content, style)` of paths, one after another, by a stylizer that is loaded once.
 * Both run in one process and take turns with a part of the folder each, so that both meet the same state of
 * the machine. The folder's run loads its model for every part. Some pictures are damaged: the folder's run
 * must write all others.
 */

import { mkdir, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { photographBytes, photographs } from '../demo/photographs.ts';
import { styles } from '../demo/styles/index.ts';
import { Exit } from '../src/cli/shared/failure.ts';
import { stylizeAll } from '../src/cli/stylize/run.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '200' },
    damaged: { type: 'string', default: '5' },
    styles: { type: 'string', default: '4' },
    /** Sides in pixels. */
    size: { type: 'string', default: '256' },
    'style-size': { type: 'string', default: '512' },
    turns: { type: 'string', default: '4' },
    model: { type: 'string', default: 'slim' },
    threads: { type: 'string' },
  },
});
const [pictures, damaged, turns] = [values.pictures, values.damaged, values.turns].map(Number) as [
  number,
  number,
  number,
];
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-folder-'));

/** Different crops of the demo's photographs. The last ones are cut off in their headers. */
async function writeContents(): Promise<string[]> {
  const side = Number(values.size);
  const files: string[] = [];
  for (let i = 0; i < pictures + damaged; i++) {
    const part = join(folder, `contents-${i % turns}`);
    await mkdir(part, { recursive: true });
    const file = join(part, `${String(i).padStart(4, '0')}.jpg`);
    const label = photographs[i % photographs.length] ?? photographs[0];
    const left = 3 * Math.floor(i / photographs.length);
    await sharp(await photographBytes(label))
      .resize(side + 100, side + 100, { fit: 'cover' })
      .extract({ left: left % 100, top: (7 * left) % 100, width: side, height: side })
      .jpeg({ quality: 92 })
      .toFile(file);
    if (i >= pictures) await truncate(file, 200);
    else files.push(file);
  }
  return files;
}

async function writeStyles(): Promise<string[]> {
  const files: string[] = [];
  await mkdir(join(folder, 'styles'));
  for (const { id, draw } of styles.slice(0, Number(values.styles))) {
    const file = join(folder, 'styles', `${id}.png`);
    await sharp(await draw(512)).toFile(file);
    files.push(file);
  }
  return files;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Silences the output, which has a line for each picture and each damaged one. */
async function paintFolder(turn: number): Promise<void> {
  const { log, error } = console;
  console.log = () => {};
  console.error = () => {};
  try {
    await stylizeAll({
      content: [join(folder, `contents-${turn}`)],
      style: [join(folder, 'styles')],
      output: join(folder, 'folder'),
      strength: 1,
      styleSize: Number(values['style-size']),
      tile: 'auto',
      device: 'cpu',
      model: values.model,
      format: 'jpg',
      ...threads,
    });
  } catch (ended) {
    // Exit code 1 is right, since some pictures are damaged.
    if (!(ended instanceof Exit)) throw ended;
  } finally {
    Object.assign(console, { log, error });
  }
}

try {
  const [contents, stylePaths] = [await writeContents(), await writeStyles()];
  const stylizer = await loadStylizer({ model: values.model, ...threads });
  const styleSize = Number(values['style-size']);
  const paintPairs = async (turn: number): Promise<void> => {
    for (const content of contents.filter((file) => file.includes(`contents-${turn}`))) {
      for (const [s, style] of stylePaths.entries()) {
        const painted = await stylizer.stylize(content, style, { styleSize });
        await painted.toFile(join(folder, 'pairs', `${content.slice(-8, -4)}-${s}.jpg`));
      }
    }
  };
  const [warm = ''] = contents;
  for (const style of stylePaths) await stylizer.stylize(warm, style, { styleSize });
  const [pairs, together]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    pairs.push(await seconds(() => paintPairs(turn)));
    together.push(await seconds(() => paintFolder(turn)));
    console.log(
      `turn ${turn + 1}: pairs ${pairs.at(-1)?.toFixed(1)} s, folder ${together.at(-1)?.toFixed(1)} s`,
    );
  }
  await stylizer.dispose();
  const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
  const written = (await readdir(join(folder, 'folder'))).length;
  const wanted = contents.length * stylePaths.length;
  console.log(
    `${pictures} pictures of ${values.size}² in ${stylePaths.length} styles, ${damaged} more damaged`,
  );
  console.log(
    `pairs: ${(wanted / sum(pairs)).toFixed(2)} pictures a second, folder: ${(wanted / sum(together)).toFixed(2)}`,
  );
  console.log(
    `throughput: ${(sum(pairs) / sum(together)).toFixed(2)} times; written: ${written} of ${wanted}`,
  );
  if (written !== wanted) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
