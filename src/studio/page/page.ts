/** The studio: puts its parts together. */

import { createHeader } from './actions.ts';
import { createComparison, createControls } from './controls.ts';
import { filePicker, make } from './dom.ts';
import { createDownload } from './download.ts';
import { createEmpty, type Openers, sampleUrl } from './empty.ts';
import { createFinishBar } from './finish-bar.ts';
import { createFinishing } from './finishing.ts';
import { keepFocus } from './focus.ts';
import { createGallery, createPaintings, isBundled } from './gallery.ts';
import { createHistory, withStyle } from './history.ts';
import { setLanguage } from './i18n.ts';
import { createIntake } from './intake.ts';
import { fromFragment } from './link.ts';
import { createLive } from './live.ts';
import { createLiveBar } from './live-bar.ts';
import { createMaskBar } from './mask-bar.ts';
import { createMaskPanel } from './mask-panel.ts';
import { createMixer } from './mixer.ts';
import { createEngine } from './engine.ts';
import { createNotices, createProgress } from './notices.ts';
import { keepOffline } from './offline.ts';
import { deviceOf, reasonOf, startRepainting } from './repainting.ts';
import { decode, Refusal } from './photo.ts';
import { createStage } from './stage.ts';
import { createStageBar } from './stage-bar.ts';
import { listenToStage } from './stage-input.ts';
import { firstSettings } from './settings.ts';
import { firstState, type State } from './state.ts';
import { createStore } from './store.ts';
import { recallLanguage, recallTheme } from './theme.ts';

recallTheme();
setLanguage(recallLanguage());

const base = document.baseURI;
const settings = { ...firstSettings, ...fromFragment(location.hash, isBundled) };
const store = createStore<State>({ ...firstState, settings });
const history = createHistory(store);
const paintings = createPaintings(base);
const engine = createEngine(base);
const live = createLive(store, engine, paintings);

async function addOwn(file: File): Promise<void> {
  try {
    // Finds undecodable files now, not at the first painting.
    (await decode(file, file.name)).close();
  } catch (error) {
    if (error instanceof Refusal) store.set({ notice: { kind: 'problem', text: error.text } });
    return;
  }
  const id = paintings.add(file);
  history.change(withStyle(store.get().settings, store.get().slot, id));
}

const intake = createIntake(
  store,
  (file) => void live.startVideo(file),
  (file) => void addOwn(file),
);

/** Takes a sample photograph of the page. */
async function takeSample(id: string): Promise<void> {
  try {
    const blob = await (await fetch(sampleUrl(base, id))).blob();
    intake.take(new File([blob], `${id}.avif`, { type: 'image/avif' }));
  } catch (error) {
    store.set({ notice: { kind: 'problem', text: (s) => s.failed(reasonOf(error)) } });
  }
}

const open: Openers = {
  photo: filePicker('image/*', intake.take),
  painting: filePicker('image/*', (file) => void addOwn(file)),
  sample: (id) => void takeSample(id),
  camera: () => void live.startCamera(),
  video: filePicker('video/*', intake.take),
};

const repainting = startRepainting(store, engine, paintings);
const maskBar = createMaskBar(store, history);
const stage = createStage(
  store,
  createEmpty(store, paintings, open, base),
  maskBar.sign,
  createProgress(store),
  createLiveBar(store, live, intake.take),
);
listenToStage(stage, store, history);
const panel = make(
  'aside',
  { class: 'panel', label: (s) => s.settings },
  createGallery(store, history, paintings, open.painting),
  createControls(store, history),
  createMixer(store, history, paintings),
  createMaskPanel(store, history, paintings, maskBar.begin),
  createComparison(store, history),
);
const finishing = createFinishing(store, history, engine, paintings, repainting);
const easel = make(
  'div',
  { class: 'easel' },
  createNotices(store),
  stage.element,
  maskBar.element,
  createFinishBar(store, history, finishing),
  createStageBar(store, stage, open),
);
document.body.append(
  createHeader(store, history, createDownload(store, engine, paintings)),
  make('main', {}, easel, panel),
  intake.veil,
);
keepFocus();

window.addEventListener('hashchange', () => history.change(fromFragment(location.hash, isBundled)));

void keepOffline(store);

// Loads the network while the person looks for a photograph.
engine.load(settings.model).then(
  (device) => store.set({ device: deviceOf(device) }),
  // A failure is reported when something is to be painted.
  () => undefined,
);
