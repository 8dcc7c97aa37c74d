/** The bar below the stage that finishes a painting, and takes it back to any moment of that. */

import { icon, listenToSlider, make, makeButton } from './dom.ts';
import { wholeOf } from './download.ts';
import type { Finishing } from './finishing.ts';
import type { History } from './history.ts';
import { describe } from './i18n.ts';
import { isSame, momentOf, strokesOf } from './look.ts';
import type { Paintings } from './paintings.ts';
import type { Moment } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export function createFinishBar(
  store: Store<State>,
  history: History,
  paintings: Paintings,
  finishing: Finishing,
): HTMLElement {
  const begin = makeButton(finishing.begin, { class: 'plain', icon: icon('brush') });
  const words = make('span');
  begin.append(words);
  const pause = makeButton(finishing.pause, { class: 'plain', icon: icon('pause'), text: (s) => s.pause });
  const input = make('input', {
    label: (s) => s.moment,
    attributes: { type: 'range', min: '0', step: '1' },
  });
  const slider = make('div', { class: 'slider' }, input);
  const hint = make('p', { class: 'hint' });
  listenToSlider(input, (at) => history.move({ moment: moments()[at - 1] }), history.finish);

  /** Moments of the refinement of what is shown. */
  function moments(): readonly Moment[] {
    const { photo, settings, moments } = store.get();
    if (photo === undefined) return [];
    const look = strokesOf(photo, settings);
    return moments.filter((moment) => isSame(moment.look, look));
  }

  describe(
    store,
    ({ photo, settings, moments, work }) => [photo, settings, moments, work?.phase],
    (strings, photo, settings, _, phase) => {
      const all = moments();
      const shown = photo === undefined ? undefined : momentOf(photo, settings);
      const at = shown === undefined ? 0 : all.indexOf(shown) + 1;
      // Undo may have brought back one of a run before.
      const isOther = shown !== undefined && at === 0;
      words.textContent = shown === undefined ? strings.finish : strings.finishMore;
      hint.hidden = phase === 'finishing';
      const hintOfNone = paintings.hasStyleFile(settings.styles) ? strings.styleFileHint : strings.finishHint;
      hint.textContent = all.length > 0 ? strings.momentHint : hintOfNone;
      slider.hidden = all.length === 0 || isOther || phase === 'finishing';
      input.max = `${all.length}`;
      input.value = `${at}`;
      input.style.setProperty('--part', `${at / Math.max(1, all.length)}`);
      input.ariaValueText = strings.momentOf(at, all.length);
    },
  );
  store.watch(
    (state) => [
      state.work?.phase,
      wholeOf(state) !== undefined && !paintings.hasStyleFile(state.settings.styles),
    ],
    (phase, canBegin) => {
      begin.hidden = phase === 'finishing';
      begin.disabled = !canBegin || phase !== undefined;
      pause.hidden = phase !== 'finishing';
    },
  );
  const element = make('div', { class: 'finish-bar' }, begin, pause, slider, hint);
  store.watch(
    ({ photo, live, settings, isMasking }) => [
      photo === undefined || live !== undefined || settings.isCompared || isMasking,
    ],
    (isOff) => {
      element.hidden = isOff;
    },
  );
  return element;
}
