/** The stage before there is a photograph. */

export const empty = `
.empty { position: absolute; inset: 0; display: grid; grid-template-columns: minmax(0, 1fr); align-content: safe center; justify-items: center; gap: 1.1rem; padding: 1.25rem; text-align: center; overflow: auto; border-radius: inherit; }
.empty .tagline { font-size: clamp(1.5rem, 3vw, 2.3rem); line-height: 1.15; letter-spacing: -0.015em; text-wrap: balance; }

.samples { display: flex; justify-content: center; gap: 0.8rem; max-width: 100%; --tall: clamp(13rem, 46vh, 30rem); }
.sample { position: relative; min-width: 0; height: var(--tall); aspect-ratio: 640 / 500; padding: 0; overflow: hidden; border-radius: 1rem; background: var(--faint); box-shadow: var(--shadow); }
.sample img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.sample .painted { position: absolute; inset: 0; overflow: hidden; translate: 50% 0; }
.sample .painted img { translate: -50% 0; }
.sample .sweep { position: absolute; inset: 0; translate: 50% 0; border-left: 3px solid #ffffff; }
.sample .chip { position: absolute; inset: auto auto 0.7rem 0.7rem; }
.sample:hover .chip { background: #0f1114; }
/* Once, for less than five seconds: what moves longer beside text would need a button that stops it. */
.sample .painted, .sample .sweep { animation: sweep 4.8s 0.5s; }
.sample .painted img { animation: stay 4.8s 0.5s; }
@keyframes sweep { 30% { translate: 12% 0; } 72% { translate: 88% 0; } }
@keyframes stay { 30% { translate: -12% 0; } 72% { translate: -88% 0; } }
.others { display: flex; flex-direction: column; justify-content: end; gap: 0.8rem; width: calc(var(--tall) * 0.3); }
.other { aspect-ratio: 1; padding: 0; border-radius: 0.8rem; overflow: hidden; }
.other img { width: 100%; height: 100%; object-fit: cover; }
.other:hover, .sample:hover { outline: 3px solid var(--line); outline-offset: 1px; }
.others .hint { order: -1; text-align: left; }
.empty > .hint { text-wrap: balance; }

.zones { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.8rem; width: min(100%, 46rem); }
.zone { display: grid; align-content: start; justify-items: center; gap: 0.5rem; min-width: 0; padding: 0.9rem; border: 2px dashed var(--line); border-radius: 1rem; }
.zone .row { align-items: center; justify-content: center; gap: 0.2rem 0.6rem; min-height: 2.5rem; }
.zone .chosen { width: 2.25rem; height: 2.25rem; border-radius: 0.5rem; object-fit: cover; }
.zone button { max-width: 100%; white-space: normal; }
body:has(.drop-veil:not([hidden])) .photo-zone, .drop-style .painting-zone { border-color: var(--accent); background: var(--tint); }

@media (max-width: 56rem) and (orientation: portrait), (max-width: 40rem) {
  .empty { position: static; padding: 1rem; }
  .samples { flex-direction: column; width: 100%; }
  .sample { width: 100%; height: auto; }
  .others { flex-direction: row; align-items: center; justify-content: start; width: auto; }
  .other { width: 4rem; }
  .others .hint { order: 0; margin: 0; }
}
/* Nothing is dropped by a finger. */
@media (pointer: coarse) { .zone > .hint { display: none; } }
@media (max-width: 30rem) {
  .zones { grid-template-columns: minmax(0, 1fr); }
}
`;
