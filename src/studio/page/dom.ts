/** Elements of the page: making them, icons, labelled fields. */

import { follow, type Text, describe } from './i18n.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Strings } from './strings/en.ts';

const paths = {
  undo: 'M9 7 4.5 11.5 9 16M5 11.5h9a5 5 0 0 1 0 10h-2',
  redo: 'M15 7l4.5 4.5L15 16M19 11.5h-9a5 5 0 0 0 0 10h2',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7',
  download: 'M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  moon: 'M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z',
  photo:
    'M5 5h14a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 5ZM4 16.5l4.5-4.5 4 4 2.5-2.5 5 4.5M15.5 9.5h.01',
  camera:
    'M4 8h3.5L9 5.5h6L16.5 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1ZM12 10a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8',
  video:
    'M4 6.5h10.5a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1ZM15.5 10.5 21 7.5v9l-5.5-3',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  fit: 'M4 9V4.5h4.5M15.5 4.5H20V9M20 15v4.5h-4.5M8.5 19.5H4V15',
  brush:
    'M20 4c-4 1.5-8 5-9.5 8.5l2 2C16 13 19 8.5 20 4ZM10 13.5c-2.5-.5-4 1-4 3 0 1.5-1 2.5-2.5 3 3 1.5 7.5.5 8-3.5',
  snapshot: 'M12 5.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  record: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  fresh: 'M13.5 4H7a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V8.5ZM13.5 4v4.5H18M12 11v6M9 14h6',
  copy: 'M9 9h10v10H9zM15 9V5H5v10h4',
  share: 'M12 15V4M8.5 7.5 12 4l3.5 3.5M6 12v7h12v-7',
  eye: 'M3 12c2.5-4 5.5-6 9-6s6.5 2 9 6c-2.5 4-5.5 6-9 6s-6.5-2-9-6ZM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
  screen: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
  mirror: 'M12 4v16M8.5 7.5 4 16.5h4.5zM15.5 7.5l4.5 9h-4.5z',
  crop: 'M7 3v14h14M3 7h14v14',
  keys: 'M9.3 9.2a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.5 1.1-1.5 2.2M12 17h.01',
  turnLeft: 'M4 11h10v9H4zM20 15v-3a6 6 0 0 0-6-6H9M12 3 9 6l3 3',
  turnRight: 'M20 11H10v9h10zM4 15v-3a6 6 0 0 1 6-6h5M12 3l3 3-3 3',
  stop: 'M7 7h10v10H7z',
  pause: 'M8.5 6v12M15.5 6v12',
  play: 'M8 5.5v13l10.5-6.5z',
} as const;

export type IconName = keyof typeof paths;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** Three overlapping washes of colour: the studio's mark. */
export function mark(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('mark');
  for (const [name, d] of [
    ['wash-a', 'M12 3c6-1 11 3 10 9s-6 9-11 8-8-5-7-10 3-6 8-7Z'],
    ['wash-b', 'M21 10c5 0 8 4 7 9s-5 9-10 8-8-4-7-9 4-8 10-8Z'],
    ['wash-c', 'M10 15c4-1 8 1 8 6s-3 8-8 8-8-3-7-7 3-6 7-7Z'],
  ] as const) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    path.classList.add(name);
    svg.append(path);
  }
  return svg;
}

interface Properties {
  readonly class?: string;
  readonly id?: string;
  /** The element's content, instead of children. */
  readonly text?: Text;
  /** For screen readers; on buttons it is the tooltip too. */
  readonly label?: Text;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, id, text, label, attributes = {} }: Properties = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  if (id !== undefined) element.id = id;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  if (text !== undefined) {
    follow((strings) => {
      element.textContent = text(strings);
    });
  }
  if (label !== undefined) setLabel(element, label);
  return element;
}

/** A button that shows an icon, words, or both. */
export function makeButton(
  press: () => void,
  properties: Properties & { readonly icon?: Node },
): HTMLButtonElement {
  const { icon, text, ...rest } = properties;
  const button = make('button', rest);
  button.type = 'button';
  if (icon !== undefined) button.append(icon);
  if (text !== undefined) button.append(make('span', { text }));
  button.addEventListener('click', press);
  return button;
}

function setLabel(element: HTMLElement, label: Text): void {
  follow((strings) => {
    element.ariaLabel = label(strings);
    if (element instanceof HTMLButtonElement) element.title = label(strings);
  });
}

/** A hidden file input, opened by the returned function. */
export function filePicker(accept: string, take: (files: readonly File[]) => void): () => void {
  const input = make('input', { attributes: { type: 'file', accept, multiple: '' } });
  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
    // Lets the same file be chosen again.
    input.value = '';
  });
  return () => input.click();
}

/** Whether an event is about the text of a field, which has its own undo and paste. */
export function isTyping({ target }: Event): boolean {
  return target instanceof HTMLInputElement && target.type === 'text';
}

/** Whether a dialog is open: what is behind it stays as it is. */
export function isBehindDialog(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

let count = 0;

export interface SliderOptions {
  readonly name: Text;
  /** A sentence below the control. */
  readonly hint?: Text;
  /** Words for its two ends; shown instead of the value. */
  readonly ends?: readonly [Text, Text];
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
  const { name, hint, ends, least, most, step, read, show, move, finish, isUsed = () => true } = options;
  count += 1;
  const id = `slider-${count}`;
  const input = make('input', {
    id,
    attributes: { type: 'range', min: `${least}`, max: `${most}`, step: `${step}` },
  });
  const output = make('output', { attributes: { for: id } });
  listenToSlider(input, move, finish);
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
  if (ends !== undefined) {
    output.hidden = true;
    const words = ends.map((text) => make('span', { text }));
    field.append(make('div', { class: 'ends', attributes: { 'aria-hidden': 'true' } }, ...words));
  }
  if (hint !== undefined) {
    const sentence = make('p', { class: 'hint', id: `${id}-hint`, text: hint });
    input.setAttribute('aria-describedby', sentence.id);
    field.append(sentence);
  }
  return field;
}

/**
 * Calls `move` during a drag and `finish` after it. A touch sets the value before it turns out to be the
 * start of scrolling: then both come with the value of before, and `isTakenBack`.
 */
export function listenToSlider(
  input: HTMLInputElement,
  move: (value: number) => void,
  finish: (isTakenBack: boolean) => void,
): void {
  let [before, isMoved] = [0, false];
  input.addEventListener('input', () => {
    isMoved = true;
    move(input.valueAsNumber);
  });
  // Chromium tells of a change when the finger that scrolls goes, too.
  input.addEventListener('change', () => isMoved && finish(false));
  input.addEventListener('pointerdown', () => {
    before = input.valueAsNumber;
  });
  input.addEventListener('pointercancel', () => {
    isMoved = false;
    move(before);
    finish(true);
  });
}

interface ChoiceOptions<T extends string, S> {
  readonly name: Text;
  readonly values: readonly T[];
  textOf(value: T): Text;
  read(state: S): T;
  choose(value: T): void;
}

/** Radio buttons that look like a single bar. */
export function choice<T extends string, S = State>(
  store: Store<S>,
  options: ChoiceOptions<T, S>,
): HTMLElement {
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

/** A part of the panel that is folded away until it is wanted, or `isInUse`. */
export function fold(
  store: Store<State>,
  title: Text,
  isInUse: (state: State) => boolean,
  ...children: readonly Node[]
): HTMLDetailsElement {
  const summary = make('summary', {}, make('h2', { text: title }));
  const element = make('details', { class: 'fold' }, summary, make('div', { class: 'group' }, ...children));
  // What is unfolded at the lower edge would stay unseen.
  const showAll = (): void => element.scrollIntoView({ block: 'nearest' });
  summary.addEventListener('click', () => element.addEventListener('toggle', showAll, { once: true }));
  store.watch(
    (state) => [isInUse(state)],
    (inUse) => {
      if (inUse) element.open = true;
    },
  );
  return element;
}
