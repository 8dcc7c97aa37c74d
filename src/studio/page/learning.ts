/** The network learns one painting while the page works on. It is loaded when it is wanted. */

import { make, makeButton } from './dom.ts';
import { sampleUrl } from './empty.ts';
import { withStyle } from './history.ts';
import { passing, say, type Text } from './i18n.ts';
import type { Parts } from './later.ts';
import { isAbort } from './repainting.ts';
import { en } from './strings/en.ts';

/** What it takes, in seconds. */
const SECONDS = 60;

/**
 * Learns the chosen painting on the photograph, if there is one, and on the samples. The result is a painting
 * of its own.
 *
 * @param place shows how it goes
 */
export async function learn(parts: Parts, place: HTMLElement): Promise<void> {
  const { store, history, paintings, engine } = parts;
  const { settings, slot, photo, isLearning } = store.get();
  const painting = paintings.get(settings.styles[slot] ?? '');
  if (isLearning) return;
  const [enough, cancelled] = [new AbortController(), new AbortController()];
  const { built: shown, forget } = passing(() => view(painting.title, enough, cancelled));
  store.set({ isLearning: true });
  place.replaceChildren(shown.element);
  shown.stop.focus();
  const samples = Object.keys(en.samples).map((id) => sampleUrl(document.baseURI, id));
  try {
    const { picture } = painting.source;
    const tuned = await engine.learn({
      source: painting.source,
      contents: photo === undefined ? samples : [photo.blob, ...samples],
      ...{ seconds: SECONDS, enough: enough.signal, signal: cancelled.signal },
      onStep: shown.step,
      onSample: shown.sample,
    });
    const file = typeof picture === 'string' ? await (await fetch(picture)).blob() : picture;
    const name = say((s) => s.learntName(painting.title(s)));
    const id = paintings.add({ file, name, thumbnail: undefined, isStyleFile: false, tuned });
    const now = store.get();
    const show = (): void => history.change(withStyle(store.get().settings, store.get().slot, id));
    // What was chosen meanwhile stays.
    const isSame = now.settings.styles[now.slot] === painting.id;
    if (isSame) show();
    const action = { text: () => name, run: show };
    store.set({ notice: { kind: 'note', text: (s) => s.learnt, ...(isSame ? {} : { action }) } });
  } catch (error) {
    if (!isAbort(error)) throw error;
  } finally {
    place.replaceChildren();
    forget();
    store.set({ isLearning: false });
  }
}

/** The sample as it grows, the time left, and two ways to end it. */
function view(title: Text, enough: AbortController, cancelled: AbortController) {
  const canvas = make('canvas', { label: (s) => s.learnSample, attributes: { role: 'img' } });
  canvas.hidden = true;
  const bar = make('progress', { label: (s) => s.learn, attributes: { max: `${SECONDS}` } });
  const status = make('p', { class: 'hint', text: (s) => s.loadingModel });
  const stop = makeButton(
    () => {
      enough.abort();
      stop.disabled = true;
    },
    { class: 'plain', text: (s) => s.learnStop },
  );
  const cancel = makeButton(() => cancelled.abort(new DOMException('cancelled', 'AbortError')), {
    class: 'plain',
    text: (s) => s.cancel,
  });
  const heading = make('h3', { text: (s) => s.learning(title(s)) });
  const element = make(
    'div',
    { class: 'group' },
    ...[heading, canvas, bar, status, make('div', { class: 'row' }, stop, cancel)],
  );
  return {
    element,
    stop,
    step(seconds: number): void {
      bar.value = Math.min(SECONDS, seconds);
      status.textContent = say((s) => s.learnLeft(Math.max(0, Math.ceil(SECONDS - seconds))));
    },
    sample(picture: ImageData): void {
      [canvas.width, canvas.height] = [picture.width, picture.height];
      canvas.getContext('2d')?.putImageData(picture, 0, 0);
      canvas.hidden = false;
    },
  };
}
