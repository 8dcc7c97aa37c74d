/** The stage, and the elements over the picture. */

export const stage = `
.stage { position: relative; border-radius: 1rem; background: var(--stage); min-height: 0; }
.stage canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: pan-y; cursor: grab; border-radius: inherit; }
.stage.movable canvas { touch-action: none; }
.stage canvas:active { cursor: grabbing; }
.stage canvas:focus-visible { outline-offset: -3px; }
.stage.masking canvas { cursor: none; }
.brush-cursor {
  position: absolute;
  aspect-ratio: 1;
  border: 1.5px solid #ffffff;
  border-radius: 50%;
  box-shadow: 0 0 0 1px rgb(0 0 0 / 55%);
  translate: -50% -50%;
  pointer-events: none;
}

.chip {
  padding: 0.15rem 0.6rem;
  border-radius: 1rem;
  background: rgb(15 17 20 / 78%);
  color: #ffffff;
  font-size: 0.75rem;
  font-weight: 500;
  white-space: nowrap;
  pointer-events: none;
  transition: opacity 0.2s;
}
.pane-labels .chip { position: absolute; }

.split { position: absolute; pointer-events: none; --knob: 2.25rem; }
@media (pointer: coarse) { .split { --knob: 2.75rem; } }
.split-line { position: absolute; inset-block: 0; left: calc(100% * var(--split)); width: 2px; translate: -1px 0; background: #ffffff; box-shadow: 0 0 4px rgb(0 0 0 / 55%); }
.split .chip { position: absolute; bottom: 0.6rem; }
.split .before { left: 0.6rem; }
.split .after { right: 0.6rem; }
.split .faded { opacity: 0; }
.split input {
  appearance: none;
  position: absolute;
  inset: calc(50% - var(--knob) / 2) 0 auto;
  width: 100%;
  height: var(--knob);
  margin: 0;
  background: none;
  outline: none;
}
.split input::-webkit-slider-thumb {
  appearance: none;
  pointer-events: auto;
  width: var(--knob);
  height: var(--knob);
  border: 0;
  border-radius: 50%;
  background: #ffffff url("split.svg") center / 1.3rem no-repeat;
  box-shadow: 0 1px 6px rgb(0 0 0 / 45%);
  cursor: ew-resize;
}
.split input::-moz-range-thumb {
  pointer-events: auto;
  width: var(--knob);
  height: var(--knob);
  border: 0;
  border-radius: 50%;
  background: #ffffff url("split.svg") center / 1.3rem no-repeat;
  box-shadow: 0 1px 6px rgb(0 0 0 / 45%);
  cursor: ew-resize;
}
.split input:focus-visible::-webkit-slider-thumb { outline: 3px solid #1c5674; outline-offset: 2px; box-shadow: 0 0 0 2px #ffffff, 0 0 0 7px #ffffff; }
.split input:focus-visible::-moz-range-thumb { outline: 3px solid #1c5674; outline-offset: 2px; }

.sign { position: absolute; inset: 0.6rem 10rem auto auto; border-color: var(--line); background: var(--raised); box-shadow: var(--shadow); }
.sign:hover:enabled { background: var(--tint); }
.sign:disabled { opacity: 1; }
.mask-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding: 0.5rem 0.75rem 0; }
.mask-bar .slider { flex: 1 1 10rem; }
.mask-bar .bar span { padding-inline: 0.8rem; }
.mask-bar legend { position: absolute; clip-path: inset(50%); }

.progress { position: absolute; inset: auto 0.8rem 0; height: 3px; overflow: hidden; }
.progress-bar { height: 100%; background: var(--accent); transition: width 0.3s; }
.progress.unknown .progress-bar { width: 30%; animation: glide 1.3s ease-in-out infinite; }
@keyframes glide { from { translate: -100% 0; } to { translate: 340% 0; } }

.live-bar {
  position: absolute;
  inset: auto 0 1rem;
  margin-inline: auto;
  width: fit-content;
  max-width: calc(100% - 1rem);
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: center;
  gap: 0.35rem;
  padding: 0.4rem;
  border-radius: 1rem;
  background: color-mix(in srgb, var(--raised) 94%, transparent);
  box-shadow: var(--shadow);
}
select { min-height: 2.5rem; max-width: 11rem; padding: 0 0.4rem; border: 1px solid var(--line); border-radius: var(--round); background: var(--raised); color: var(--ink); font: inherit; font-size: 0.8125rem; }
/* A row of its own, above the buttons. */
.slider.seek { flex: 1 1 100%; grid-template-columns: 1fr auto; align-items: center; padding-inline: 0.6rem; font-size: 0.8125rem; }
.slider.seek input { grid-column: 1; }
.live-bar:has(.seek:not([hidden])) { width: min(43rem, calc(100% - 1rem)); }
.live-bar [aria-pressed='true'] { background: var(--tint); color: var(--accent); }
/* As wide as its longest words: buttons beside it must not move under the pointer. */
.rate { inline-size: 15.5em; padding: 0 0.6rem; white-space: nowrap; font-size: 0.8125rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.record svg { fill: #d23b2f; stroke: #d23b2f; }
.recording svg { animation: pulse 1.4s ease-in-out infinite; }
@keyframes pulse { 50% { opacity: 0.35; } }

.drop-veil { position: fixed; z-index: 10; inset: 0.75rem; display: grid; place-items: center; border: 2px dashed var(--accent); border-radius: 1.2rem; background: color-mix(in srgb, var(--ground) 82%, transparent); pointer-events: none; }
.drop-veil p { font-size: 1.2rem; }
body:has(.empty:not([hidden])) .drop-veil { display: none; }
.drop-style .thumbs { outline: 2px dashed var(--accent); outline-offset: 6px; border-radius: 0.4rem; }

@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  .stage { border-radius: 0; }
  .live-bar { inset-block-end: 0.5rem; }
  .live-bar .primary svg { display: none; }
  /* Beside the button that paints the clip there is room for an icon only. */
  .live-bar:has(.seek:not([hidden])) .rate { display: none; }
  .live-bar:has(.seek:not([hidden])) .plain svg + span { position: absolute; clip-path: inset(50%); }
}
`;

/** Two arrows on the knob between before and after. */
export const splitSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#202327"
 stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="M9 7l-5 5 5 5M15 7l5 5-5 5"/></svg>
`;
