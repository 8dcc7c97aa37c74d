/** The dialog that turns and crops the photograph. It is loaded when it is opened. */

import { cropOf } from './cropping.ts';
import {
  type Box,
  fittedBox,
  type Handle,
  handles,
  movedBox,
  pixelsOf,
  resizedBox,
  spotOf,
  turned,
  turnedBox,
  turnedSize,
  type Turns,
  wholeBox,
} from './crop-shape.ts';
import { choice, icon, make, makeButton } from './dom.ts';
import { fleeting, say } from './i18n.ts';
import type { Parts } from './later.ts';
import { decode, LEAST_SIDE, smaller } from './photo.ts';
import type { Photo } from './state.ts';
import { recutMask } from './mask-crop.ts';
import { createStore } from './store.ts';
import type { Size, Spot } from './view.ts';

/** Short side in pixels of the picture in the dialog. */
const SHOWN_SIDE = 720;

/** A step of an arrow key, and one with Shift, as parts of the picture's sides. */
const [KEY_STEP, WIDE_STEP] = [0.01, 0.1];

/** Width by height; `free` keeps none, `whole` that of the photograph. */
const aspects = ['free', 'whole', '1:1', '4:3', '3:4', '16:9', '9:16'] as const;
type Aspect = (typeof aspects)[number];

interface Draft {
  readonly turns: Turns;
  readonly box: Box;
  readonly aspect: Aspect;
}

/** Opens it for the present photograph. It removes itself when it is closed. */
export async function openCrop(parts: Parts): Promise<void> {
  const { photo } = parts.store.get();
  if (photo === undefined) return;
  const image = await decode(photo.original, photo.name);
  const picture = smaller(image, SHOWN_SIDE);
  const size = { width: image.width, height: image.height };
  image.close();
  fleeting(() => open(parts, photo, picture, size));
}

function open({ store, history }: Parts, photo: Photo, picture: HTMLCanvasElement, size: Size): void {
  const uncut = { turns: 0, box: wholeBox } as const;
  const before = cropOf(photo, store.get().settings) ?? uncut;
  const draft = createStore<Draft>({ turns: before.turns, box: before.box, aspect: 'free' });
  const canvas = make('canvas', { attributes: { 'aria-hidden': 'true' } });
  // As sliders, screen readers leave the arrow keys to them and say where they are.
  const attributes = { role: 'slider', tabindex: '0', 'aria-valuemin': '0', 'aria-valuemax': '100' };
  const frame = make('div', { class: 'crop-frame', label: (s) => s.cropFrame, attributes });
  const grips = handles.map((handle) =>
    make('div', { class: `crop-grip ${handle}`, label: (s) => s.cropGrips[handle], attributes }),
  );
  const area = make('div', { class: 'crop-area' }, canvas, frame, ...grips);
  const pixels = make('p', { class: 'hint', attributes: { role: 'status' } });
  // A ratio may leave little of a small photograph.
  const small = make('p', { class: 'hint', text: (s) => s.tooSmall, attributes: { role: 'alert' } });
  const done = makeButton(apply, { class: 'primary', icon: icon('check'), text: (s) => s.cropApply });

  function ratioOf({ aspect, turns }: Draft): number | undefined {
    if (aspect === 'free') return undefined;
    const { width, height } = turnedSize(size, turns);
    if (aspect === 'whole') return 1;
    const [wide = 1, tall = 1] = aspect.split(':').map(Number);
    return ((wide / tall) * height) / width;
  }

  function change(patch: Partial<Draft>): void {
    const next = { ...draft.get(), ...patch };
    const ratio = ratioOf(next);
    const isNew = patch.aspect !== undefined || patch.turns !== undefined;
    draft.set({ ...patch, ...(isNew && ratio !== undefined ? { box: fittedBox(next.box, ratio) } : {}) });
  }

  function shift(handle: Handle | undefined, by: Spot): void {
    const now = draft.get();
    const { width, height } = turnedSize(size, now.turns);
    const least = { width: Math.min(1, LEAST_SIDE / width), height: Math.min(1, LEAST_SIDE / height) };
    const moved = handle === undefined ? movedBox(now.box, by) : undefined;
    change({ box: moved ?? resizedBox(now.box, handle ?? 'se', by, ratioOf(now), least) });
  }

  const rotate = (by: 1 | -1) => (): void => {
    const now = draft.get();
    change({ turns: turned(now.turns, by), box: turnedBox(now.box, by) });
  };

  listen(frame, area, (by) => shift(undefined, by));
  for (const [i, grip] of grips.entries()) listen(grip, area, (by) => shift(handles[i], by));

  draft.watch(
    ({ turns }) => [turns],
    (turns) => {
      const { width, height } = turnedSize(picture, turns);
      [canvas.width, canvas.height] = [width, height];
      area.style.setProperty('--aspect', `${width / height}`);
      const context = canvas.getContext('2d');
      context?.translate(width / 2, height / 2);
      context?.rotate((turns * Math.PI) / 2);
      context?.drawImage(picture, -picture.width / 2, -picture.height / 2);
    },
  );
  draft.watch(
    ({ box, turns, aspect }) => [box, turns, aspect],
    (box, turns, aspect) => {
      for (const [name, value] of Object.entries(box)) area.style.setProperty(`--${name}`, `${value}`);
      const whole = turnedSize(size, turns);
      const shown = pixelsOf(box, whole);
      done.disabled = Math.min(shown.width, shown.height) < LEAST_SIDE;
      small.hidden = !done.disabled;
      pixels.textContent = say((s) => s.downloadSize(shown.width, shown.height));
      tellPlace(frame, spotOf(shown, 'nw'), whole, true);
      for (const [i, handle] of handles.entries()) {
        const grip = grips[i];
        if (grip === undefined) continue;
        grip.hidden = aspect !== 'free' && handle.length === 1;
        tellPlace(grip, spotOf(shown, handle), whole, handle !== 'n' && handle !== 's');
      }
    },
  );

  function apply(): void {
    const { turns, box } = draft.get();
    const { width, height } = pixelsOf(box, turnedSize(size, turns));
    const whole = turnedSize(size, turns);
    const isAll = turns === 0 && width === whole.width && height === whole.height;
    const crop = isAll ? undefined : { of: photo.original, turns, box };
    element.close();
    // The same crop again would be another file, and so another painting.
    if (JSON.stringify(crop) === JSON.stringify(photo.crop)) return;
    const masks = store
      .get()
      .settings.masks.map((mask) => mask && recutMask(mask, before, crop ?? uncut, size));
    history.change({ crop, masks });
  }

  const turns90 = make(
    'div',
    { class: 'actions' },
    makeButton(rotate(-1), { class: 'quiet', label: (s) => s.turnLeft, icon: icon('turnLeft') }),
    makeButton(rotate(1), { class: 'quiet', label: (s) => s.turnRight, icon: icon('turnRight') }),
  );
  const shape = choice(draft, {
    name: (s) => s.cropAspect,
    values: aspects,
    textOf: (aspect) => (s) => (aspect === 'free' ? s.cropFree : aspect === 'whole' ? s.cropWhole : aspect),
    read: ({ aspect }) => aspect,
    choose: (aspect) => change({ aspect }),
  });
  const element = make(
    'dialog',
    { class: 'dialog crop', label: (s) => s.crop },
    make('div', { class: 'group-top' }, make('h2', { text: (s) => s.crop }), pixels, turns90),
    area,
    shape,
    small,
    make(
      'div',
      { class: 'row end' },
      makeButton(() => draft.set({ ...uncut, aspect: 'free' }), {
        class: 'plain first',
        text: (s) => s.cropReset,
      }),
      makeButton(() => element.close(), { class: 'plain', text: (s) => s.cancel }),
      done,
    ),
  );
  element.addEventListener('close', () => element.remove());
  document.body.append(element);
  element.showModal();
  frame.focus({ preventScroll: true });
}

/** Tells screen readers where a slider is, in pixels; its value is one of both directions. */
function tellPlace(slider: HTMLElement, { x, y }: Spot, whole: Size, isAcross: boolean): void {
  slider.ariaValueNow = `${Math.round(100 * (isAcross ? x / whole.width : y / whole.height))}`;
  slider.ariaValueText = say((s) => s.cropAt(x, y));
}

/** Calls `shift` with steps of pointer and arrow keys on an element, in parts of the area's sides. */
function listen(element: HTMLElement, area: HTMLElement, shift: (by: Spot) => void): void {
  let last: Spot | undefined;
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    last = { x: event.clientX, y: event.clientY };
  });
  element.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (last === undefined) return;
    const { width, height } = area.getBoundingClientRect();
    shift({ x: (clientX - last.x) / width, y: (clientY - last.y) / height });
    last = { x: clientX, y: clientY };
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    element.addEventListener(end, () => {
      last = undefined;
    });
  }
  element.addEventListener('keydown', (event) => {
    const arrow = arrows[event.key];
    if (arrow === undefined || event.target !== element) return;
    event.preventDefault();
    const step = event.shiftKey ? WIDE_STEP : KEY_STEP;
    shift({ x: step * arrow.x, y: step * arrow.y });
  });
}

const arrows: Readonly<Record<string, Spot>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
