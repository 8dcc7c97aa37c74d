/** The look of a report: a quiet page, light or dark as the reader's system has it; and text as HTML. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element contents and quoted attributes. */
export function escapeHtml(text: string | number): string {
  // Control characters are invalid in HTML even when escaped.
  return `${text}`.replace(/\p{Cc}/gu, ' ').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

export const css = `
:root {
  color-scheme: light dark;
  --paper: #fbf9f5; --card: #ffffff; --ink: #26282b; --quiet: #6d6a65; --rule: #e6e1d8;
  --wash1: #9dc4d855; --wash2: #e7b8a055; --wash3: #c9cf9a4d;
  --c0: #2f6f9f; --c1: #c0633f; --c2: #6f8430; --c3: #8b4f86; --c4: #1f8a83; --c5: #b08a1e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --card: #1d2024; --ink: #e4e2dd; --quiet: #9b978f; --rule: #31353b;
    --wash1: #2f6f9f44; --wash2: #c0633f33; --wash3: #6f843033;
    --c0: #7db8e0; --c1: #e89574; --c2: #b0c468; --c3: #cb93c6; --c4: #63c7bf; --c5: #dcbb5c;
  }
}
.m0 { --own: var(--c0) } .m1 { --own: var(--c1) } .m2 { --own: var(--c2) }
.m3 { --own: var(--c3) } .m4 { --own: var(--c4) } .m5 { --own: var(--c5) }
* { box-sizing: border-box }
body {
  margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
header {
  padding: clamp(2.5rem, 8vw, 5rem) 1.25rem clamp(2rem, 5vw, 3.5rem);
  background:
    radial-gradient(60% 120% at 12% 0%, var(--wash1), transparent 70%),
    radial-gradient(50% 110% at 62% -10%, var(--wash2), transparent 70%),
    radial-gradient(45% 100% at 98% 10%, var(--wash3), transparent 70%);
}
header > div { max-width: 70rem; margin: 0 auto }
main { max-width: 72.5rem; margin: 0 auto; padding: 0 1.25rem 4rem }
h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; font-weight: 500; line-height: 1.15; text-wrap: balance }
h1 { font-size: clamp(2rem, 6vw, 3.25rem); margin: 0 0 .75rem; letter-spacing: -.01em }
h2 { font-size: clamp(1.4rem, 3.5vw, 1.8rem); margin: 3.5rem 0 .4rem }
h3 { font-size: 1rem; font-weight: 600; margin: 0 }
p { max-width: 46rem; margin: .4rem 0 1.25rem }
p, .about, caption, footer, .note { color: var(--quiet) }
header p { font-size: 1.05rem; margin-bottom: 0 }
b.method { color: var(--own); font-weight: 600 }
.scroll { overflow-x: auto; margin: 0 -1.25rem; padding: 0 1.25rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .6rem .9rem .6rem 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--rule); white-space: nowrap }
thead th { color: var(--own, var(--quiet)); font-weight: 600; border-bottom-width: 2px }
tbody th { font-weight: 500 }
td small { display: block; color: var(--quiet); font-size: .78rem; line-height: 1.35 }
td.best, td.apart { font-weight: 650 } td.best small { font-weight: 400 }
th small { color: var(--quiet); font-weight: 400 }
.plots { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); align-items: start }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1.1rem 1.1rem .7rem }
.about { font-size: .84rem; line-height: 1.45; margin: .15rem 0 .8rem; min-height: 2.9em }
svg { display: block; width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif }
svg text { fill: var(--ink) } svg .label { fill: var(--quiet); font-size: 11px }
svg .name, svg .value { paint-order: stroke; stroke: var(--card); stroke-width: 3px }
svg .name { fill: var(--own); font-weight: 600 } svg .value { fill: var(--quiet); font-variant-numeric: tabular-nums }
svg .tick { stroke: var(--rule) }
svg .dot { fill: var(--own); opacity: .45 }
svg .interval { fill: var(--own); opacity: .28 } svg .median { stroke: var(--own); stroke-width: 2.5; stroke-linecap: round }
svg .solid { fill: var(--own) } svg .faint { fill: var(--own); opacity: .3 }
.sheet { display: grid; gap: 6px; min-width: calc(var(--columns) * 6.4rem) }
.sheet > * { min-width: 0 }
.sheet .head { font-size: .82rem; font-weight: 600; color: var(--own, var(--quiet)); overflow-wrap: anywhere; align-self: end; padding-bottom: .15rem }
.sheet figure { margin: 0; position: relative }
.sheet img, .sheet .none { display: block; width: 100%; aspect-ratio: 1; border-radius: 4px; background: var(--rule) }
.sheet .none { display: grid; place-items: center; color: var(--quiet); font-size: .8rem }
.sheet .mark { position: absolute; border: 1.5px solid #fff; box-shadow: 0 0 0 1px #0009; border-radius: 2px }
details { border-top: 1px solid var(--rule); padding: .7rem 0 } details:last-of-type { border-bottom: 1px solid var(--rule) }
summary { cursor: pointer; font-weight: 500 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 1rem 0; font-size: .92rem }
dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
code { font: .86em/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere }
pre { white-space: pre-wrap; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: .9rem 1.1rem }
.hashes { font-size: .8rem; columns: 2 28rem; column-gap: 2rem } .hashes div { break-inside: avoid; margin-bottom: .3rem; overflow-wrap: anywhere } .hashes code { color: var(--quiet) }
footer { margin-top: 3rem; font-size: .85rem }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .7rem } }
@media print { .card { break-inside: avoid } }
`;
