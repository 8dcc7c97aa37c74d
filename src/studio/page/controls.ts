/** How it is painted: strength, brush, colours, method. */

import { make } from './dom.ts';
import { choice, slider } from './fields.ts';
import type { History } from './history.ts';
import { describe } from './i18n.ts';
import { colourChoices, modelNames, styleSizes } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

const ALL = 'all';

export function createControls(store: Store<State>, history: History): HTMLElement {
  const strength = slider(store, {
    name: (s) => s.strength,
    least: 0,
    most: 100,
    step: 1,
    read: ({ settings }) => Math.round(100 * settings.strength),
    show: (s, value) => s.percent(value),
    move: (value) => history.move({ strength: value / 100 }),
    finish: history.finish,
  });
  const brush = slider(store, {
    name: (s) => s.brush,
    ...styleSizes,
    read: ({ settings }) => settings.styleSize,
    show: (s, value) => s.pixels(value),
    move: (value) => history.move({ styleSize: value }),
    finish: history.finish,
  });
  const colours = choice(store, {
    name: (s) => s.colours,
    values: colourChoices,
    textOf: (value) => (s) => s.coloursOf[value],
    read: ({ settings }) => settings.colours,
    choose: (value) => history.change({ colours: value }),
  });
  const hint = make('p', { class: 'hint' });
  describe(
    store,
    ({ settings }) => [settings.colours],
    (strings, value) => {
      hint.textContent = strings.coloursHint[value];
    },
  );
  colours.append(hint);
  const method = choice(store, {
    name: (s) => s.method,
    values: [...modelNames, ALL],
    textOf: (value) => (s) => (value === ALL ? s.methodAll : s.methodOf[value]),
    read: ({ settings }) => (settings.isCompared ? ALL : settings.model),
    choose: (value) =>
      history.change(value === ALL ? { isCompared: true } : { model: value, isCompared: false }),
  });
  return make('section', { class: 'group' }, strength, brush, colours, method);
}
