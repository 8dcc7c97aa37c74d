/** The panel: paintings, mixture, sliders, choices. */

export const panel = `
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
.mask-tools .choice legend { font-weight: 400; color: var(--muted); }
.slider output { color: var(--muted); font-variant-numeric: tabular-nums; }
.slider input { grid-column: 1 / -1; appearance: none; width: 100%; height: 1.75rem; margin: 0; background: none; cursor: pointer; border-radius: 1rem; }
.slider input::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--accent) calc(100% * var(--part)), var(--line) calc(100% * var(--part))); }
.slider input::-moz-range-track { height: 4px; border-radius: 2px; background: var(--line); }
.slider input::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--accent); }
.slider input::-webkit-slider-thumb { appearance: none; width: 1.25rem; height: 1.25rem; margin-top: -8px; border: 2px solid var(--raised); border-radius: 50%; background: var(--accent); box-shadow: 0 0 0 1px var(--accent), 0 1px 3px rgb(0 0 0 / 25%); }
.slider input::-moz-range-thumb { width: 1rem; height: 1rem; border: 2px solid var(--raised); border-radius: 50%; background: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.slider input:disabled { cursor: default; opacity: 0.45; }
.slider .hint { grid-column: 1 / -1; }

.choice legend { padding: 0; margin-bottom: 0.4rem; }
.bar { display: flex; padding: 3px; border-radius: var(--round); background: var(--faint); }
.bar label { position: relative; flex: 1 1 auto; cursor: pointer; }
.bar input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.bar span { display: grid; place-items: center; min-height: 2rem; padding: 0 0.35rem; border-radius: 0.5rem; white-space: nowrap; font-size: 0.8125rem; transition: background-color 0.15s; }
.bar input:hover + span { background: color-mix(in srgb, var(--raised) 45%, transparent); }
.bar input:checked + span { background: var(--raised); font-weight: 600; box-shadow: 0 0 0 1px var(--line); }
.bar input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; }
.choice .hint { margin-top: 0.45rem; }
.mask-tools { display: grid; gap: 0.8rem; }

@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  .thumbs { display: flex; overflow-x: auto; margin-inline: -1rem; padding: 0.4rem 1rem; gap: 0.65rem; scrollbar-width: none; scroll-snap-type: x proximity; }
  .thumbs > * { flex: 0 0 4.75rem; scroll-snap-align: center; }
}
`;
