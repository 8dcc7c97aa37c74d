/** The stage: the picture, before and after, or the pictures of all methods. */

import { make } from './dom.ts';
import { describe } from './i18n.ts';
import { drawScene, type Pane, panesOf, type Scene } from './stage-drawing.ts';
import { modelNames } from './settings.ts';
import type { Painted, Shown, State } from './state.ts';
import type { Store } from './store.ts';
import { placed, type Size } from './view.ts';

const GAP = 12;

/** The stage's elements and panes, for the modules that handle its pointers and keys. */
export interface Stage {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  panes(): readonly Pane[];
}

/** The picture to paint: the photograph, or a frame of the camera or video. */
export function pictureOf({ photo, live }: State): Shown | undefined {
  return live === undefined ? photo : live.frame;
}

export function createStage(store: Store<State>, ...over: readonly HTMLElement[]): Stage {
  const canvas = make('canvas', { attributes: { tabindex: '0', role: 'application' } });
  const split = makeSplit(store);
  const labels = make('div', { class: 'pane-labels' });
  const chips = [
    make('span', { class: 'chip', text: (s) => s.photo }),
    ...modelNames.map((name) => make('span', { class: 'chip', text: (s) => s.methodOf[name] })),
  ];
  labels.append(...chips);
  const element = make(
    'section',
    { class: 'stage', label: (s) => s.picture },
    canvas,
    split,
    labels,
    ...over,
  );
  const context = canvas.getContext('2d');
  let isDue = false;

  function panes(): readonly Pane[] {
    const state = store.get();
    const isCompared = state.settings.isCompared && state.live === undefined;
    return panesOf(state.stage, isCompared ? chips.length : 1, GAP, pictureOf(state) ?? state.stage);
  }

  function scenes(state: State, picture: Shown): Scene[] {
    const { settings, compared, painted, live, isMasking, slot } = state;
    const split = state.isHeld ? 1 : state.split;
    const common = { photo: picture, strength: settings.strength, mask: undefined };
    const scene = (of: Painted | undefined, seam: number): Scene => ({ ...common, painted: of, split: seam });
    if (live !== undefined) return [scene(live.painted, split)];
    if (settings.isCompared) {
      return [scene(undefined, 1), ...modelNames.map((name) => scene(compared[name], 0))];
    }
    return [{ ...scene(painted, split), mask: isMasking ? settings.masks[slot] : undefined }];
  }

  function draw(): void {
    isDue = false;
    const state = store.get();
    const picture = pictureOf(state);
    const density = canvas.width / state.stage.width;
    context?.clearRect(0, 0, canvas.width, canvas.height);
    const all = panes();
    const isSplit = picture !== undefined && all.length === 1;
    split.hidden = !isSplit || !(state.live?.painted ?? state.painted);
    labels.hidden = picture === undefined || all.length === 1;
    if (picture === undefined || context === null) return;
    for (const [i, scene] of scenes(state, picture).entries()) {
      const pane = all[i];
      if (pane !== undefined) drawScene(context, density, pane, state.view, scene);
    }
    const [first] = all;
    if (isSplit && first !== undefined) placeSplit(split, state, first, picture);
    for (const [i, chip] of chips.entries()) placeChip(chip, state, all[i], picture);
  }

  function ask(): void {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  }

  new ResizeObserver(() => {
    const { width, height } = element.getBoundingClientRect();
    const size = { width: Math.max(1, width), height: Math.max(1, height) };
    canvas.width = Math.round(size.width * window.devicePixelRatio);
    canvas.height = Math.round(size.height * window.devicePixelRatio);
    store.set({ stage: size });
    draw();
  }).observe(element);

  store.watch(
    (s) => [
      s.photo,
      s.painted,
      s.compared,
      s.live,
      s.split,
      s.isHeld,
      s.view,
      s.isMasking,
      s.slot,
      s.settings,
    ],
    ask,
  );
  store.watch(
    ({ isMasking, view }) => [isMasking, view.zoom > 1],
    (isMasking, isNear) => {
      element.classList.toggle('masking', isMasking);
      // A whole picture need not be moved, so that swipes over it scroll the page.
      element.classList.toggle('movable', isMasking || isNear);
    },
  );
  store.watch(
    ({ photo, live }) => [photo ?? live],
    (picture) => {
      canvas.hidden = picture === undefined;
    },
  );
  describe(
    store,
    ({ isMasking }) => [isMasking],
    (strings, isMasking) => {
      canvas.ariaLabel = isMasking ? strings.stageMask : strings.stage;
    },
  );
  store.watch(
    ({ work }) => [work === undefined],
    (isDone) => {
      element.ariaBusy = `${!isDone}`;
    },
  );
  return { element, canvas, panes };
}

/** The line between before and after: a slider that can be dragged or moved by keys. */
function makeSplit(store: Store<State>): HTMLElement {
  const input = make('input', {
    label: (s) => s.split,
    attributes: { type: 'range', min: '0', max: '100', step: 'any' },
  });
  input.addEventListener('input', () => {
    // The knob stays within the picture. At its ends the line goes on to the picture's edge.
    const { value, min, max } = input;
    const split = Number(value) <= Number(min) ? 0 : Number(value) >= Number(max) ? 1 : Number(value) / 100;
    store.set({ split });
  });
  const before = make('span', { class: 'chip before', text: (s) => s.before });
  const after = make('span', { class: 'chip after', text: (s) => s.after });
  const line = make('div', { class: 'split-line' });
  const element = make('div', { class: 'split' }, line, before, after, input);
  describe(
    store,
    ({ split }) => [split],
    (strings, split) => {
      input.ariaValueText = strings.splitValue(Math.round(100 * split));
    },
  );
  return element;
}

/** Places the slider over the visible part of the picture, from one end of it to the other. */
function placeSplit(split: HTMLElement, state: State, pane: Pane, picture: Size): void {
  const { x, y, scale } = placed(state.view, pane, picture);
  const [width, height] = [picture.width * scale, picture.height * scale];
  const [left, right] = [Math.max(0, x), Math.min(pane.width, x + width)];
  const [top, bottom] = [Math.max(0, y), Math.min(pane.height, y + height)];
  const input = split.querySelector('input');
  if (input !== null) {
    // The knob is as wide as the slider is tall.
    const inset = Math.min(input.offsetHeight, right - left) / 2;
    const [least, most] = [(left + inset - x) / width, (right - inset - x) / width];
    [input.min, input.max] = [`${100 * least}`, `${100 * most}`];
    input.value = `${100 * state.split}`;
  }
  const part = Math.min(1, Math.max(0, (x + state.split * width - left) / (right - left)));
  split.style.setProperty('--split', `${part}`);
  for (const [name, value] of Object.entries({ left, top, width: right - left, height: bottom - top })) {
    split.style.setProperty(name, `${value}px`);
  }
  for (const chip of split.querySelectorAll('.chip')) {
    // At the left end the whole picture is the painting, and neither label shows.
    const isFaded = part < 0.02 || (chip.matches('.before') ? part < 0.12 : part > 0.88);
    chip.classList.toggle('faded', isFaded);
  }
}

function placeChip(chip: HTMLElement, { view }: State, pane: Pane | undefined, picture: Size): void {
  if (pane === undefined) return;
  const { x, y } = placed(view, pane, picture);
  chip.style.setProperty('left', `${pane.x + Math.max(0, x) + 10}px`);
  chip.style.setProperty('top', `${pane.y + Math.max(0, y) + 10}px`);
}
