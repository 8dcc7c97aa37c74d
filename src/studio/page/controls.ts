/** Controls of the painting: strength, strokes, colours; and the other methods. */

import { choice, fold, make, type SliderOptions, slider } from './dom.ts';
import type { History } from './history.ts';
import { describe } from './i18n.ts';
import type { Paintings } from './paintings.ts';
import { colourChoices, modelNames, strokeSizes } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

const ALL = 'all';

/** The method that revises its paintings. The others paint once, with the same strokes everywhere. */
const OURS = 'slim';

export function createControls(store: Store<State>, history: History, paintings: Paintings): HTMLElement {
  /** A slider of a share, 0–1, in percent. */
  const percents = (
    key: 'strength' | 'followDetail' | 'brokenColour',
    options: Pick<SliderOptions, 'ends' | 'step' | 'hint' | 'isUsed'>,
  ) =>
    slider(store, {
      ...options,
      name: (s) => s[key],
      least: 0,
      most: 100,
      read: ({ settings }) => Math.round(100 * settings[key]),
      show: (s, value) => s.percent(value),
      move: (value) => history.move({ [key]: value / 100 }),
      finish: history.finish,
    });
  const strength = percents('strength', {
    ends: [(s) => s.strengthLeast, (s) => s.strengthMost],
    step: 1,
  });
  // The scale is in powers of two: half and twice as broad are equally far from the middle.
  const strokeSize = slider(store, {
    name: (s) => s.strokeSize,
    ends: [(s) => s.strokesFine, (s) => s.strokesBroad],
    least: Math.log2(strokeSizes.least),
    most: Math.log2(strokeSizes.most),
    step: 1 / 8,
    read: ({ settings }) => Math.log2(settings.strokeSize),
    show: (s, value) => s.percent(Math.round(100 * 2 ** value)),
    move: (value) => history.move({ strokeSize: Math.round(100 * 2 ** value) / 100 }),
    finish: history.finish,
  });
  const followDetail = percents('followDetail', {
    ends: [(s) => s.detailLeast, (s) => s.detailMost],
    step: 5,
    hint: (s) => s.followDetailHint,
    isUsed: ({ settings }) => settings.isCompared || settings.model === OURS,
  });
  const brokenColour = percents('brokenColour', {
    ends: [(s) => s.colourEven, (s) => s.colourBroken],
    step: 5,
    hint: (s) => s.brokenColourHint,
    isUsed: ({ live, settings }) => live === undefined && (settings.isCompared || settings.model === OURS),
  });
  const colours = choice(store, {
    name: (s) => s.colours,
    values: colourChoices,
    textOf: (value) => (s) => s.coloursOf[value],
    read: ({ settings }) => settings.colours,
    choose: (value) => history.change({ colours: value }),
  });
  const isUsable = (value: string, styles: readonly string[]): boolean =>
    value !== 'coral' || !paintings.hasStyleFile(styles);
  const hint = make('p', { class: 'hint' });
  describe(
    store,
    ({ settings }) => [settings.colours, settings.styles],
    (strings, value, styles) => {
      hint.textContent = isUsable(value, styles) ? strings.coloursHint[value] : strings.styleFileHint;
    },
  );
  offer(store, colours, (value, { settings }) => isUsable(value, settings.styles));
  colours.append(hint);
  return make('section', { class: 'group' }, strength, strokeSize, followDetail, brokenColour, colours);
}

/** The choice of other methods, to compare with. */
export function createComparison(store: Store<State>, history: History, paintings: Paintings): HTMLElement {
  const method = choice(store, {
    name: (s) => s.method,
    values: [...modelNames, ALL],
    textOf: (value) => (s) => (value === ALL ? s.methodAll : s.methodOf[value]),
    read: ({ settings, live }) => (settings.isCompared && live === undefined ? ALL : settings.model),
    choose: (value) =>
      history.change(value === ALL ? { isCompared: true } : { model: value, isCompared: false }),
  });
  // Frames come in sequence from one model, so methods are not compared.
  offer(store, method, (value, { live, settings }) => {
    return (
      value === OURS || (!paintings.hasStyleFile(settings.styles) && (value !== ALL || live === undefined))
    );
  });
  const hint = make('p', { class: 'hint' });
  describe(
    store,
    ({ settings }) => [settings.styles],
    (strings, styles) => {
      hint.textContent = paintings.hasStyleFile(styles) ? strings.styleFileHint : strings.compareHint;
    },
  );
  const isInUse = ({ settings }: State) => settings.isCompared || settings.model !== OURS;
  return fold(store, (s) => s.compare, isInUse, hint, method);
}

/** Turns off the values of a choice that are of no use as things are. */
function offer(
  store: Store<State>,
  choices: HTMLElement,
  isOffered: (value: string, state: State) => boolean,
): void {
  for (const input of choices.querySelectorAll('input')) {
    store.watch(
      (state) => [isOffered(input.value, state)],
      (isOn) => {
        input.disabled = !isOn;
      },
    );
  }
}
