/** The dialog in which an own painting is renamed or removed. */

import { make, makeButton } from './dom.ts';

export interface PaintingDialog {
  readonly element: HTMLElement;
  open(id: string, title: string): void;
}

export function createPaintingDialog(
  rename: (id: string, name: string) => void,
  remove: (id: string) => void,
): PaintingDialog {
  let shown = '';
  const input = make('input', {
    id: 'painting-name',
    attributes: { maxlength: '80', autocomplete: 'off', required: '' },
  });
  const name = make('label', { text: (s) => s.paintingName, attributes: { for: input.id } });
  const gone = makeButton(
    () => {
      element.close();
      remove(shown);
    },
    { class: 'plain', text: (s) => s.paintingRemove },
  );
  const done = make('button', { class: 'primary', text: (s) => s.maskDone });
  const form = make(
    'form',
    { attributes: { method: 'dialog' } },
    ...[name, input, make('div', { class: 'row' }, gone, done)],
  );
  const element = make('dialog', { class: 'dialog painting-dialog', label: (s) => s.paintingEdit }, form);
  form.addEventListener('submit', () => {
    const text = input.value.trim();
    if (text !== '') rename(shown, text);
  });
  return {
    element,
    open(id, title) {
      shown = id;
      input.value = title;
      element.showModal();
      input.select();
    },
  };
}
