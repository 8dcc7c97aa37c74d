/** The plots of a report as inline SVG: methods on one scale, each with interval and styles, and run time. */

import type { EvaluationDocument } from '../document.ts';
import { escapeHtml } from './report-css.ts';
import type { MetricName } from '../metrics.ts';
import { styleMedians } from '../statistics.ts';
import { numberText } from '../table.ts';

const WIDTH = 380;
const LEFT = 12;
const ROW = 46;
const TICKS = 5;

/** CSS class of a method's colour. */
export function hue(index: number): string {
  return `m${index % 6}`;
}

/**
 * One metric. Each method has a dot per style (median of its pairs), the 95 % interval of the median over
 * pairs as a bar, and the median as a line. The scale covers all of them.
 */
export function metricPlot(document: EvaluationDocument, metric: MetricName): string {
  const rows = document.methods.flatMap(({ name }, index) => {
    const interval = document.summary[name]?.[metric];
    if (interval === undefined) return [];
    const own = document.results.filter(({ method }) => method === name);
    return [{ name, index, interval, styles: [...styleMedians(own, metric)] }];
  });
  const values = rows.flatMap(({ interval, styles }) => [
    interval.low,
    interval.high,
    ...styles.map(([, value]) => value),
  ]);
  const scale = niceScale(Math.min(...values), Math.max(...values));
  const x = (value: number) => LEFT + ((value - scale.low) / (scale.high - scale.low)) * (WIDTH - 2 * LEFT);
  const height = rows.length * ROW + 26;
  const lines = rows.map(({ name, index, interval, styles }, i) => {
    const top = i * ROW;
    const y = top + 31;
    const dots = styles.map(([style, value], k) => {
      // Scatters dots up and down, always alike, so that equal values can be told apart.
      const offset = (((k * 7) % 11) - 5) * 1.3;
      const title = `<title>${escapeHtml(style)}: ${numberText(value)}</title>`;
      return `<circle class="dot" cx="${f(x(value))}" cy="${f(y + offset)}" r="2.6">${title}</circle>`;
    });
    const [low, high, median] = [x(interval.low), x(interval.high), x(interval.median)];
    return `<g class="${hue(index)}"><text x="${LEFT}" y="${top + 15}" class="name">${escapeHtml(name)}</text>
<text x="${WIDTH - LEFT}" y="${top + 15}" class="value" text-anchor="end">${numberText(interval.median)}</text>
${dots.join('')}
<rect class="interval" x="${f(low)}" y="${y - 8}" width="${f(Math.max(2, high - low))}" height="16" rx="2"/>
<line class="median" x1="${f(median)}" x2="${f(median)}" y1="${y - 11}" y2="${y + 11}"/></g>`;
  });
  const ticks = scale.ticks.map((tick) => {
    const at = f(x(tick));
    return `<line class="tick" x1="${at}" x2="${at}" y1="20" y2="${height - 18}"/><text class="label" x="${at}" y="${height - 4}" text-anchor="middle">${numberLabel(tick, scale.step)}</text>`;
  });
  return svg(height, ticks.join('') + lines.join(''));
}

/** Seconds per picture as bars: with the style cached, and the style's encoding on top. */
export function timePlot(document: EvaluationDocument): string {
  const rows = document.methods.flatMap(({ name, timing }, index) =>
    timing === undefined ? [] : [{ name, index, timing }],
  );
  const longest = Math.max(...rows.map(({ timing }) => Math.max(timing.styleEncoded, timing.styleCached)));
  const length = (seconds: number) => (seconds / longest) * (WIDTH - 2 * LEFT);
  const bars = rows.map(({ name, index, timing }, i) => {
    const top = i * ROW;
    const [cached, encoded] = [length(timing.styleCached), length(timing.styleEncoded)];
    const ms = (seconds: number) => `${(seconds * 1000).toFixed(0)}`;
    return `<g class="${hue(index)}"><text x="${LEFT}" y="${top + 15}" class="name">${escapeHtml(name)}</text>
<text x="${WIDTH - LEFT}" y="${top + 15}" class="value" text-anchor="end">${ms(timing.styleCached)} / ${ms(timing.styleEncoded)} ms</text>
<rect class="faint" x="${LEFT}" y="${top + 24}" width="${f(encoded)}" height="12" rx="2"/>
<rect class="solid" x="${LEFT}" y="${top + 24}" width="${f(cached)}" height="12" rx="2"/></g>`;
  });
  return svg(rows.length * ROW, bars.join(''));
}

function svg(height: number, inside: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${inside}</svg>`;
}

/** Ticks at 1, 2 or 5 times a power of ten, and bounds with a small margin around the values. */
function niceScale(low: number, high: number) {
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / TICKS));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => span / s <= TICKS) ?? 10 * power;
  const air = 0.03 * span;
  const ticks: number[] = [];
  for (let k = Math.ceil((low - air) / step); k * step <= high + air; k++) ticks.push(k * step);
  return { low: low - air, high: high + air, ticks, step };
}

function numberLabel(value: number, step: number): string {
  return value.toFixed(Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))));
}

/** Coordinates to a tenth. */
function f(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}
