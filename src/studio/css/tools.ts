/** What is over the page for a while: the menu that saves, the dialog of own paintings; and full screen. */

export const tools = `
.save-menu { max-height: calc(100dvh - 4.5rem); overflow-y: auto; }
.save-menu .styles { display: grid; justify-items: start; padding-top: 0.5rem; border-top: 1px solid var(--faint); }
.save-menu .styles button { max-width: 100%; min-height: 2.25rem; white-space: normal; text-align: start; }
.save-menu .row { gap: 0.5rem; }
.notice .act { flex: none; text-decoration: underline; }

.stage > .actions { position: absolute; inset: 0.6rem 0.6rem auto auto; gap: 0.3rem; }
.stage:has(canvas[hidden]) > .actions { display: none; }
.stage > .actions button { background: color-mix(in srgb, var(--raised) 88%, transparent); }
.stage > .actions button:hover:enabled { background: var(--tint); }

@media (max-width: 22rem) {
  /* A message leaves little height, of which the line between before and after needs the middle. */
  .stage > .actions { inset: 0.25rem 0.25rem auto auto; }
  .stage > .actions button { min-width: 2rem; min-height: 2rem; }
  .stage > .sign { inset: 0.25rem 4.9rem auto auto; min-height: 2rem; }
}

.thumb-box { position: relative; display: grid; }
.more { position: absolute; inset: 0.2rem 0.2rem auto auto; min-height: 1.6rem; border-radius: 0.5rem; background: color-mix(in srgb, var(--raised) 90%, transparent); }
button.more.quiet, button.more { min-width: 1.6rem; padding: 0; }
.more svg { width: 1.1rem; height: 1.1rem; stroke-width: 2.6; }

.painting-dialog { margin: auto; width: min(22rem, calc(100vw - 2rem)); padding: 1.25rem; border: 1px solid var(--faint); border-radius: var(--round); background: var(--raised); color: var(--ink); box-shadow: var(--shadow); }
.painting-dialog::backdrop { background: rgb(15 17 20 / 45%); }
.painting-dialog form { display: grid; gap: 0.5rem; }
.painting-dialog label { font-size: 0.875rem; font-weight: 600; }
.painting-dialog input { min-height: 2.5rem; padding: 0 0.7rem; border: 1px solid var(--line); border-radius: var(--round); background: var(--ground); }
.painting-dialog .row { justify-content: space-between; margin-top: 0.5rem; }

:root:fullscreen :is(header, .panel) { display: none; }
:root:fullscreen main { grid-template-columns: minmax(0, 1fr); padding: 0 var(--gap); }
:root:fullscreen body { grid-template-rows: minmax(0, 1fr); }
:root:fullscreen .easel { padding-top: 0.4rem; }
@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  :root:fullscreen main { padding: 0; }
  :root:fullscreen .easel { height: 100dvh; }
}
`;
