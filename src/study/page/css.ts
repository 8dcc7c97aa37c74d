/** The page's style sheet. Greys are neutral: a coloured ground would change how the pictures look. */

export const css = `
:root {
  color-scheme: light dark;
  --ground: #f3f3f2;
  --raised: #ffffff;
  --ink: #1f2124;
  --muted: #5a5e64;
  --line: #86898e;
  --faint: #d9dadb;
  --accent: #1f5673;
  --on-accent: #ffffff;
  --tint: #bcd6e4;
  --warn: #7a3e00;
  --gap: clamp(0.5rem, 1.2vw, 1rem);
  font: 100%/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #17181a;
    --raised: #222427;
    --ink: #e9e9e7;
    --muted: #a9adb3;
    --line: #7d8187;
    --faint: #35383c;
    --accent: #8cc4e0;
    --on-accent: #10222c;
    --tint: #2b4e61;
    --warn: #f0b27a;
  }
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
body {
  min-height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--ground);
  color: var(--ink);
}
button, input { font: inherit; color: inherit; }
button {
  min-height: 2.75rem;
  padding: 0.4rem 1.3rem;
  border: 1px solid var(--line);
  border-radius: 0.6rem;
  background: var(--raised);
  cursor: pointer;
}
button:disabled { opacity: 0.45; cursor: default; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h1:focus { outline: none; }

header {
  display: flex;
  align-items: center;
  gap: 0.4rem 1rem;
  padding: 0.5rem var(--gap);
  min-height: 3.25rem;
  font-size: 0.9rem;
  color: var(--muted);
  font-variant-numeric: tabular-nums;
}
body[data-open='welcome'] header { visibility: hidden; }
#place { color: var(--ink); white-space: nowrap; }
#rated { white-space: nowrap; }
#change {
  min-height: 2rem;
  padding: 0.1rem 0.5rem;
  border-color: transparent;
  background: none;
  text-decoration: underline;
  text-underline-offset: 0.2em;
  max-width: 14rem;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
progress { flex: 1; min-width: 2rem; height: 0.4rem; appearance: none; border: 0; border-radius: 1rem; background: var(--faint); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--faint); }
progress::-webkit-progress-value { background: var(--accent); transition: inline-size 0.3s; }
progress::-moz-progress-bar { background: var(--accent); }

#notice:not(:empty) {
  position: fixed;
  z-index: 1;
  inset: 0.6rem 0 auto;
  margin-inline: auto;
  width: fit-content;
  max-width: calc(100% - 1.2rem);
  padding: 0.45rem 1rem;
  border: 1px solid var(--warn);
  border-radius: 0.6rem;
  background: var(--raised);
  color: var(--warn);
}

main { flex: 1; display: grid; }
#welcome, #thanks { max-width: 38rem; margin: auto; padding: 0 1.25rem 4rem; display: grid; gap: 1.1rem; justify-items: start; }
h1 { font: 500 clamp(1.8rem, 5vw, 2.5rem) / 1.2 ui-serif, Georgia, 'Times New Roman', serif; }
dl { display: grid; gap: 0.7rem; }
dl div { display: grid; grid-template-columns: 5rem 1fr; }
dt { font-weight: 600; }
#name-form { display: grid; gap: 0.4rem; margin-top: 0.6rem; width: 100%; }
.row { display: flex; flex-wrap: wrap; gap: 0.6rem; }
#name { flex: 1 1 12rem; min-height: 2.75rem; padding: 0.4rem 0.8rem; border: 1px solid var(--line); border-radius: 0.6rem; background: var(--raised); }

#rate {
  /* Sides of the pictures: what the header, the scales and the gaps leave of the height. */
  --large: min(100vw - 2 * var(--gap), max(17rem, 100dvh - 31.5rem));
  --small: min(9.5rem, (100vw - 3 * var(--gap)) / 2);
  display: flex;
  flex-direction: column;
  gap: var(--gap);
  padding: 0 var(--gap) var(--gap);
}
.pictures {
  display: grid;
  grid-template: 'content style' 'painted painted' / auto auto;
  gap: var(--gap);
  justify-content: center;
}
figure { position: relative; }
figure.content { grid-area: content; }
figure.style { grid-area: style; }
figure.painted { grid-area: painted; justify-self: center; }
figure [data-picture] { width: var(--small); height: var(--small); border-radius: 0.4rem; overflow: hidden; background: var(--faint); }
figure.painted [data-picture] { width: var(--large); height: var(--large); }
figure img { display: block; width: 100%; height: 100%; object-fit: contain; transition: opacity 0.2s; }
[aria-busy='true'] img { opacity: 0; transition: none; }
figcaption {
  position: absolute;
  inset: auto auto 0.4rem 0.4rem;
  padding: 0.05rem 0.55rem;
  border-radius: 0.35rem;
  font-size: 0.8rem;
  color: #ffffff;
  background: rgb(0 0 0 / 72%);
}

#rating-form { display: grid; gap: 0.75rem var(--gap); width: 100%; max-width: 34rem; margin-inline: auto; }
fieldset { border: 0; padding: 0; min-width: 0; }
legend { padding: 0; margin-bottom: 0.3rem; color: var(--muted); }
legend strong { color: var(--ink); margin-right: 0.3rem; }
.steps { display: grid; grid-template-columns: repeat(11, 1fr); border: 1px solid var(--line); border-radius: 0.6rem; background: var(--raised); }
.steps label { position: relative; display: grid; place-items: center; min-height: 2.75rem; cursor: pointer; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.steps label + label { border-left: 1px solid var(--faint); }
.steps label:first-child { border-radius: 0.55rem 0 0 0.55rem; }
.steps label:last-child { border-radius: 0 0.55rem 0.55rem 0; }
.steps input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.steps label:hover, .steps label:has(~ label input:checked) { background: var(--tint); }
.steps label:has(input:checked) { background: var(--accent); color: var(--on-accent); font-weight: 600; }
/* Round the whole scale: round its first step it would look as if 0 were chosen. */
.steps:has(input:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.ends { display: flex; justify-content: space-between; font-size: 0.8rem; color: var(--muted); margin-top: 0.35rem; }
.actions { display: flex; align-items: center; justify-content: space-between; gap: 1rem; }
.actions .primary { min-width: 8rem; }
.keys { display: none; font-size: 0.8rem; color: var(--muted); text-align: center; }
kbd { font: inherit; padding: 0 0.35em; border: 1px solid var(--line); border-radius: 0.3em; background: var(--raised); }

@media (min-width: 48rem) {
  #rate {
    --large: max(18rem, min(100dvh - 15.25rem, (100vw - 3 * var(--gap)) / 1.5));
    --small: calc((var(--large) - var(--gap)) / 2);
  }
  .pictures { grid-template: 'content painted' 'style painted' / auto auto; }
  #rating-form { grid-template-columns: 1fr 1fr; max-width: max(46rem, var(--large) + var(--gap) + var(--small)); }
  .actions { grid-column: 1 / -1; }
}
@media (hover: hover) and (min-width: 48rem) {
  .keys { display: block; }
}
@media (max-width: 30rem) {
  #rated { display: none; }
  #change { max-width: 8rem; }
}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; }
}
`;
