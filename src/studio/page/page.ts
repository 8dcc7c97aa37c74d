/** The studio: puts its parts together. */

import { createHeader } from './actions.ts';
import { createAddresses } from './addresses.ts';
import { createComparison, createControls } from './controls.ts';
import { filePicker, make } from './dom.ts';
import { followCrop } from './cropping.ts';
import { createDownload } from './download.ts';
import { createEmpty, type Openers, sampleUrl } from './empty.ts';
import { createFinishBar } from './finish-bar.ts';
import { createFinishing } from './finishing.ts';
import { keepFocus } from './focus.ts';
import { createGallery } from './gallery.ts';
import { createHistory } from './history.ts';
import { setLanguage } from './i18n.ts';
import { createIntake } from './intake.ts';
import { type Kept, keepPage } from './keeping.ts';
import { createLearnPanel } from './learn-panel.ts';
import { createLater } from './later.ts';
import { askBeforeLeaving } from './leaving.ts';
import { settingsOf } from './link.ts';
import { createLive } from './live.ts';
import { createLiveBar } from './live-bar.ts';
import { createMaskBar } from './mask-bar.ts';
import { createMaskPanel } from './mask-panel.ts';
import { createMixer } from './mixer.ts';
import { createEngine } from './engine.ts';
import { createNotices, createProgress } from './notices.ts';
import { keepOffline } from './offline.ts';
import { createOwnActions } from './own-paintings.ts';
import { createPaintings, isBundled } from './paintings.ts';
import { deviceOf, reasonOf, startRepainting } from './repainting.ts';
import { createSaveMenu } from './save-menu.ts';
import { openSession } from './session.ts';
import { createStage } from './stage.ts';
import { createStageBar } from './stage-bar.ts';
import { listenToStage } from './stage-input.ts';
import { firstSettings } from './settings.ts';
import { createStageTools } from './stage-tools.ts';
import { firstState, type State } from './state.ts';
import { createStore } from './store.ts';
import { createTurns } from './turns.ts';
import { recallLanguage, recallTheme } from './theme.ts';

recallTheme();
setLanguage(recallLanguage());

const base = document.baseURI;
const opening = openSession<Kept>();
const store = createStore<State>({
  ...firstState,
  settings: settingsOf(location.hash, isBundled) ?? firstSettings,
});
const history = createHistory(store);
const addresses = createAddresses(store, history);
const paintings = createPaintings(base);
const engine = createEngine(base);
// The network loads while the page is built, and while the person looks for a photograph.
const loading = engine.load(store.get().settings.model);
const nextTurn = createTurns();
const live = createLive(store, engine, paintings, nextTurn);
const later = createLater({ store, history, paintings, engine });
const ownPaintings = createOwnActions(store, history, paintings, engine);

const intake = createIntake(store, history, opening, nextTurn, live.startClip, ownPaintings.add, later.batch);

/** Takes a sample photograph of the page. */
async function takeSample(id: string): Promise<void> {
  const turn = nextTurn();
  turn.begin();
  try {
    const blob = await (await fetch(sampleUrl(base, id))).blob();
    if (turn.isNewest()) intake.take([new File([blob], `${id}.avif`, { type: 'image/avif' })]);
  } catch (error) {
    store.set({ notice: { kind: 'problem', text: (s) => s.failed(reasonOf(error)) } });
  }
}

const open: Openers = {
  photo: filePicker('image/*', intake.take),
  painting: filePicker('image/*,.style', (files) => void opening.then(() => ownPaintings.add(files))),
  sample: (id) => void takeSample(id),
  camera: () => void live.startCamera(),
  video: filePicker('video/*,image/gif,image/webp', intake.take),
};

const repainting = startRepainting(store, engine, paintings);
followCrop(store, repainting.tell);
const maskBar = createMaskBar(store, history);
const stage = createStage(
  store,
  createEmpty(store, paintings, open, base),
  maskBar.sign,
  createProgress(store),
  createLiveBar(store, live, intake.take, later.clip),
);
listenToStage(stage, store, history);
stage.element.append(createStageTools(store, stage, later.crop));
const panel = make(
  'aside',
  { class: 'panel', label: (s) => s.settings },
  createGallery(store, history, paintings, ownPaintings, open.painting),
  createControls(store, history, paintings),
  createMixer(store, history, paintings),
  createMaskPanel(store, history, paintings, maskBar.begin),
  createComparison(store, history, paintings),
  createLearnPanel(store, paintings, later.learn),
);
const finishing = createFinishing(store, history, engine, paintings, repainting);
const easel = make(
  'div',
  { class: 'easel' },
  createNotices(store),
  stage.element,
  maskBar.element,
  createFinishBar(store, history, paintings, finishing),
  createStageBar(store, stage, open),
);
const download = createDownload(store, engine, paintings);
const saveMenu = createSaveMenu(
  store,
  download,
  paintings,
  (id) => void ownPaintings.saveStyle(id),
  filePicker('image/*', later.batch),
);
const main = make('main', {}, easel, panel);
store.watch(
  ({ isOpening }) => [isOpening],
  (isOpening) => main.setAttribute('aria-busy', `${isOpening}`),
);
document.body.append(
  createHeader(store, history, addresses, saveMenu, later.keyboardHelp, nextTurn),
  main,
  intake.veil,
);
keepFocus();

void keepPage(opening, { store, history, paintings, addresses, repainting });
void opening.then((session) => askBeforeLeaving(store, session));

loading.then(
  (device) => store.set({ device: deviceOf(device) }),
  // A failure is reported when something is to be painted.
  () => undefined,
);

void keepOffline(store);
