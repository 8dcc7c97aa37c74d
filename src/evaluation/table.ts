/** The numbers of an evaluation as text: metrics down, methods across. */

import type { Ratio } from './comparison.ts';
import type { EvaluationDocument } from './document.ts';
import { metricInfo, type MetricName, metricNames } from './metrics.ts';
import type { Interval } from './statistics.ts';

export const betterMark = { lower: '↓', higher: '↑', one: '→ 1' } as const;

/** Medians with their intervals, run time, and the protocol in a few lines. */
export function textTable(document: EvaluationDocument): string {
  const { methods, protocol, environment } = document;
  const rows = [
    ['', ...methods.map(({ name }) => name)],
    ...shownMetrics(document).map((metric) => [
      `${metricInfo[metric].label} ${betterMark[metricInfo[metric].better]}`,
      ...methods.map(({ name }) => intervalText(document.summary[name]?.[metric])),
    ]),
  ];
  if (methods.some(({ timing }) => timing !== undefined)) {
    const time = (label: string, key: 'styleCached' | 'styleEncoded') => [
      label,
      ...methods.map(({ timing }) => (timing === undefined ? '–' : timeText(timing[key], methods, key))),
    ];
    rows.push(time('Time, style cached', 'styleCached'), time('Time, style encoded', 'styleEncoded'));
  }
  return [
    ...aligned(rows),
    '',
    ...comparisonLines(document),
    `medians, 95 % bootstrap intervals; ${judgesText(protocol)}; ${protocol.pictures}, ${protocol.size}`,
    `device ${environment.device}, ${environment.threads} threads, ${environment.cpu}`,
  ].join('\n');
}

/** The networks that the numbers were measured with. */
function judgesText({ lossNetwork, eye }: EvaluationDocument['protocol']): string {
  const strokes = eye === undefined || eye === lossNetwork ? [] : [`strokes seen by ${eye}`];
  return [...(lossNetwork === undefined ? [] : [`judged by ${lossNetwork}`]), ...strokes].join('; ');
}

/** The other methods compared with the reference, pair by pair. */
function comparisonLines(document: EvaluationDocument): string[] {
  const { comparison, methods } = document;
  if (comparison === undefined) return [];
  const { against, ratios } = comparison;
  const others = methods.filter(({ name }) => name !== against);
  const rows = comparedMetrics(document).map((metric) => [
    `${metricInfo[metric].label} ${betterMark[metricInfo[metric].better]}`,
    ...others.map(({ name }) => ratioText(ratios[name]?.[metric])),
  ]);
  return [...aligned([['', ...others.map(({ name }) => name)], ...rows]), '', comparisonAbout(against), ''];
}

/** Explanation of the ratios. */
export function comparisonAbout(against: string): string {
  return `multiples of ${against}, pair by pair: geometric means, 95 % bootstrap intervals, in how many pairs the value is higher; ${DIFFERENCE_MARK} where pairs have values of 0 or less: 1 + median difference over the median of ${against}`;
}

/** Marks ratios that are not geometric means. */
const DIFFERENCE_MARK = '*';

/** The metrics that have a ratio. */
export function comparedMetrics({ comparison }: EvaluationDocument): readonly MetricName[] {
  const all = Object.values(comparison?.ratios ?? {});
  return metricNames.filter((metric) => all.some((own) => own[metric] !== undefined));
}

export function ratioText(ratio: Ratio | undefined): string {
  if (ratio === undefined) return '–';
  const { low, high, pairs, higher, by } = ratio;
  const mark = by === 'median difference' ? DIFFERENCE_MARK : '';
  return `${numberText(ratio.ratio)}${mark} [${numberText(low)}–${numberText(high)}] ${higher}/${pairs}`;
}

/** The metrics that at least one method has. */
export function shownMetrics({ summary }: EvaluationDocument): readonly MetricName[] {
  return metricNames.filter((metric) => Object.values(summary).some((own) => own[metric] !== undefined));
}

/** Rounded to three digits. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4) return value.toExponential(1).replace('-', '−');
  return value.toFixed(Math.max(0, Math.min(6, 2 - magnitude)));
}

export function intervalText(interval: Interval | undefined): string {
  if (interval === undefined) return '–';
  return `${numberText(interval.median)} [${numberText(interval.low)}–${numberText(interval.high)}]`;
}

/** Milliseconds, and the ratio to the fastest. */
function timeText(
  seconds: number,
  methods: EvaluationDocument['methods'],
  key: 'styleCached' | 'styleEncoded',
): string {
  const fastest = Math.min(...methods.flatMap(({ timing }) => (timing === undefined ? [] : [timing[key]])));
  const ratio = seconds === fastest ? '' : ` (${(seconds / fastest).toFixed(2)}×)`;
  return `${(seconds * 1000).toFixed(0)} ms${ratio}`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)));
  const pad = (text: string, width: number) => text + ' '.repeat(width - [...text].length);
  return rows.map((row) =>
    row
      .map((text, i) => pad(text, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
