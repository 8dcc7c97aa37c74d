/** The numbers of an evaluation for other programs: Markdown for a page, CSV for a spreadsheet. */

import type { EvaluationDocument } from './document.ts';
import { metricInfo } from './metrics.ts';
import { betterMark, intervalText, shownMetrics, textTable } from './table.ts';

/** Names of the forms in which `evaluate` prints its numbers. */
export const tableFormats = ['text', 'markdown', 'csv'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** The numbers of an evaluation in one of the forms. */
export function formatTable(document: EvaluationDocument, format: TableFormat): string {
  const table = { text: textTable, markdown: markdownTable, csv: csvTable }[format];
  return table(document);
}

/** A row for each method: medians with their intervals, and the time of a picture. */
function markdownTable(document: EvaluationDocument): string {
  const { methods, summary, protocol } = document;
  const metrics = shownMetrics(document);
  const timed = methods.some(({ timing }) => timing !== undefined);
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const heads = metrics.map(
    (metric) => `${metricInfo[metric].label} ${betterMark[metricInfo[metric].better]}`,
  );
  const columns = ['', ...heads, ...(timed ? ['Time, style cached ↓'] : [])];
  return [
    row(columns),
    `|${'---|'.repeat(columns.length)}`,
    ...methods.map(({ name, timing }) =>
      row([
        name,
        ...metrics.map((metric) => intervalText(summary[name]?.[metric])),
        ...(timed ? [timing === undefined ? '–' : `${Math.round(1000 * timing.styleCached)} ms`] : []),
      ]),
    ),
    '',
    `Medians with 95 % bootstrap intervals; ${protocol.pictures}, ${protocol.size}.`,
  ].join('\n');
}

/** A line for each number: method, measure, median, low, high, unrounded. Times are in seconds. */
function csvTable(document: EvaluationDocument): string {
  const { methods, summary } = document;
  const lines = methods.flatMap(({ name, timing }) => [
    ...shownMetrics(document).flatMap((metric) => {
      const found = summary[name]?.[metric];
      return found === undefined ? [] : [[name, metric, found.median, found.low, found.high]];
    }),
    ...(timing === undefined
      ? []
      : [
          [name, 'secondsStyleCached', timing.styleCached, '', ''],
          [name, 'secondsStyleEncoded', timing.styleEncoded, '', ''],
        ]),
  ]);
  return [['method', 'measure', 'median', 'low', 'high'], ...lines]
    .map((line) => line.map(field).join(','))
    .join('\n');
}

/** As RFC 4180 says. */
function field(value: string | number): string {
  const text = `${value}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
