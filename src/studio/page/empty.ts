/** The stage before there is a photograph: a sample that shows what the studio does, and where to begin. */

import { icon, make, makeButton } from './dom.ts';
import type { Paintings } from './paintings.ts';
import { describe } from './i18n.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { en } from './strings/en.ts';

export interface Openers {
  photo(): void;
  painting(): void;
  camera(): void;
  video(): void;
  /** Takes one of the sample photographs. */
  sample(id: SampleId): void;
}

type SampleId = keyof typeof en.samples;

const sampleIds = Object.keys(en.samples) as readonly SampleId[];

/** The sample that is also shipped as the studio paints it at first. */
const SHOWN: SampleId = 'launch-pads';

/** @param base address of the folder `photographs` */
export function sampleUrl(base: string, name: string): string {
  return new URL(`photographs/${name}.avif`, base).href;
}

export function createEmpty(
  store: Store<State>,
  paintings: Paintings,
  open: Openers,
  base: string,
): HTMLElement {
  const photoZone = make(
    'section',
    { class: 'zone photo-zone' },
    make('h2', { text: (s) => s.photo }),
    make('p', { class: 'hint', text: (s) => s.dropPhoto }),
    makeButton(open.photo, { class: 'primary', icon: icon('photo'), text: (s) => s.choosePhoto }),
    make(
      'div',
      { class: 'row' },
      makeButton(open.camera, { class: 'quiet words', icon: icon('camera'), text: (s) => s.useCamera }),
      makeButton(open.video, { class: 'quiet words', icon: icon('video'), text: (s) => s.openVideo }),
    ),
  );
  const chosen = make('img', { class: 'chosen', attributes: { alt: '', draggable: 'false' } });
  const title = make('p', { class: 'hint' });
  describe(
    store,
    ({ settings, slot }) => [settings.styles[slot] ?? ''],
    (strings, id) => {
      const painting = paintings.get(id);
      chosen.src = painting.url;
      title.textContent = painting.title(strings);
    },
  );
  const paintingZone = make(
    'section',
    { class: 'zone painting-zone' },
    make('h2', { text: (s) => s.paintings }),
    make('p', { class: 'hint', text: (s) => s.dropPainting }),
    makeButton(open.painting, { class: 'plain', icon: icon('plus'), text: (s) => s.chooseOwn }),
    make('div', { class: 'row' }, chosen, title),
  );
  const local = make('p', { class: 'hint' });
  describe(
    store,
    ({ device }) => [device],
    (strings, device) => {
      const words = { webgpu: strings.onGraphics, wasm: strings.noWebgpu, core: strings.oneThread };
      local.textContent = device === undefined ? strings.local : `${strings.local} ${words[device]}`;
    },
  );
  const element = make(
    'div',
    { class: 'empty' },
    make('p', { class: 'tagline', text: (s) => s.tagline }),
    createSamples(open, base),
    make('div', { class: 'zones' }, photoZone, paintingZone),
    local,
  );
  store.watch(
    ({ photo, live, isOpening }) => [isOpening || (photo ?? live) !== undefined],
    (isOff) => {
      element.hidden = isOff;
    },
  );
  return element;
}

/** The sample photographs to try, the first of them half painted, under a line that sweeps over it. */
function createSamples(open: Openers, base: string): HTMLElement {
  const picture = (name: string): HTMLImageElement =>
    make('img', { attributes: { src: sampleUrl(base, name), alt: '', draggable: 'false' } });
  const button = (id: SampleId, name: string, ...shown: readonly HTMLElement[]): HTMLButtonElement => {
    const element = makeButton(() => open.sample(id), {
      class: name,
      label: (s) => s.trySample(s.samples[id]),
    });
    element.append(...shown);
    return element;
  };
  const painted = make('span', { class: 'painted' }, picture(`${SHOWN}-painted`));
  const line = make('span', { class: 'sweep' });
  const words = make('span', { class: 'chip', text: (s) => s.tryThis });
  const others = sampleIds.filter((id) => id !== SHOWN).map((id) => button(id, 'other', picture(id)));
  return make(
    'section',
    { class: 'samples', label: (s) => s.samplesHint },
    button(SHOWN, 'sample', picture(SHOWN), painted, line, words),
    make('div', { class: 'others' }, ...others, make('p', { class: 'hint', text: (s) => s.samplesHint })),
  );
}
