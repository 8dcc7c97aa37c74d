/** Colours, type, buttons. Greys around the pictures are neutral: coloured ones would change their look. */

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

export const base = `
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
