/** The bar below the stage: opening pictures, progress, zoom. */

import { icon, make, makeButton } from './dom.ts';
import type { Openers } from './empty.ts';
import { describe } from './i18n.ts';
import { pictureOf, type Stage } from './stage.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { fitScale, wholeView, zoomed } from './view.ts';

const ZOOM_STEP = 1.5;

export function createStageBar(store: Store<State>, stage: Stage, open: Openers): HTMLElement {
  const sources = make(
    'div',
    { class: 'actions' },
    makeButton(open.photo, { class: 'quiet', label: (s) => s.choosePhoto, icon: icon('photo') }),
    makeButton(open.camera, { class: 'quiet', label: (s) => s.useCamera, icon: icon('camera') }),
    makeButton(open.video, { class: 'quiet', label: (s) => s.openVideo, icon: icon('video') }),
  );
  const status = make('p', { class: 'status' });
  describe(
    store,
    ({ work, painted, live, settings, isExporting }) => [
      work,
      painted,
      live !== undefined || settings.isCompared,
      isExporting,
    ],
    (strings, work, painted, hasOthers, isExporting) => {
      const { done, total } = work?.tiles ?? { done: 0, total: 0 };
      if (work?.phase === 'finishing') status.textContent = strings.finishing(work.seconds);
      else if (work?.phase === 'loading') status.textContent = strings.loadingModel;
      else if (total > 0) status.textContent = strings.paintingTiles(Math.min(done + 1, total), total);
      else if (work !== undefined) status.textContent = strings.painting;
      else if (isExporting) status.textContent = strings.saving;
      else if (painted?.isWhole === true && !hasOthers) {
        status.textContent = strings.downloadSize(painted.width, painted.height);
      } else status.textContent = '';
    },
  );
  // Screen readers need not announce every part.
  const spoken = make('p', { class: 'unseen', attributes: { role: 'status' } });
  describe(
    store,
    ({ work, painted }) => [work?.phase, painted?.isWhole === true],
    (strings, phase, isWhole) => {
      const words = {
        loading: strings.loadingModel,
        painting: strings.painting,
        finishing: strings.finishing(undefined),
      };
      spoken.textContent = phase === undefined ? (isWhole ? strings.painted : '') : words[phase];
    },
  );

  const zoomBy = (factor: number) => (): void => {
    const picture = pictureOf(store.get());
    const [pane] = stage.panes();
    if (picture === undefined || pane === undefined) return;
    const middle = { x: pane.width / 2, y: pane.height / 2 };
    store.set({ view: zoomed(store.get().view, factor, middle, pane, picture) });
  };
  const percent = make('span', { class: 'percent' });
  describe(
    store,
    (state) => [state.view, pictureOf(state)?.width, state.stage, state.settings.isCompared],
    (strings, view, width, ..._others) => {
      const picture = pictureOf(store.get());
      const [pane] = stage.panes();
      if (width === undefined || picture === undefined || pane === undefined) return;
      const scale = fitScale(pane, picture) * view.zoom * window.devicePixelRatio;
      percent.textContent = strings.zoomLevel(Math.round(100 * scale));
    },
  );
  const zoom = make(
    'div',
    { class: 'actions zoom', label: (s) => s.toolbar, attributes: { role: 'group' } },
    makeButton(zoomBy(1 / ZOOM_STEP), { class: 'quiet', label: (s) => s.zoomOut, icon: icon('minus') }),
    percent,
    makeButton(zoomBy(ZOOM_STEP), { class: 'quiet', label: (s) => s.zoomIn, icon: icon('plus') }),
    makeButton(() => store.set({ view: wholeView }), {
      class: 'quiet',
      label: (s) => s.zoomFit,
      icon: icon('fit'),
    }),
  );
  const element = make('div', { class: 'stage-bar' }, sources, status, zoom, spoken);
  store.watch(
    // A camera or clip without a first frame has the bar too: what floats over the stage must not jump.
    (state) => [pictureOf(state) === undefined && state.live === undefined],
    (isEmpty) => {
      element.hidden = isEmpty;
    },
  );
  return element;
}
