/** Pointers and keys on the stage: moving, zooming, painting masks. */

import type { History } from './history.ts';
import { blankMask, painted } from './mask-brush.ts';
import { pictureOf, type Stage } from './stage.ts';
import type { Pane } from './stage-drawing.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { moved, placed, type Spot, wholeView, zoomed } from './view.ts';

const KEY_STEP = 48;
const ZOOM_STEP = 1.25;

export function listenToStage(stage: Stage, store: Store<State>, history: History): void {
  const { canvas } = stage;
  const pointers = new Map<number, Spot>();
  /** The masks at the beginning of a stroke; undefined while there is none. */
  let unpainted: Settings['masks'] | undefined;
  /** Position of the brush in the picture, for keys. */
  let brush: Spot = { x: 0.5, y: 0.5 };

  function spotOf(event: MouseEvent): Spot {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function paneAt({ x, y }: Spot): Pane | undefined {
    return stage.panes().find((p) => x >= p.x && y >= p.y && x <= p.x + p.width && y <= p.y + p.height);
  }

  /** Point of the picture under a spot, 0–1 inside of the picture. */
  function placeUnder(spot: Spot): Spot | undefined {
    const picture = pictureOf(store.get());
    const pane = paneAt(spot) ?? stage.panes()[0];
    if (picture === undefined || pane === undefined) return undefined;
    const { x, y, scale } = placed(store.get().view, pane, picture);
    return {
      x: (spot.x - pane.x - x) / scale / picture.width,
      y: (spot.y - pane.y - y) / scale / picture.height,
    };
  }

  function zoom(factor: number, spot: Spot): void {
    const picture = pictureOf(store.get());
    const under = paneAt(spot);
    const pane = under ?? stage.panes()[0];
    if (picture === undefined || pane === undefined) return;
    // Between panes no place of the picture is meant, and its middle stays.
    const inside = under
      ? { x: spot.x - pane.x, y: spot.y - pane.y }
      : { x: pane.width / 2, y: pane.height / 2 };
    store.set({ view: zoomed(store.get().view, factor, inside, pane, picture) });
  }

  function move(by: Spot): void {
    const picture = pictureOf(store.get());
    const [pane] = stage.panes();
    if (picture !== undefined && pane !== undefined) {
      store.set({ view: moved(store.get().view, by, pane, picture) });
    }
  }

  function paintMask(from: Spot, to: Spot): void {
    const { settings, slot, maskBrush, isErasing, photo } = store.get();
    if (photo === undefined) return;
    const before = settings.masks[slot] ?? blankMask(photo, isErasing);
    const mask = painted(before, { from, to, diameter: maskBrush, isErasing });
    if (mask !== before) history.move({ masks: settings.masks.map((old, i) => (i === slot ? mask : old)) });
  }

  function endStroke(): void {
    unpainted = undefined;
    history.finish();
  }

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, spotOf(event));
    if (unpainted !== undefined) {
      // Two fingers zoom: the first one was not meant to paint.
      history.move({ masks: unpainted });
      endStroke();
    } else if (store.get().isMasking && pointers.size === 1) {
      unpainted = store.get().settings.masks;
      const place = placeUnder(spotOf(event));
      if (place !== undefined) paintMask(place, place);
    }
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = spotOf(event);
    pointers.set(event.pointerId, now);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, spot]) => spot);
    const [other] = others;
    if (other !== undefined) {
      const [wide, wider] = [distance(before, other), distance(now, other)];
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      if (wide > 0) zoom(wider / wide, middle);
      move({ x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 });
    } else if (unpainted !== undefined) {
      const [from, to] = [placeUnder(before), placeUnder(now)];
      if (from !== undefined && to !== undefined) paintMask(from, to);
    } else if (!store.get().isMasking) {
      move({ x: now.x - before.x, y: now.y - before.y });
    }
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, (event) => {
      if (pointers.delete(event.pointerId) && unpainted !== undefined) endStroke();
    });
  }
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      zoom(2 ** ((-event.deltaY * lines) / 300), spotOf(event));
    },
    { passive: false },
  );
  canvas.addEventListener('dblclick', (event) => {
    if (store.get().isMasking) return;
    if (store.get().view.zoom > 1) store.set({ view: wholeView });
    else zoom(3, spotOf(event));
  });

  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = arrows[event.key];
    const middle = { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
    if (arrow !== undefined && store.get().isMasking) {
      const inside = (value: number) => Math.min(1, Math.max(0, value));
      brush = { x: inside(brush.x + 0.04 * arrow.x), y: inside(brush.y + 0.04 * arrow.y) };
      showBrush();
    } else if (arrow !== undefined) move({ x: -KEY_STEP * arrow.x, y: -KEY_STEP * arrow.y });
    else if (event.key === '+' || event.key === '=') zoom(ZOOM_STEP, middle);
    else if (event.key === '-') zoom(1 / ZOOM_STEP, middle);
    else if (event.key === '0') store.set({ view: wholeView });
    else if (event.key === ' ' && store.get().isMasking) {
      paintMask(brush, brush);
      history.finish();
    } else return;
    event.preventDefault();
  });

  const cursor = stage.element.appendChild(document.createElement('div'));
  cursor.className = 'brush-cursor';
  cursor.hidden = true;

  /** Shows the brush at a point of the picture. */
  function showBrush(place: Spot = brush): void {
    const state = store.get();
    const picture = pictureOf(state);
    const [pane] = stage.panes();
    cursor.hidden = !state.isMasking || picture === undefined;
    if (picture === undefined || pane === undefined) return;
    const at = placed(state.view, pane, picture);
    const width = state.maskBrush * Math.min(picture.width, picture.height) * at.scale;
    cursor.style.setProperty('left', `${pane.x + at.x + place.x * picture.width * at.scale}px`);
    cursor.style.setProperty('top', `${pane.y + at.y + place.y * picture.height * at.scale}px`);
    cursor.style.setProperty('width', `${width}px`);
  }

  canvas.addEventListener('pointermove', (event) => {
    if (!store.get().isMasking) return;
    brush = placeUnder(spotOf(event)) ?? brush;
    showBrush();
  });
  store.watch(
    ({ isMasking, maskBrush, view, stage }) => [isMasking, maskBrush, view, stage],
    () => showBrush(),
  );
}

const arrows: Readonly<Record<string, Spot>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

function distance(a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
