/** A study's report as a text table. */

import type { Mean, StudyReport } from './report.ts';

export function reportText(report: StudyReport): string {
  const { raters, interval, agreement, paper } = report;
  const people = raters.finished + raters.unfinished;
  const rows = [
    ['method', 'content kept', 'style strength', 'both', 'ratings'],
    ...report.methods.map(({ method, content, style, both, ratings }) => [
      method,
      range(content),
      range(style),
      range(both),
      `${ratings}`,
    ]),
  ];
  return [
    `${count(report.ratings, 'rating')} of ${count(report.items, 'picture')} (${count(report.pairs, 'pair')}) by ` +
      `${count(people, 'rater')}, ${raters.unfinished} of them unfinished; ${report.revisions} changed later`,
    '',
    ...table(rows),
    '',
    `From 0 to 1: mean and 95 % interval, ${interval.draws} bootstrap draws over ${interval.resampled}, seed ${interval.seed}.`,
    ...(interval.resampled === 'raters' && people < 10
      ? [`With ${people} raters the intervals are rough, and as a rule too narrow.`]
      : []),
    ...(interval.resampled === 'pairs'
      ? ['One rater only: the intervals are about other pictures, not about other people.']
      : []),
    `Agreement (Krippendorff's alpha, interval): content ${alpha(agreement.content)}, style ${alpha(agreement.style)}.`,
    '',
    `The paper's own figures (${paper.raters} raters, ${paper.pictures}, other pictures and people than here):`,
    ...table(Object.entries(paper.both).map(([method, mean]) => [`  ${method}`, mean.toFixed(2)])),
  ].join('\n');
}

function range({ mean, low, high }: Mean): string {
  return `${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function alpha(value: number | null): string {
  return value === null ? 'not defined (it needs two raters, and ratings that differ)' : value.toFixed(2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
