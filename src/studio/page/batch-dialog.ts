/** The dialog in which many photographs are painted. It is loaded when it is opened. */

import { type BatchProgress, folderTarget, paintBatch, type Target, zipTarget } from './batch.ts';
import { make, makeButton } from './dom.ts';
import { fleeting, say } from './i18n.ts';
import { createJobDialog } from './job-dialog.ts';
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
  const { type, quality, scale } = parts.store.get().saving;
  const job = createJobDialog(parts, 'batch', { label: (s) => s.batch, work: (s) => s.batch });
  const { element, bar, status, close, stop } = job;
  bar.max = files.length;
  const shownQuality = type === 'PNG' ? undefined : percent(quality);
  const refused = make('ul', { class: 'refused' });
  const zip = makeButton(() => void run(zipTarget()), { class: 'primary', text: (s) => s.batchZip });
  const { showDirectoryPicker } = window as { readonly showDirectoryPicker?: PickFolder };
  const folder = makeButton(() => void toFolder(), { class: 'plain', text: (s) => s.batchFolder });
  const buttons = showDirectoryPicker === undefined ? [close, stop, zip] : [close, stop, folder, zip];
  element.append(
    make('p', { class: 'hint', text: (s) => s.batchHint(files.length, type, shownQuality, percent(scale)) }),
    ...(maskedSlot(parts.store.get()) === undefined
      ? []
      : [make('p', { class: 'hint', text: (s) => s.batchMasks })]),
    ...[bar, status, refused],
    make('div', { class: 'row end' }, ...buttons),
  );

  async function toFolder(): Promise<void> {
    const chosen = await showDirectoryPicker?.call(window, { mode: 'readwrite' }).catch(() => undefined);
    if (chosen !== undefined) await run(folderTarget(chosen));
  }

  async function run(target: Target): Promise<void> {
    let last: BatchProgress | undefined;
    zip.remove();
    folder.remove();
    job.setRunning(true);
    stop.focus();
    const tell = (progress: BatchProgress): void => {
      const { done, name } = progress;
      bar.value = done;
      if (name !== undefined) job.show((s) => s.batchPainting(done + 1, files.length, name));
      const added = progress.refused.slice(last?.refused.length ?? 0);
      refused.append(...added.map(({ text }) => make('li', {}, say(text))));
      last = progress;
    };
    try {
      await paintBatch(files, target, parts, job.signal, tell);
      job.show((s) => s.batchDone(last?.saved ?? 0, files.length));
    } catch (error) {
      const reason = reasonOf(error);
      job.show((s) => `${s.failed(reason)} ${s.batchDone(last?.saved ?? 0, files.length)}`);
    }
    job.setRunning(false);
    close.focus();
  }

  job.open(zip);
}

function percent(part: number): number {
  return Math.round(100 * part);
}
