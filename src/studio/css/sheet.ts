/** The studio's style sheet, but for the stage's parts and forced colours. */

import { empty } from './empty.ts';
import { forced } from './forced.ts';
import { stage } from './stage.ts';
import { tools } from './tools.ts';

const dark = `
  color-scheme: dark;
  --ground: #17181a;
  --stage: #0f1011;
  --raised: #232529;
  --ink: #ecebe8;
  --muted: #a9adb3;
  --line: #7f838a;
  --faint: #36393e;
  --accent: #93c9e3;
  --on-accent: #0d222d;
  --tint: #24404f;
  --warn: #f2b880;
  --shadow: 0 1px 2px rgb(0 0 0 / 50%), 0 8px 28px rgb(0 0 0 / 45%);
`;

const base = `
:root {
  color-scheme: light;
  --ground: #f6f5f3;
  --stage: #e9e8e5;
  --raised: #ffffff;
  --ink: #202327;
  --muted: #585c62;
  --line: #84878c;
  --faint: #dcdad6;
  --accent: #1c5674;
  --on-accent: #ffffff;
  --tint: #d5e5ed;
  --warn: #7c3f00;
  --shadow: 0 1px 2px rgb(0 0 0 / 10%), 0 8px 28px rgb(0 0 0 / 14%);
  --gap: clamp(0.75rem, 1.4vw, 1.25rem);
  --round: 0.7rem;
  font: 100%/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC',
    'WenQuanYi Micro Hei', sans-serif;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme='light']) {${dark}} }
:root[data-theme='dark'] {${dark}}

*, ::before, ::after { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

body { background: var(--ground); color: var(--ink); min-height: 100dvh; }
h1, .tagline { font-family: ui-serif, 'Iowan Old Style', Georgia, 'Songti SC', 'Noto Serif CJK SC', serif; font-weight: 500; }
h2 { display: flex; align-items: baseline; gap: 0.6rem; min-width: 0; font-size: 0.875rem; font-weight: 600; }
.aside { color: var(--muted); font-weight: 400; font-size: 0.8125rem; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hint { color: var(--muted); font-size: 0.8125rem; line-height: 1.4; }

button, input { font: inherit; color: inherit; }
button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: 0.5rem;
  min-height: 2.5rem;
  padding: 0 1rem;
  border: 1px solid transparent;
  border-radius: var(--round);
  background: none;
  cursor: pointer;
  font-size: 0.875rem;
  font-weight: 500;
  line-height: 1.25;
  white-space: nowrap;
  transition: background-color 0.15s, border-color 0.15s, opacity 0.15s;
}
button svg { flex: none; width: 1.3rem; height: 1.3rem; fill: none; stroke: currentcolor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
button:disabled { opacity: 0.4; cursor: default; }
button.primary { background: var(--accent); color: var(--on-accent); }
button.primary:hover:enabled { background: color-mix(in oklab, var(--accent) 88%, var(--ink)); }
button.plain { border-color: var(--line); background: var(--raised); }
button.plain:hover:enabled:not([aria-pressed='true']), button.quiet:hover:enabled { background: var(--tint); }
button.plain[aria-pressed='true'] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.quiet { min-width: 2.5rem; padding: 0; }
button.quiet.words { padding: 0 0.6rem; }
button.small { min-height: 2rem; font-size: 0.8125rem; color: var(--accent); gap: 0.3rem; }
button.small svg { width: 1rem; height: 1rem; stroke-width: 2; }
button.wide { flex: 1; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.row { display: flex; flex-wrap: wrap; gap: 0.6rem; }
.actions { display: flex; align-items: center; gap: 0.15rem; }

@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { transition: none !important; animation-duration: 0.01s !important; animation-iteration-count: 1 !important; }
}
`;

const layout = `
body { display: grid; grid-template-rows: auto minmax(0, 1fr); height: 100dvh; }
noscript { padding: 2rem; }

header { display: flex; align-items: center; gap: 0.5rem; padding: 0.6rem var(--gap); }
.wordmark { line-height: 1.2; display: flex; align-items: center; gap: 0.55rem; margin-right: auto; font-size: 1.3rem; letter-spacing: -0.01em; }
.mark { width: 1.7rem; height: 1.7rem; }
.mark .wash-a { fill: #2f7d9c; }
.mark .wash-b { fill: #c8553d; fill-opacity: 0.85; }
.mark .wash-c { fill: #e0a63c; fill-opacity: 0.85; }
header .looks { padding-right: 0.5rem; margin-right: 0.25rem; border-right: 1px solid var(--faint); }
.menu-anchor { margin-left: 0.5rem; anchor-name: --download; }
.menu {
  position: fixed;
  inset: 3.6rem var(--gap) auto auto;
  width: 15rem;
  padding: 0.75rem;
  border: 1px solid var(--faint);
  border-radius: var(--round);
  background: var(--raised);
  color: var(--ink);
  box-shadow: var(--shadow);
}
.menu:popover-open { display: grid; gap: 0.5rem; }
.menu .hint { text-align: center; }

main { display: grid; grid-template-columns: minmax(0, 1fr) 22rem; gap: calc(var(--gap) - 0.4rem); padding: 0 0 0 var(--gap); min-height: 0; }
.easel { display: flex; flex-direction: column; min-height: 0; min-width: 0; padding-bottom: 0.4rem; }
.easel > .stage { flex: 1; }
.panel { display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; gap: 1.35rem; padding: 0 var(--gap) 2rem 0.4rem; overflow-y: auto; scrollbar-width: thin; }
.group { display: grid; gap: 0.75rem; min-width: 0; }
.group-top { display: flex; align-items: center; justify-content: space-between; gap: 0.5rem; margin-bottom: -0.25rem; min-width: 0; }
.group-top .small { flex: none; margin-right: -0.6rem; }
.stage-bar { display: grid; grid-template-columns: 1fr auto 1fr; align-items: center; min-height: 3.25rem; }
.stage-bar .zoom { justify-content: end; }
.finish-bar { display: flex; align-items: center; justify-content: center; gap: 1rem; padding: 0.5rem 0.75rem 0; min-width: 0; }
.finish-bar .slider { flex: 0 1 18rem; min-width: 0; }
.status { color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; text-align: center; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.percent { min-width: 3.2rem; text-align: center; color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }

.notice {
  display: flex;
  align-items: center;
  justify-content: end;
  gap: 0 0.5rem;
  margin-bottom: 0.5rem;
  padding: 0.3rem 0.2rem 0.3rem 1rem;
  border: 1px solid var(--line);
  border-radius: var(--round);
  background: var(--raised);
  font-size: 0.875rem;
}
.notice p { flex: 1 1 14rem; min-width: 0; overflow-wrap: anywhere; }
.notice:has(.act:not([hidden])) { flex-wrap: wrap; }
.notice[data-kind='problem'] { border-color: var(--warn); color: var(--warn); }
.notice button { color: var(--ink); }

@media (pointer: coarse) {
  button, .slider input, .bar span, summary { min-height: 2.75rem; }
  button.quiet { min-width: 2.75rem; }
}
@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  /* The picture stays in sight above the controls, which scroll below it. */
  body { padding-bottom: env(safe-area-inset-bottom); }
  header { padding: 0.35rem 0.75rem; gap: 0; }
  main { grid-template: minmax(0, 56fr) minmax(0, 44fr) / minmax(0, 1fr); gap: 0; padding: 0; }
  .easel { padding: 0 0 0.2rem; border-bottom: 1px solid var(--faint); }
  .panel { padding: 1.1rem 1rem 3rem; }
  .stage-bar { padding: 0 0.5rem; min-height: 2.9rem; }
  .notice { margin: 0.35rem 0.75rem; line-height: 1.35; }
  main:has(.mask-bar:not([hidden])) { grid-template-rows: minmax(0, 68fr) minmax(0, 32fr); }
  .mask-bar button { flex: 1; }
  /* Where the panel comes is known when the session is. */
  main[aria-busy='true'] .panel { visibility: hidden; }
  body:has(.empty:not([hidden])) { display: block; height: auto; }
  body:has(.empty:not([hidden])) main { display: block; }
  .easel:has(.empty:not([hidden])) { border: 0; }
}
@media (max-height: 32rem) and (max-width: 40rem) {
  /* At 400 % there is no room for both at once. */
  body { display: block; height: auto; }
  main { display: block; }
  .easel > .stage { flex: none; height: max(14rem, 80dvh); }
  .easel:has(.empty:not([hidden])) > .stage { height: auto; }
}
@media (max-width: 30rem) {
  .percent { display: none; }
  .stage-bar { grid-template-columns: 1fr auto; }
  .status { order: -1; grid-column: 1 / -1; padding-top: 0.2rem; font-size: 0.75rem; line-height: 1.3; white-space: normal; }
  .wordmark { font-size: 1.1rem; }
  .menu-anchor > .primary span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .menu-anchor > .primary { padding: 0; width: 2.5rem; }
  .menu-anchor { margin-left: 0.25rem; }
  header .looks { padding-right: 0; margin-right: 0; border: 0; }
  header .quiet { min-width: 2.25rem; }
  header .quiet.words { padding: 0 0.35rem; }
}
@media (max-width: 27rem) {
  .wordmark span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (max-width: 22rem) {
  .wordmark .mark { display: none; }
}
@media (min-width: 110rem) {
  main { grid-template-columns: minmax(0, 1fr) 26rem; }
}
`;

const panel = `
.thumbs { display: grid; grid-template-columns: repeat(auto-fill, minmax(4.4rem, 1fr)); gap: 0.5rem; }
.thumb { position: relative; aspect-ratio: 1; min-height: 0; padding: 0; border: 0; border-radius: 0.6rem; overflow: visible; background: var(--faint); }
.thumb img { display: block; width: 100%; height: 100%; object-fit: cover; border-radius: inherit; }
.thumb::after { content: ''; position: absolute; inset: -3px; border: 2.5px solid transparent; border-radius: 0.75rem; transition: border-color 0.15s; pointer-events: none; }
.thumb:hover::after { border-color: var(--line); }
.thumb.mixed::after { border-color: var(--line); border-style: dotted; }
.thumb[aria-pressed='true']::after { border-color: var(--accent); border-style: solid; }
.thumb:focus-visible { outline-offset: 5px; }
.thumb.add, .slot.add { border: 1.5px dashed var(--line); background: none; color: var(--muted); }
.thumb.add:hover, .slot.add:hover { background: var(--tint); }
.thumb.add::after { content: none; }

.slots { display: flex; gap: 0.6rem; }
.slot-box { position: relative; }
.slot { position: relative; width: 4rem; height: 4rem; min-height: 0; padding: 0; border-radius: 0.6rem; }
.slot img { width: 100%; height: 100%; object-fit: cover; border-radius: 0.6rem; }
.slot[aria-pressed='true'] { box-shadow: 0 0 0 2px var(--ground), 0 0 0 4.5px var(--accent); }
.slot .share { position: absolute; inset: auto 0.25rem 0.25rem auto; padding: 0 0.35rem; border-radius: 0.4rem; background: rgb(15 17 20 / 80%); color: #ffffff; font-size: 0.6875rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.remove { position: absolute; inset: -0.6rem -0.6rem auto auto; width: 1.5rem; height: 1.5rem; min-height: 0; padding: 0; border: 1px solid var(--line); border-radius: 50%; background: var(--raised); }
@media (pointer: coarse) { .remove { width: 2rem; height: 2rem; min-height: 0; } .pad-point { width: 2.75rem; height: 2.75rem; } }
.remove svg { width: 0.8rem; height: 0.8rem; stroke-width: 2.4; }

.pad { position: relative; width: 100%; touch-action: none; cursor: crosshair; }
.pad[data-count='3'] { max-width: 15rem; margin-inline: auto; padding: 1.5rem; }
.pad[data-count='2'] { padding: 1.5rem 1.4rem; }
.pad-area { position: relative; }
.pad[data-count='3'] .pad-area { aspect-ratio: 1 / 0.866; }
.pad[data-count='3'] .pad-area::before { content: ''; position: absolute; inset: 0; background: var(--tint); clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.pad[data-count='2'] .pad-area { height: 0.4rem; border-radius: 1rem; background: var(--tint); }
.pad-corner { position: absolute; width: 2.6rem; height: 2.6rem; border: 2px solid var(--raised); border-radius: 50%; object-fit: cover; translate: -50% -50%; box-shadow: 0 0 0 1px var(--line); pointer-events: none; }
.pad-point { position: absolute; width: 1.5rem; height: 1.5rem; border: 3px solid var(--raised); border-radius: 50%; background: var(--accent); translate: -50% -50%; box-shadow: 0 0 0 1px var(--line), 0 2px 6px rgb(0 0 0 / 35%); cursor: grab; }
.pad-point:focus-visible { outline-offset: 3px; }

.field { min-width: 0; padding: 0; border: 0; font-size: 0.875rem; }
.slider { display: grid; grid-template-columns: 1fr auto; gap: 0.15rem 1rem; }
.slider label, .choice legend { font-weight: 600; }
.slider output { color: var(--muted); font-variant-numeric: tabular-nums; }
.slider input { grid-column: 1 / -1; appearance: none; width: 100%; height: 1.75rem; margin: 0; background: none; cursor: pointer; border-radius: 1rem; }
.slider input::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--accent) calc(100% * var(--part)), var(--line) calc(100% * var(--part))); }
.slider input::-moz-range-track { height: 4px; border-radius: 2px; background: var(--line); }
.slider input::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--accent); }
.slider input::-webkit-slider-thumb { appearance: none; width: 1.25rem; height: 1.25rem; margin-top: -8px; border: 2px solid var(--raised); border-radius: 50%; background: var(--accent); box-shadow: 0 0 0 1px var(--accent), 0 1px 3px rgb(0 0 0 / 25%); }
.slider input::-moz-range-thumb { width: 1rem; height: 1rem; border: 2px solid var(--raised); border-radius: 50%; background: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.slider input:disabled { cursor: default; opacity: 0.45; }
.slider .hint, .ends { grid-column: 1 / -1; }
.ends { display: flex; justify-content: space-between; margin: -0.3rem 0 0.2rem; color: var(--muted); font-size: 0.8125rem; line-height: 1.3; }

.fold { border-top: 1px solid var(--faint); }
.fold + .fold { margin-top: -1.35rem; }
.fold > .group { padding: 0.4rem 0 1.2rem; }
.fold .bar { margin: 0; }
summary { display: flex; align-items: center; justify-content: space-between; min-height: 2.75rem; list-style: none; cursor: pointer; border-radius: 0.4rem; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ''; width: 0.5rem; height: 0.5rem; margin-right: 0.35rem; border: solid currentcolor; border-width: 0 2px 2px 0; rotate: 45deg; translate: 0 -0.15rem; }
.fold[open] > summary::after { rotate: 225deg; translate: 0 0.15rem; }
summary:hover { color: var(--accent); }

.choice legend { padding: 0; margin-bottom: 0.4rem; }
.bar { display: flex; padding: 3px; border-radius: var(--round); background: var(--faint); }
.bar label { position: relative; flex: 1 1 auto; cursor: pointer; }
.bar input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.bar span { display: grid; place-items: center; min-height: 2rem; padding: 0 0.35rem; border-radius: 0.5rem; white-space: nowrap; font-size: 0.8125rem; transition: background-color 0.15s; }
.bar input:hover + span { background: color-mix(in srgb, var(--raised) 45%, transparent); }
.bar input:checked + span { background: var(--raised); font-weight: 600; box-shadow: 0 0 0 1px var(--line); }
.bar input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; }
.choice .hint { margin-top: 0.45rem; }

@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  .thumbs { display: flex; overflow-x: auto; margin-inline: -1rem; padding: 0.4rem 1rem; gap: 0.65rem; scrollbar-width: none; scroll-snap-type: x proximity; }
  .thumbs > * { flex: 0 0 4.75rem; scroll-snap-align: center; }
}
`;

export const css = base + layout + stage + empty + panel + tools + forced;
