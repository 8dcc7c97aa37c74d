/**
 * Sheets for a blind comparison of the saved pictures of an evaluation, and a count of the answers:
 *
 *   npx tsx bench/blind.ts sheets --pictures evaluation/pictures --pairs 20 --out out/blind \
 *     ours microast=out/microast
 *   npx tsx bench/blind.ts count --out out/blind answers-1.json answers-2.json
 *
 * Each row is a content, a style and the results, numbered 1, 2 … in a random order; `key.json` resolves the
 * numbers. Answers are a list with an entry for each row. For each number an entry says how well the content
 * is kept and how strong the style is, 0–1. It also names the picture that would hang on the wall.
 *
 *   [{ "row": 1, "content": [0.8, 0.6], "style": [0.4, 0.7], "wall": 2 }, …]
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { outputStem, stemOf } from '../src/files/names.ts';
import { listImages, readImage } from '../src/images/node/image-file.ts';
import { contactSheet } from '../src/images/node/contact-sheet.ts';
import { permutation, stream } from '../src/random.ts';
import { writeFileAtomic } from '../src/files/write.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** The folder with `contents`, `styles` and one folder per model. */
    pictures: { type: 'string', default: 'evaluation/pictures' },
    pairs: { type: 'string', default: '20' },
    /** Rows per sheet. */
    rows: { type: 'string', default: '4' },
    cell: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'out/blind' },
  },
});
const keySchema = z.array(z.object({ row: z.number(), pair: z.string(), order: z.array(z.string()) }));
const answersSchema = z.array(
  z.object({
    row: z.number(),
    content: z.array(z.number().min(0).max(1)),
    style: z.array(z.number().min(0).max(1)),
    wall: z.number().int(),
  }),
);
const keyFile = join(values.out, 'key.json');
const [task, ...rest] = positionals;
await (task === 'count' ? count(rest) : sheets(rest));

async function sheets(labels: readonly string[]): Promise<void> {
  const named = labels.map((text) => {
    const [label = text, folder = join(values.pictures, text)] = text.split('=');
    return { label, folder };
  });
  const files = async (folder: string) => new Map((await listImages(folder)).map((f) => [stemOf(f), f]));
  const [contents, styles] = [
    await files(join(values.pictures, 'contents')),
    await files(join(values.pictures, 'styles')),
  ];
  const results = await Promise.all(
    named.map(async ({ label, folder }) => ({ label, made: await files(folder) })),
  );
  const pairs = [...contents].flatMap(([content, contentFile]) =>
    [...styles].flatMap(([style, styleFile]) => {
      const stem = outputStem(content, style);
      return results.every(({ made }) => made.has(stem)) ? [{ stem, contentFile, styleFile }] : [];
    }),
  );
  const random = stream(Number(values.seed), 'blind');
  const chosen = [...permutation(random, pairs.length)].slice(0, Number(values.pairs)).map((i) => pairs[i]);
  const key: z.output<typeof keySchema> = [];
  const rows = [];
  for (const pair of chosen) {
    if (pair === undefined) continue;
    const order = [...permutation(random, results.length)].flatMap((i) => results[i] ?? []);
    key.push({ row: key.length + 1, pair: pair.stem, order: order.map(({ label }) => label) });
    const cells = [pair.styleFile, ...order.map(({ made }) => made.get(pair.stem) ?? '')];
    const image = await readImage(pair.contentFile);
    rows.push({
      label: `row ${key.length}`,
      image,
      cells: await Promise.all(cells.map((file) => readImage(file))),
    });
  }
  const columns = [{ label: 'style' }, ...results.map((_, i) => ({ label: `${i + 1}` }))];
  const perSheet = Number(values.rows);
  for (let start = 0; start < rows.length; start += perSheet) {
    const part = rows.slice(start, start + perSheet);
    const cells = part.map((row) => row.cells);
    const png = await contactSheet({ rows: part, columns, cells, cellSize: Number(values.cell) });
    await writeFileAtomic(join(values.out, `sheet-${start / perSheet + 1}.png`), png);
  }
  await writeFileAtomic(keyFile, new TextEncoder().encode(JSON.stringify(key, null, 1)));
  console.log(
    `${rows.length} rows of ${pairs.length} pairs in ${values.out}; do not show ${keyFile} to whoever answers`,
  );
}

async function count(files: readonly string[]): Promise<void> {
  const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
  const key = keySchema.parse(await json(keyFile));
  const found = new Map<string, { content: number[]; style: number[]; wall: number[] }>();
  for (const file of files) {
    for (const { row, content, style, wall } of answersSchema.parse(await json(file))) {
      const order = key.find((one) => one.row === row)?.order ?? [];
      for (const [i, label] of order.entries()) {
        const of = found.get(label) ?? { content: [], style: [], wall: [] };
        of.content.push(content[i] ?? Number.NaN);
        of.style.push(style[i] ?? Number.NaN);
        of.wall.push(wall === i + 1 ? 1 : 0);
        found.set(label, of);
      }
    }
  }
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  for (const [label, { content, style, wall }] of found) {
    const share = `${wall.filter(Boolean).length} of ${wall.length} (${(100 * mean(wall)).toFixed(0)} %)`;
    console.log(
      `${label}: content ${mean(content).toFixed(2)}, style ${mean(style).toFixed(2)}, wall ${share}`,
    );
  }
}
