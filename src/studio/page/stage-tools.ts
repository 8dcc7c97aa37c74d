/** Tools at the stage: cropping, the photograph for as long as a button or key is held, full screen. */

import { icon, make, makeButton } from './dom.ts';
import type { Stage } from './stage.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** @param openCrop turns and crops the photograph */
export function createStageTools(store: Store<State>, { canvas }: Stage, openCrop: () => void): HTMLElement {
  const hold = (isHeld: boolean) => (): void => {
    if (store.get().isHeld !== isHeld) store.set({ isHeld });
  };
  const compare = makeButton(() => undefined, { class: 'quiet', label: (s) => s.hold, icon: icon('eye') });
  compare.addEventListener('pointerdown', (event) => {
    compare.setPointerCapture(event.pointerId);
    hold(true)();
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture', 'blur'] as const) {
    compare.addEventListener(end, hold(false));
  }
  // A long touch would open the browser's menu.
  compare.addEventListener('contextmenu', (event) => event.preventDefault());
  listenToKey(compare, [' ', 'Enter'], hold);
  listenToKey(canvas, ['c', 'C'], hold);
  const crop = makeButton(openCrop, { class: 'quiet', label: (s) => s.crop, icon: icon('crop') });
  const element = make('div', { class: 'actions' }, crop, compare);

  // Browsers of small phones have none.
  if (document.fullscreenEnabled) {
    const toggle = (): void => {
      if (document.fullscreenElement === null) void document.documentElement.requestFullscreen();
      else void document.exitFullscreen();
    };
    const button = makeButton(toggle, {
      class: 'quiet',
      label: (s) => s.fullScreen,
      icon: icon('screen'),
    });
    canvas.addEventListener('keydown', (event) => {
      if (isPlain(event) && /^f$/i.test(event.key) && !event.repeat) toggle();
    });
    document.addEventListener('fullscreenchange', () => {
      button.ariaPressed = `${document.fullscreenElement !== null}`;
    });
    element.append(button);
  }
  store.watch(
    ({ photo, live, painted, settings }) => [
      (live === undefined ? (settings.isCompared ? undefined : photo && painted) : live.painted) ===
        undefined,
    ],
    (isOff) => {
      compare.disabled = isOff;
      if (isOff) hold(false)();
    },
  );
  store.watch(
    ({ photo, live, isMasking }) => [photo !== undefined && live === undefined && !isMasking],
    (isPossible) => {
      crop.disabled = !isPossible;
    },
  );
  return element;
}

/** Calls `hold(true)()` while one of some keys is held on an element, and `hold(false)()` after it. */
function listenToKey(
  element: HTMLElement,
  keys: readonly string[],
  hold: (isHeld: boolean) => () => void,
): void {
  element.addEventListener('keydown', (event) => {
    if (!isPlain(event) || !keys.includes(event.key)) return;
    event.preventDefault();
    hold(true)();
  });
  element.addEventListener('keyup', (event) => {
    if (keys.includes(event.key)) hold(false)();
  });
  element.addEventListener('blur', hold(false));
}

function isPlain(event: KeyboardEvent): boolean {
  return !(event.ctrlKey || event.metaKey || event.altKey);
}
