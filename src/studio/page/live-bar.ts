/** The bar over the stage while a camera or a clip runs: frame rate, time, picture, recording, end. */

import { icon, listenToSlider, make, makeButton } from './dom.ts';
import { save } from './download.ts';
import { describe } from './i18n.ts';
import type { Live } from './live.ts';
import { createRecorder } from './recorder.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/**
 * @param take makes a picture the photograph
 * @param openRendering opens the dialog in which a whole clip is painted
 */
export function createLiveBar(
  store: Store<State>,
  live: Live,
  take: (files: readonly File[]) => void,
  openRendering: (clip: File) => void,
): HTMLElement {
  const recorder = createRecorder(store);
  const rate = make('p', { class: 'rate' });
  const pause = makeButton(live.togglePause, { class: 'quiet' });
  const record = makeButton(() => void toggleRecording(), { class: 'quiet record' });
  const whole = makeButton(renderClip, { class: 'primary', icon: icon('video'), text: (s) => s.clipOpen });
  const snapshot = makeButton(() => void takeSnapshot(), {
    icon: icon('snapshot'),
    text: (s) => s.snapshot,
  });
  const end = makeButton(live.end, { class: 'plain', text: (s) => s.liveEnd });
  const mirror = makeButton(live.toggleMirror, {
    class: 'quiet',
    label: (s) => s.mirror,
    icon: icon('mirror'),
  });
  const cameras = make('select', { label: (s) => s.cameras });
  cameras.addEventListener('change', () => void live.chooseCamera(cameras.value));
  const element = make(
    'div',
    { class: 'live-bar' },
    ...[createSeek(store, live), rate, cameras, mirror, pause, record, snapshot, whole, end],
  );

  function renderClip(): void {
    const { live: state } = store.get();
    if (state?.file === undefined) return;
    if (!state.isPaused) live.togglePause();
    openRendering(state.file);
  }

  async function takeSnapshot(): Promise<void> {
    const file = await live.snapshot();
    if (file === undefined) return;
    live.end();
    take([file]);
  }

  async function toggleRecording(): Promise<void> {
    const { live: state } = store.get();
    if (state === undefined) return;
    if (state.isRecording) {
      await saveRecording();
      const { live: still } = store.get();
      if (still !== undefined) store.set({ live: { ...still, isRecording: false } });
      return;
    }
    try {
      recorder.start();
      store.set({ live: { ...state, isRecording: true } });
    } catch {
      store.set({ notice: { kind: 'problem', text: (s) => s.recordFailed } });
    }
  }

  async function saveRecording(): Promise<void> {
    const file = await recorder.stop();
    if (file === undefined) return;
    save(file, file.name);
    store.set({ notice: { kind: 'note', text: (s) => s.recorded } });
  }

  store.watch(
    (state) => [state.live === undefined],
    (isOff) => {
      element.hidden = isOff;
      // However it ended, nothing that was recorded is lost.
      if (isOff) void saveRecording();
    },
  );
  describe(
    store,
    ({ live }) => [live?.rate ?? 0, live?.side ?? 0, live?.dropped ?? 0, live?.isPaused ?? false],
    (strings, pictures, side, dropped, isPaused) => {
      const running = pictures === 0 ? strings.loadingModel : strings.rate(pictures.toFixed(1), side);
      rate.textContent = isPaused ? '' : running;
      rate.title = strings.dropped(dropped);
    },
  );
  describe(
    store,
    (state) => [state.live?.isPaused ?? false, state.live?.isRecording ?? false],
    (strings, isPaused, isRecording) => {
      label(pause, isPaused ? 'play' : 'pause', isPaused ? strings.play : strings.pause);
      label(record, isRecording ? 'stop' : 'record', isRecording ? strings.recordStop : strings.record);
      record.classList.toggle('recording', isRecording);
    },
  );
  describe(
    store,
    ({ live }) => [live?.cameras, live?.camera],
    (strings, list = [], chosen = '') => {
      cameras.hidden = list.length < 2;
      const options = list.map(({ id, name }, i) => new Option(name || strings.cameraNumbered(i + 1), id));
      cameras.replaceChildren(...options);
      cameras.value = chosen;
    },
  );
  store.watch(
    ({ live }) => [live?.kind, live?.isMirrored],
    (kind, isMirrored) => {
      const isClip = kind === 'clip';
      [mirror.hidden, record.hidden, whole.hidden] = [isClip, isClip, !isClip];
      snapshot.className = isClip ? 'plain' : 'primary';
      mirror.ariaPressed = `${isMirrored === true}`;
    },
  );
  return element;
}

function label(button: HTMLButtonElement, name: 'play' | 'pause' | 'stop' | 'record', words: string): void {
  button.replaceChildren(icon(name));
  button.ariaLabel = words;
  button.title = words;
}

/** The slider of a clip's time. */
function createSeek(store: Store<State>, live: Live): HTMLElement {
  const input = make('input', {
    label: (s) => s.clipTime,
    attributes: { type: 'range', min: '0', step: 'any' },
  });
  const output = make('output', { attributes: { 'aria-hidden': 'true' } });
  let wasPlaying = false;
  input.addEventListener('pointerdown', () => {
    wasPlaying = store.get().live?.isPaused === false;
  });
  listenToSlider(
    input,
    (seconds) => void live.seek(seconds, true),
    (isTakenBack) => {
      if (isTakenBack && wasPlaying) live.togglePause();
      else void live.seek(input.valueAsNumber, false);
    },
  );
  const element = make('div', { class: 'slider seek' }, input, output);
  describe(
    store,
    ({ live }) => [live?.time ?? 0, live?.seconds ?? 0],
    (strings, time, seconds) => {
      element.hidden = seconds === 0;
      [input.max, input.value] = [`${seconds}`, `${time}`];
      input.style.setProperty('--part', `${time / Math.max(seconds, 1e-6)}`);
      input.ariaValueText = strings.clipTimeOf(time.toFixed(1), seconds.toFixed(1));
      output.textContent = `${clock(time)} / ${clock(seconds)}`;
    },
  );
  return element;
}

/** `1:05.2` */
function clock(seconds: number): string {
  const tenths = Math.round(10 * seconds);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}
