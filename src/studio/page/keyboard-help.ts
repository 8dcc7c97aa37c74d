/** The dialog that lists the keys. It is loaded when it is opened. */

import { make, makeButton } from './dom.ts';
import { fleeting, type Text } from './i18n.ts';

type Row = readonly [keys: string, does: Text];

/** Opens it. It removes itself when it is closed. */
export function openKeyboardHelp(): void {
  fleeting(open);
}

function open(): void {
  const control = /Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl';
  const everywhere: readonly Row[] = [
    [`${control} Z`, (s) => s.undo],
    [`${control} ⇧ Z, ${control} Y`, (s) => s.redo],
    [`${control} V`, (s) => s.keysPaste],
    ['?', (s) => s.keysThis],
  ];
  const picture: readonly Row[] = [
    ['+ −', (s) => s.keysZoom],
    ['0', (s) => s.zoomFit],
    ['← ↑ → ↓', (s) => s.keysMove],
    ['C', (s) => s.keysHold],
    ['F', (s) => s.keysFull],
    ['␣', (s) => s.keysBrush],
  ];
  const own: readonly Row[] = [
    ['F2', (s) => s.keysRename],
    ['Delete', (s) => s.paintingRemove],
  ];
  const done = makeButton(() => element.close(), { class: 'primary', text: (s) => s.close });
  const element = make(
    'dialog',
    { class: 'dialog keyboard-help', label: (s) => s.keys },
    make('h2', { text: (s) => s.keys }),
    list(everywhere),
    make('h3', { text: (s) => s.keysOnPicture }),
    list(picture),
    make('h3', { text: (s) => s.keysOnOwn }),
    list(own),
    make('div', { class: 'row end' }, done),
  );
  element.addEventListener('close', () => element.remove());
  document.body.append(element);
  element.showModal();
}

function list(rows: readonly Row[]): HTMLElement {
  const cells = rows.flatMap(([keys, text]) => {
    const words = make('dt', {}, ...keys.split(', ').map((key) => make('kbd', {}, key)));
    return [words, make('dd', { text })];
  });
  return make('dl', {}, ...cells);
}
