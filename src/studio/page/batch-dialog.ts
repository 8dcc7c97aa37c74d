/** The dialog in which many photographs are painted. It is loaded when it is opened. */

import { type BatchProgress, folderTarget, paintBatch, type Target, zipTarget } from './batch.ts';
import { make, makeButton } from './dom.ts';
import { fleeting, say, type Text } from './i18n.ts';
import type { Parts } from './later.ts';
import { maskedSlot } from './masking.ts';
import { reasonOf } from './repainting.ts';

/** Not in the type library: only some browsers have it. */
type PickFolder = (options: { readonly mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>;

/** Opens it. It removes itself when it is closed. */
export function openBatch(files: readonly File[], parts: Parts): void {
  fleeting(() => open(files, parts));
}

function open(files: readonly File[], parts: Parts): void {
  const { store } = parts;
  const { saving } = store.get();
  const running = new AbortController();
  let isRunning = false;

  const bar = make('progress', { label: (s) => s.batch, attributes: { max: `${files.length}`, value: '0' } });
  const status = make('p', { class: 'hint', attributes: { role: 'status' } });
  const refused = make('ul', { class: 'refused' });
  const zip = makeButton(() => void run(zipTarget()), { class: 'primary', text: (s) => s.batchZip });
  const close = makeButton(() => element.close(), { class: 'plain first', text: (s) => s.close });
  const stop = makeButton(() => running.abort(), { class: 'plain', text: (s) => s.batchStop });
  const buttons = make('div', { class: 'row end' }, close, stop, zip);
  const { showDirectoryPicker } = window as { readonly showDirectoryPicker?: PickFolder };
  const folder = makeButton(() => void toFolder(), { class: 'plain', text: (s) => s.batchFolder });
  if (showDirectoryPicker !== undefined) zip.before(folder);
  const element = make(
    'dialog',
    { class: 'dialog batch', label: (s) => s.batch },
    make('h2', { text: (s) => s.batch }),
    make('p', { class: 'hint', text: (s) => s.batchHint(files.length, saving.type) }),
    ...(maskedSlot(store.get()) === undefined
      ? []
      : [make('p', { class: 'hint', text: (s) => s.batchMasks })]),
    ...[bar, status, refused, buttons],
  );

  function show(text: Text): void {
    status.textContent = say(text);
  }

  function setRunning(value: boolean): void {
    isRunning = value;
    [bar.hidden, stop.hidden, close.hidden] = [!value, !value, value];
    store.set({ isExporting: value });
  }

  async function toFolder(): Promise<void> {
    const chosen = await showDirectoryPicker?.call(window, { mode: 'readwrite' }).catch(() => undefined);
    if (chosen !== undefined) await run(folderTarget(chosen));
  }

  async function run(target: Target): Promise<void> {
    let last: BatchProgress | undefined;
    zip.remove();
    folder.remove();
    setRunning(true);
    stop.focus();
    const tell = (progress: BatchProgress): void => {
      const { done, name } = progress;
      bar.value = done;
      if (name !== undefined) show((s) => s.batchPainting(done + 1, files.length, name));
      const added = progress.refused.slice(last?.refused.length ?? 0);
      refused.append(...added.map(({ text }) => make('li', {}, say(text))));
      last = progress;
    };
    try {
      await paintBatch(files, target, parts, running.signal, tell);
      show((s) => s.batchDone(last?.saved ?? 0, files.length));
    } catch (error) {
      const reason = reasonOf(error);
      show((s) => `${s.failed(reason)} ${s.batchDone(last?.saved ?? 0, files.length)}`);
    }
    setRunning(false);
    close.focus();
  }

  element.addEventListener('cancel', (event) => {
    if (isRunning) event.preventDefault();
  });
  element.addEventListener('close', () => {
    running.abort();
    element.remove();
  });
  [bar.hidden, stop.hidden] = [true, true];
  document.body.append(element);
  element.showModal();
  zip.focus();
}
