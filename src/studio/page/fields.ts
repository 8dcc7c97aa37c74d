/** Sliders and choices, with their names and values. */

import { make } from './dom.ts';
import { describe, type Text } from './i18n.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Strings } from './strings/en.ts';

let count = 0;

interface SliderOptions {
  readonly name: Text;
  /** A sentence below the control. */
  readonly hint?: Text;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  read(state: State): number;
  show(strings: Strings, value: number): string;
  /** Called during a drag. */
  move(value: number): void;
  finish(): void;
  /** Whether the control has an effect; always by default. */
  isUsed?(state: State): boolean;
}

export function slider(store: Store<State>, options: SliderOptions): HTMLElement {
  const { name, hint, least, most, step, read, show, move, finish, isUsed = () => true } = options;
  count += 1;
  const id = `slider-${count}`;
  const input = make('input', {
    id,
    attributes: { type: 'range', min: `${least}`, max: `${most}`, step: `${step}` },
  });
  const output = make('output', { attributes: { for: id } });
  input.addEventListener('input', () => move(input.valueAsNumber));
  input.addEventListener('change', finish);
  describe(
    store,
    (state) => [read(state)],
    (strings, value) => {
      input.value = `${value}`;
      input.style.setProperty('--part', `${(value - least) / (most - least)}`);
      input.ariaValueText = show(strings, value);
      output.textContent = show(strings, value);
    },
  );
  store.watch(
    (state) => [isUsed(state)],
    (used) => {
      input.disabled = !used;
    },
  );
  const field = make(
    'div',
    { class: 'field slider' },
    make('label', { text: name, attributes: { for: id } }),
    output,
    input,
  );
  if (hint !== undefined) {
    const sentence = make('p', { class: 'hint', id: `${id}-hint`, text: hint });
    input.setAttribute('aria-describedby', sentence.id);
    field.append(sentence);
  }
  return field;
}

interface ChoiceOptions<T extends string> {
  readonly name: Text;
  readonly values: readonly T[];
  textOf(value: T): Text;
  read(state: State): T;
  choose(value: T): void;
}

/** Radio buttons that look like a single bar. */
export function choice<T extends string>(store: Store<State>, options: ChoiceOptions<T>): HTMLElement {
  const { name, values, textOf, read, choose } = options;
  count += 1;
  const group = `choice-${count}`;
  const inputs = values.map((value) => {
    const input = make('input', { attributes: { type: 'radio', name: group, value } });
    input.addEventListener('change', () => choose(value));
    return input;
  });
  store.watch(
    (state) => [read(state)],
    (chosen) => {
      for (const input of inputs) input.checked = input.value === chosen;
    },
  );
  const labels = inputs.map((input, i) => {
    const value = values[i];
    return make('label', {}, input, make('span', value === undefined ? {} : { text: textOf(value) }));
  });
  const bar = make('div', { class: 'bar' }, ...labels);
  return make('fieldset', { class: 'field choice' }, make('legend', { text: name }), bar);
}
