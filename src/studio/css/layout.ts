/** Layout of header, easel and panel, from phones to wide screens. */

export const layout = `
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
.easel { display: grid; grid-template-rows: minmax(0, 1fr) auto; min-height: 0; padding-bottom: 0.4rem; }
.panel { display: grid; align-content: start; gap: 1.35rem; padding: 0 var(--gap) 2rem 0.4rem; overflow-y: auto; scrollbar-width: thin; }
.group { display: grid; gap: 0.75rem; min-width: 0; }
.group-top { display: flex; align-items: center; justify-content: space-between; gap: 0.5rem; margin-bottom: -0.25rem; min-width: 0; }
.group-top .small { flex: none; margin-right: -0.6rem; }
.stage-bar { display: grid; grid-template-columns: 1fr auto 1fr; align-items: center; min-height: 3.25rem; }
.stage-bar .zoom { justify-content: end; }
.status { color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; text-align: center; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.percent { min-width: 3.2rem; text-align: center; color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }

.notice {
  position: fixed;
  z-index: 5;
  inset: auto 22rem 4.25rem 0;
  margin-inline: auto;
  width: fit-content;
  max-width: min(36rem, calc(100% - 2rem));
  display: flex;
  align-items: center;
  gap: 0.5rem;
  padding: 0.35rem 0.35rem 0.35rem 1rem;
  border: 1px solid var(--faint);
  border-radius: var(--round);
  background: var(--raised);
  box-shadow: var(--shadow);
  font-size: 0.875rem;
}
.notice[data-kind='problem'] { border-color: var(--warn); color: var(--warn); }
.notice button { color: var(--ink); }

@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  /* What has the focus must not lie under the easel. */
  html { scroll-padding: calc(56dvh + 1rem) 0 1rem; }
  body { display: block; height: auto; padding-bottom: env(safe-area-inset-bottom); }
  header { padding: 0.35rem 0.75rem; gap: 0; }
  main { display: block; padding: 0; }
  .easel { overflow-x: clip; position: sticky; z-index: 2; top: 0; height: 56dvh; padding: 0 0 0.2rem; background: var(--ground); border-bottom: 1px solid var(--faint); }
  .panel { padding: 1.1rem 1rem 3rem; overflow: visible; }
  .stage-bar { padding: 0 0.5rem; min-height: 2.9rem; }
  .notice { inset: auto 0 1rem; }
  body:not(:has(.stage-bar:not([hidden]))) .easel { height: 68dvh; position: static; border: 0; }
}
@media (max-width: 30rem) {
  .percent { display: none; }
  .stage-bar { grid-template-columns: auto minmax(0, 1fr) auto; }
  .wordmark { font-size: 1.1rem; }
  .menu-anchor .primary span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .menu-anchor .primary { padding: 0; width: 2.5rem; }
  .menu-anchor { margin-left: 0.25rem; }
  header .looks { padding-right: 0; margin-right: 0; border: 0; }
  header .quiet { min-width: 2.25rem; }
  header .quiet.words { padding: 0 0.35rem; }
}
@media (max-width: 27rem) {
  .wordmark span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (min-width: 110rem) {
  main { grid-template-columns: minmax(0, 1fr) 26rem; }
}
`;
