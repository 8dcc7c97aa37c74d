/**
 * `npm run tables`: writes the committed results into README and docs, as the tables between
 * `<!-- table: NAME -->` and `<!-- end -->`. bench/tables.test.ts checks that they are up to date.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { EvaluationDocument } from '../src/evaluation/document.ts';
import { readEvaluation } from '../src/evaluation/node/evaluation-files.ts';
import { metricInfo, type MetricName, metricNames } from '../src/evaluation/metrics.ts';
import {
  betterMark,
  comparisonAbout,
  intervalText,
  ratioText,
  shownMetrics,
} from '../src/evaluation/table.ts';
import { WasserfarbeError } from '../src/errors.ts';

/** Output of bench/table1.ts. Times are seconds. */
export interface Table1 {
  /** Number of contents, and of styles. */
  readonly pictures: number;
  /** Load average of the machine before the start. */
  readonly load: number;
  readonly machine: string;
  readonly groups: readonly {
    readonly width: 'paper' | 'slim';
    /** Side of content and style, in pixels. */
    readonly size: number;
    readonly rows: readonly Table1Row[];
  }[];
}

export interface Table1Row {
  readonly method: string;
  readonly gflop: number;
  /** The mean over all pairs, style encoded too, as the paper has it. */
  readonly mean: number;
  /** Of the means, to AdaIN in the same rounds. */
  readonly meanRatio: number;
  /** Medians over the pairs of the first style. */
  readonly styleEncoded: number;
  readonly styleCached: number;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const results = `${root}docs/results/`;

/** Files that contain tables. */
export const pages = ['README.md', 'docs/comparison.md', 'docs/ablation.md', 'docs/refining.md'] as const;

/** The metrics of short tables. */
const MAIN_METRICS: readonly MetricName[] = [
  'strokes',
  'newStructure',
  'tones',
  'content',
  'style',
  'swd',
  'cfsd',
  'ssim',
];

/** Table name → its Markdown, made from the files in docs/results/. */
const tables: Readonly<Record<string, () => Promise<string>>> = {
  summary: async () => renderEvaluation(await readEvaluation(`${results}comparison.json`), MAIN_METRICS),
  comparison: async () => renderEvaluation(await readEvaluation(`${results}comparison.json`)),
  campaign: async () => renderEvaluation(await readEvaluation(`${results}campaign.json`)),
  refinements: async () =>
    renderEvaluation(await readEvaluation(`${results}refinements.json`), [
      'strokes',
      'newStructure',
      'tones',
      'content',
      'style',
      'cfsd',
    ]),
  ablation: async () =>
    renderEvaluation(await readEvaluation(`${results}ablation.json`), [...MAIN_METRICS, 'checkerboard']),
  table1: async () => renderTable1(JSON.parse(await readFile(`${results}table1.json`, 'utf8'))),
};

/** The text with every table renewed. */
export async function renewTables(text: string): Promise<string> {
  let renewed = text;
  for (const [whole, name = ''] of text.matchAll(/<!-- table: (\w+) -->\n.*?<!-- end -->/gs)) {
    const table = await tables[name]?.();
    if (table === undefined) throw new WasserfarbeError(`no table is called ${name}`);
    renewed = renewed.replace(whole, () => `<!-- table: ${name} -->\n${table}\n<!-- end -->`);
  }
  return renewed;
}

/**
 * A row for each method and a column for each metric that the document has. Below, the methods are compared
 * with one of them, pair by pair.
 */
export function renderEvaluation(
  document: EvaluationDocument,
  wanted: readonly MetricName[] = metricNames,
): string {
  const metrics = shownMetrics(document).filter((metric) => wanted.includes(metric));
  const heads = metrics.map(
    (metric) => `${metricInfo[metric].label} ${betterMark[metricInfo[metric].better]}`,
  );
  const lines = document.methods.map(({ name }) => {
    const cells = metrics.map((metric) => intervalText(document.summary[name]?.[metric]));
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const { pictures, size, lossNetwork, eye } = document.protocol;
  const strokes = eye === undefined ? '' : `, strokes seen by \`${eye}\``;
  return [
    `| | ${heads.join(' | ')} |`,
    `|---|${metrics.map(() => '---|').join('')}`,
    ...lines,
    '',
    `${pictures}, ${size}; medians with 95 % bootstrap intervals; judged by \`${lossNetwork}\`${strokes}. ${measured(document)}`,
    ...comparisonTable(document, metrics, heads),
  ].join('\n');
}

/** Which weights stand behind the rows: a name outlives the weights that it named. */
function measured({ methods }: EvaluationDocument): string {
  const named = methods.flatMap(({ name, sha256, refined }) =>
    sha256 === undefined || refined !== undefined ? [] : [`${name} ${sha256.slice(0, 8)}`],
  );
  return named.length === 0 ? '' : `Weights by the start of their SHA-256: ${named.join(', ')}.`;
}

function comparisonTable(
  { comparison, methods }: EvaluationDocument,
  metrics: readonly MetricName[],
  heads: readonly string[],
): string[] {
  if (comparison === undefined) return [];
  const { against, ratios } = comparison;
  const others = methods.filter(({ name }) => name !== against);
  const lines = others.map(({ name }) => {
    const cells = metrics.map((metric) => ratioText(ratios[name]?.[metric]));
    return `| ${[`${name} / ${against}`, ...cells].join(' | ')} |`;
  });
  const about = comparisonAbout(against).replace('*', '\\*');
  return [
    '',
    `| | ${heads.join(' | ')} |`,
    `|---|${metrics.map(() => '---|').join('')}`,
    ...lines,
    '',
    `${about.charAt(0).toUpperCase()}${about.slice(1)}.`,
  ];
}

/** The paper's own run times, in seconds per image on one RTX 2080 Ti. */
export const published: Readonly<Record<string, number>> = { AdaIN: 0.038, SANet: 0.078, Wasserfarbe: 0.039 };

export function renderTable1({ pictures, load, machine, groups }: Table1): string {
  const lines = groups.flatMap(({ width, size, rows }) => {
    const adain = rows.find((row) => row.method === 'AdaIN');
    return rows.map((row) => {
      const timed = (of: 'styleEncoded' | 'styleCached') =>
        `${row[of].toPrecision(3)} (${(row[of] / (adain?.[of] ?? Number.NaN)).toFixed(2)})`;
      const own = published[row.method];
      const cells = [
        row.method,
        width,
        `${size}²`,
        row.gflop.toPrecision(3),
        `${row.mean.toPrecision(3)} (${row.meanRatio.toFixed(2)})`,
        timed('styleEncoded'),
        timed('styleCached'),
        width === 'paper' && own !== undefined ? `${own} (${(own / (published.AdaIN ?? 1)).toFixed(2)})` : '',
      ];
      return `| ${cells.join(' | ')} |`;
    });
  });
  return [
    '| method | width | size | GFLOP | mean s, style encoded too (ratio to AdaIN) | median | median, style cached | the paper’s mean, on its GPU |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    `Over ${pictures} contents × ${pictures} styles, in turns after a warm-up; medians, and means of methods without a time of the paper’s, over the ${pictures} contents with one style, beside AdaIN’s in the same rounds; ${machine}; load average ${load} at the start.`,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of pages) {
    const text = await readFile(root + page, 'utf8');
    const renewed = await renewTables(text);
    if (renewed === text) continue;
    await writeFile(root + page, renewed);
    console.log(`${page}: renewed`);
  }
}
