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
  .stage > .sign { inset: 0.25rem 7.2rem auto auto; min-height: 2rem; }
}

.thumb-box { position: relative; display: grid; }
.more { position: absolute; inset: 0.2rem 0.2rem auto auto; min-height: 1.6rem; border-radius: 0.5rem; background: color-mix(in srgb, var(--raised) 90%, transparent); }
button.more.quiet, button.more { min-width: 1.6rem; padding: 0; }
.more svg { width: 1.1rem; height: 1.1rem; stroke-width: 2.6; }

.dialog { margin: auto; width: min(22rem, calc(100vw - 2rem)); padding: 1.25rem; border: 1px solid var(--faint); border-radius: var(--round); background: var(--raised); color: var(--ink); box-shadow: var(--shadow); }
.dialog::backdrop { background: rgb(15 17 20 / 45%); }
.dialog h2 { font-size: 1.05rem; margin-bottom: 0.5rem; }
.dialog h3 { margin: 0.9rem 0 0.3rem; font-size: 0.8125rem; font-weight: 600; color: var(--muted); }
.dialog .end { justify-content: end; margin-top: 1rem; }
.dialog .end .first { margin-right: auto; }
.keyboard-help { width: min(30rem, calc(100vw - 2rem)); }
.keyboard-help dl { display: grid; grid-template-columns: auto 1fr; gap: 0.35rem 1rem; align-items: center; font-size: 0.875rem; }
.keyboard-help dt { display: flex; flex-wrap: wrap; gap: 0.3rem; min-width: 7rem; }
kbd { padding: 0.05rem 0.45rem; border: 1px solid var(--line); border-radius: 0.35rem; background: var(--ground); font: inherit; font-size: 0.8125rem; }
@media (max-width: 30rem), (pointer: coarse) { header .help { display: none; } }

.batch { width: min(30rem, calc(100vw - 2rem)); }
.batch > * + * { margin-top: 0.75rem; }
progress { width: 100%; height: 0.5rem; accent-color: var(--accent); }
.refused { max-height: 30dvh; overflow-y: auto; padding: 0; list-style: none; font-size: 0.8125rem; color: var(--warn); overflow-wrap: anywhere; }

.crop { width: min(60rem, calc(100vw - 1.5rem)); max-width: none; max-height: calc(100dvh - 1.5rem); }
.crop .group-top { flex-wrap: wrap; margin-bottom: 0.6rem; }
.crop h2 { flex: 1 0 auto; max-width: 100%; margin: 0; }
.crop .group-top .hint { white-space: nowrap; }
.crop-area { --aspect: 1; position: relative; width: min(100%, calc(var(--aspect) * (100dvh - 17rem))); min-width: min(8rem, 100%); aspect-ratio: var(--aspect); margin: 0 auto 1rem; user-select: none; }
.crop-area canvas { display: block; width: 100%; height: 100%; }
.crop-frame {
  position: absolute;
  left: calc(100% * var(--x));
  top: calc(100% * var(--y));
  width: calc(100% * var(--width));
  height: calc(100% * var(--height));
  outline: 2px solid #ffffff;
  cursor: move;
  touch-action: none;
}
.crop-area::after {
  /* What goes is dark: all but the frame. */
  --l: calc(100% * var(--x)); --t: calc(100% * var(--y)); --r: calc(100% * (var(--x) + var(--width))); --b: calc(100% * (var(--y) + var(--height)));
  content: '';
  position: absolute;
  inset: 0;
  background: rgb(15 17 20 / 62%);
  clip-path: polygon(evenodd, 0 0, 100% 0, 100% 100%, 0 100%, 0 0, var(--l) var(--t), var(--r) var(--t), var(--r) var(--b), var(--l) var(--b), var(--l) var(--t));
  pointer-events: none;
}
.crop-frame:focus-visible { outline: 3px solid #ffffff; box-shadow: 0 0 0 6px var(--accent); }
.crop-grip {
  --at-x: 0.5; --at-y: 0.5;
  position: absolute;
  z-index: 1;
  left: calc(100% * (var(--x) + var(--at-x) * var(--width)));
  top: calc(100% * (var(--y) + var(--at-y) * var(--height)));
  width: 1.5rem; height: 1.5rem;
  translate: -50% -50%;
  border: 2px solid #1c5674; border-radius: 50%; background: #ffffff;
  touch-action: none;
}
@media (pointer: coarse) { .crop-grip { width: 2rem; height: 2rem; } }
.crop-grip:focus-visible { outline: 3px solid #ffffff; box-shadow: 0 0 0 6px var(--accent); }
.crop-grip:is(.nw, .w, .sw) { --at-x: 0; }
.crop-grip:is(.ne, .e, .se) { --at-x: 1; }
.crop-grip:is(.nw, .n, .ne) { --at-y: 0; }
.crop-grip:is(.sw, .s, .se) { --at-y: 1; }
.crop-grip:is(.nw, .se) { cursor: nwse-resize; }
.crop-grip:is(.ne, .sw) { cursor: nesw-resize; }
.crop-grip:is(.n, .s) { cursor: ns-resize; }
.crop-grip:is(.e, .w) { cursor: ew-resize; }
.crop .bar { flex-wrap: wrap; }

.clip { width: min(36rem, calc(100vw - 2rem)); }
.clip > * + * { margin-top: 0.75rem; }
.clip .bar { flex-wrap: wrap; }
.clip canvas, .clip video { display: block; max-width: 100%; max-height: 55dvh; margin-inline: auto; border-radius: 0.6rem; }

.learning h3 { font-size: 0.875rem; font-weight: 600; }
.learning, .learning > .group { width: 100%; }
.learning canvas { width: 100%; border-radius: 0.6rem; }

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
