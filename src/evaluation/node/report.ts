/** `report.html`: an evaluation as one self-contained page. Node only. */

import type { EvaluatedMethod, EvaluationDocument } from '../document.ts';
import { css, escapeHtml } from './report-css.ts';
import { metricInfo, type MetricName } from '../metrics.ts';
import { contactSheetHtml, detailsHtml, type PaintedRow } from './report-pictures.ts';
import { hue, metricPlot, timePlot } from './report-plots.ts';
import type { Interval } from '../statistics.ts';
import {
  betterMark,
  comparedMetrics,
  comparisonAbout,
  numberText,
  ratioText,
  shownMetrics,
} from '../table.ts';

const paintedMetrics: readonly MetricName[] = ['strokes', 'newStructure', 'tones'];
const artefactMetrics: readonly MetricName[] = ['border', 'checkerboard', 'grid', 'clipped', 'outside'];

/** The whole page. `rows` are the pictures that it shows, with the document's methods in their order. */
export async function htmlReport(document: EvaluationDocument, rows: readonly PaintedRow[]): Promise<string> {
  const { methods, protocol, environment } = document;
  const names = methods.map(({ name }) => name);
  const metrics = shownMetrics(document);
  const among = (list: readonly MetricName[]) => metrics.filter((metric) => list.includes(metric));
  const [painted, artefacts] = [among(paintedMetrics), among(artefactMetrics)];
  const near = metrics.filter((metric) => !painted.includes(metric) && !artefacts.includes(metric));
  const title = names.length === 1 ? `An evaluation of ${names[0]}` : `${listText(names)}, side by side`;
  const timed = methods.some(({ timing }) => timing !== undefined);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${css}</style>
</head>
<body>
<header><div>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(protocol.pictures ?? '')} at ${escapeHtml(protocol.size ?? '')}. ${judgesHtml(protocol)}, ${escapeHtml(document.created)}.</p>
</div></header>
<main>
${section('Pictures', 'Each row a content and a style; the same two for every method.', rows.length > 0 && (await contactSheetHtml(rows, names)))}
${section('Details', 'The same part of the content and of each painting, enlarged.', rows.length > 0 && (await detailsHtml(rows, names)))}
${section('Numbers', `Medians over all pairs, with the 95 % bootstrap interval and, below, the range from the 10th to the 90th percentile of styles. They compare only with numbers of the same networks and protocol. The best median of a row is bold where its interval meets no other’s.`, numbersTable(document, metrics))}
${section('Pair by pair', comparisonText(document), document.comparison !== undefined && ratiosTable(document))}
${section('Painted or tinted', `Whether there are strokes, forms and colours of the style, beside a photograph that is only recoloured. To be read beside CFSD, and with the eyes. ${DOTS}`, painted.length > 0 && plots(document, painted))}
${section('How near to content and style', DOTS, near.length > 0 && plots(document, near))}
${section('Artefacts', 'What losses overlook. Ratios are over the content’s own value: 1 is none added.', artefacts.length > 0 && plots(document, artefacts))}
${section('Run time', `Seconds are medians of turns taken by all methods in one run, reading and writing files left out: full colour with the style encoded before, pale with its encoding. Device ${escapeHtml(environment.device)}, ${environment.threads} threads, ${escapeHtml(environment.cpu)}.`, timed && timing(document))}
${section('Protocol', 'What the numbers mean, and how to get them again.', protocolHtml(document))}
<footer>Made by wasserfarbe ${escapeHtml(environment.wasserfarbe)}, onnxruntime ${escapeHtml(environment.onnxruntime)}, Node ${escapeHtml(environment.node)}.</footer>
</main>
</body>
</html>
`;
}

const DOTS =
  'Every dot is a style, the median of its pairs; the bar is the interval of the median over all pairs.';

/** The networks that the numbers were measured with. */
function judgesHtml({ lossNetwork, eye }: EvaluationDocument['protocol']): string {
  const bold = (name: string | number) => `<b>${escapeHtml(name)}</b>`;
  const judge = lossNetwork === undefined ? '' : `Judged by ${bold(lossNetwork)}`;
  if (eye === undefined || eye === lossNetwork) return judge;
  return judge === '' ? `Strokes seen by ${bold(eye)}` : `${judge}, strokes seen by ${bold(eye)}`;
}

function comparisonText({ comparison }: EvaluationDocument): string {
  const text = comparisonAbout(comparison?.against ?? '');
  return `${escapeHtml(text.charAt(0).toUpperCase() + text.slice(1))}. Bold where the interval leaves out 1.`;
}

function ratiosTable(document: EvaluationDocument): string {
  const { methods, comparison } = document;
  const others = methods
    .map(({ name }, i) => ({ name, i }))
    .filter(({ name }) => name !== comparison?.against);
  const heads = others.map(({ name, i }) => `<th class="${hue(i)}" scope="col">${escapeHtml(name)}</th>`);
  const lines = comparedMetrics(document).map((metric) => {
    const cells = others.map(({ name }) => {
      const ratio = comparison?.ratios[name]?.[metric];
      const apart = ratio !== undefined && (ratio.low > 1 || ratio.high < 1);
      return `<td${apart ? ' class="apart"' : ''}>${ratioText(ratio)}</td>`;
    });
    return `<tr>${metricHead(metric)}${cells.join('')}</tr>`;
  });
  return table(heads, lines);
}

function metricHead(metric: MetricName): string {
  const { label, better } = metricInfo[metric];
  return `<th scope="row">${label} <small>${betterMark[better]}</small></th>`;
}

function table(heads: readonly string[], lines: readonly string[]): string {
  return `<div class="scroll"><table><thead><tr><th></th>${heads.join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

/** `about` and `inside` are HTML. An empty section gives no text. */
function section(title: string, about: string, inside: string | false): string {
  return inside === false ? '' : `<section>\n<h2>${title}</h2>\n<p>${about}</p>\n${inside}\n</section>`;
}

function listText(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function numbersTable(document: EvaluationDocument, metrics: readonly MetricName[]): string {
  const { methods, summary } = document;
  const heads = methods.map(({ name }, i) => `<th class="${hue(i)}" scope="col">${escapeHtml(name)}</th>`);
  const lines = metrics.map((metric) => {
    const { better } = metricInfo[metric];
    const own = methods.map(({ name }) => summary[name]?.[metric]);
    const best = bestOf(own, better);
    const cells = own.map((interval, i) => numberCell(interval, i === best));
    return `<tr>${metricHead(metric)}${cells.join('')}</tr>`;
  });
  return table(heads, lines);
}

function numberCell(interval: Interval | undefined, best: boolean): string {
  if (interval === undefined) return '<td>–</td>';
  const { median, low, high, styleLow, styleHigh } = interval;
  const t = numberText;
  return `<td${best ? ' class="best"' : ''}>${t(median)}<small>${t(low)} – ${t(high)}<br>styles ${t(styleLow)} – ${t(styleHigh)}</small></td>`;
}

/** Index of the method whose interval lies apart from all others on the better side, or −1. */
function bestOf(intervals: readonly (Interval | undefined)[], better: 'lower' | 'higher' | 'one'): number {
  const costs = intervals.map((interval) => {
    if (interval === undefined) return undefined;
    const cost = (value: number) => {
      if (better === 'one') return Math.abs(Math.log(value));
      return better === 'lower' ? value : -value;
    };
    const { low, high } = interval;
    const inside = better === 'one' && low <= 1 && high >= 1;
    const ends = [cost(low), cost(high)];
    return { low: inside ? 0 : Math.min(...ends), high: Math.max(...ends) };
  });
  if (costs.filter((cost) => cost !== undefined).length < 2) return -1;
  return costs.findIndex(
    (own, i) =>
      own !== undefined && costs.every((other, j) => i === j || other === undefined || own.high < other.low),
  );
}

function plots(document: EvaluationDocument, metrics: readonly MetricName[]): string {
  const cards = metrics.map((metric) => {
    const { label, better, about } = metricInfo[metric];
    return `<div class="card"><h3>${label} ${betterMark[better]}</h3><p class="about">${about}</p>${metricPlot(document, metric)}</div>`;
  });
  return `<div class="plots">${cards.join('\n')}</div>`;
}

function timing(document: EvaluationDocument): string {
  const rows = document.methods.flatMap(({ name, timing: own }, i) =>
    own === undefined ? [] : [{ name, i, own }],
  );
  const fastest = (key: 'styleCached' | 'styleEncoded') => Math.min(...rows.map(({ own }) => own[key]));
  const value = (own: (typeof rows)[number]['own'], key: 'styleCached' | 'styleEncoded') =>
    `<td>${(own[key] * 1000).toFixed(0)} ms<small>${(own[key] / fastest(key)).toFixed(2)} × the fastest</small></td>`;
  const lines = rows.map(
    ({ name, i, own }) =>
      `<tr><th scope="row"><b class="method ${hue(i)}">${escapeHtml(name)}</b></th>${value(own, 'styleCached')}${value(own, 'styleEncoded')}</tr>`,
  );
  return `<div class="plots"><div class="card">${timePlot(document)}</div><div class="scroll"><table><thead><tr><th></th><th scope="col">style cached</th><th scope="col">style encoded</th></tr></thead><tbody>${lines.join('')}</tbody></table></div></div>`;
}

function protocolHtml(document: EvaluationDocument): string {
  const { protocol, methods, contents, styles, command } = document;
  const term = (name: string, text: string) => `<dt>${escapeHtml(name)}</dt><dd>${text}</dd>`;
  const terms = Object.entries(protocol).map(([name, value]) =>
    term(name, name.endsWith('Sha256') ? `<code>${escapeHtml(value)}</code>` : escapeHtml(value)),
  );
  const hashes = (files: readonly { file: string; sha256: string }[]) =>
    `<div class="hashes">${files.map(({ file, sha256 }) => `<div>${escapeHtml(file)}<br><code>${sha256}</code></div>`).join('')}</div>`;
  return `<pre><code>${escapeHtml(command)}</code></pre>
<details open><summary>Definitions</summary><dl>${terms.join('')}</dl></details>
<details open><summary>Methods</summary><dl>${methods.map((method, i) => term(method.name, methodText(method, i))).join('')}</dl></details>
<details><summary>${contents.length} contents, SHA-256</summary>${hashes(contents)}</details>
<details><summary>${styles.length} styles, SHA-256</summary>${hashes(styles)}</details>`;
}

function methodText(method: EvaluatedMethod, index: number): string {
  if (method.kind === 'pictures') return 'pictures made by another program';
  const { model, method: family, parameters, refined, sha256 } = method;
  const words = [
    `model ${model}`,
    ...(family === undefined ? [] : [`method ${family}`]),
    ...(refined === undefined
      ? []
      : [`refined from ${refined.from} by ${refined.method}, ${refined.steps} steps a level`]),
    ...(parameters === undefined ? [] : [`${parameters.toLocaleString('en')} parameters`]),
  ];
  return `<span class="${hue(index)}">${escapeHtml(words.join(', '))}</span><br><code>${escapeHtml(sha256 ?? '')}</code>`;
}
