/** A dialog around work that takes a while: its progress, a line that says how it stands, stop and close. */

import { make, makeButton } from './dom.ts';
import { say, type Text } from './i18n.ts';
import type { Parts } from './later.ts';

export interface JobDialog {
  /** Not in the page yet, with nothing but its heading. */
  readonly element: HTMLDialogElement;
  /** Shown while the work runs. */
  readonly bar: HTMLProgressElement;
  readonly status: HTMLElement;
  /** Shown while nothing runs. */
  readonly close: HTMLButtonElement;
  /** Shown while the work runs; {@link JobDialog.signal} tells of it. */
  readonly stop: HTMLButtonElement;
  /** Aborted when the work is stopped or the dialog is closed. */
  readonly signal: AbortSignal;
  show(text: Text): void;
  /** Shows what changes too often to be spoken. */
  measure(text: Text): void;
  /** While the work runs, Escape does not close the dialog. */
  setRunning(value: boolean): void;
  /** Opens it and puts the focus into `first`. It removes itself when it is closed, and `after` is called. */
  open(first: HTMLElement, after?: () => void): void;
}

/** @param name - of the dialog's style sheet; `label` of the dialog, `work` of its progress */
export function createJobDialog(
  { store }: Parts,
  name: string,
  { label, work }: { readonly label: Text; readonly work: Text },
): JobDialog {
  const running = new AbortController();
  let isRunning = false;
  const bar = make('progress', { label: work, attributes: { value: '0' } });
  const words = make('p', { class: 'hint', attributes: { role: 'status' } });
  const meter = make('p', { class: 'hint' });
  const status = make('div', {}, words, meter);
  const close = makeButton(() => element.close(), { class: 'plain first', text: (s) => s.close });
  const stop = makeButton(() => running.abort(), { class: 'plain', text: (s) => s.batchStop });
  const element = make('dialog', { class: `dialog ${name}`, label }, make('h2', { text: label }));
  [bar.hidden, stop.hidden] = [true, true];

  return {
    ...{ element, bar, status, close, stop, signal: running.signal },
    show(text) {
      words.textContent = say(text);
      meter.textContent = '';
    },
    measure(text) {
      words.textContent = '';
      meter.textContent = say(text);
    },
    setRunning(value) {
      isRunning = value;
      [bar.hidden, stop.hidden, close.hidden] = [!value, !value, value];
      store.set({ isExporting: value });
    },
    open(first, after) {
      const stay = (event: Event): void => {
        if (isRunning) event.preventDefault();
      };
      element.addEventListener('cancel', stay);
      // Browsers that are asked to close again and again do so, whatever becomes of `cancel`.
      element.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') stay(event);
      });
      element.addEventListener('close', () => {
        running.abort();
        after?.();
        element.remove();
      });
      document.body.append(element);
      element.showModal();
      first.focus();
    },
  };
}
