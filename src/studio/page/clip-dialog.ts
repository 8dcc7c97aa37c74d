/** The dialog in which a whole clip is painted, and shown. It is loaded when it is opened. */

import type { Rendered } from '../film/protocol.ts';
import { choice, icon, make, makeButton } from './dom.ts';
import { save } from './download.ts';
import { fleeting } from './i18n.ts';
import { createJobDialog } from './job-dialog.ts';
import type { Parts } from './later.ts';
import { stemOf } from './picture-file.ts';
import { RenderFailure, renderClip } from './rendering.ts';
import { createStore } from './store.ts';

/** Short sides in pixels that are offered, and the one that is chosen unless the clip is smaller. */
const sides = [240, 360, 480, 720, 1080];
const USUAL_SIDE = 480;

/** Opens it. It removes itself when it is closed. */
export function openClip(file: File, parts: Parts): void {
  fleeting(() => open(file, parts));
}

function open(file: File, parts: Parts): void {
  const { width = 0, height = 0 } = parts.store.get().live?.frame ?? {};
  const own = Math.min(width, height);
  const possible = [...sides.filter((side) => side < own), own].map(String);
  const usual = possible.findLast((side) => Number(side) <= USUAL_SIDE) ?? `${own}`;
  const chosen = createStore({ side: usual });
  let address: string | undefined;

  const size = choice(chosen, {
    name: (s) => s.clipSize,
    values: possible,
    textOf: (side) => (s) => (side === `${own}` ? s.clipOwnSize(own) : side),
    read: ({ side }) => side,
    choose: (side) => chosen.set({ side }),
  });
  const job = createJobDialog(parts, 'clip', { label: (s) => s.clipTitle, work: (s) => s.clipOpen });
  const { element, bar, status, close, stop } = job;
  const canvas = make('canvas', { attributes: { 'aria-hidden': 'true' } });
  const film = make('video', {
    label: (s) => s.clipPainted,
    attributes: { controls: '', loop: '', playsinline: '' },
  });
  const begin = makeButton(() => void run(), { class: 'primary', text: (s) => s.clipBegin });
  const again = makeButton(() => undefined, {
    class: 'primary',
    icon: icon('download'),
    text: (s) => s.download,
  });
  element.append(
    make('p', { class: 'hint', text: (s) => s.clipHint }),
    ...[size, canvas, film, bar, status],
    make('div', { class: 'row end' }, close, stop, again, begin),
  );

  async function run(): Promise<void> {
    [begin.hidden, size.hidden] = [true, true];
    job.setRunning(true);
    job.show((s) => s.loadingModel);
    stop.focus();
    const side = Number(chosen.get().side);
    try {
      const rendered = await renderClip(file, parts, {
        side: side === own ? undefined : side,
        enough: job.signal,
        onFrame: createMeter(),
      });
      job.setRunning(false);
      if (rendered === undefined) job.show((s) => s.clipNone);
      else finish(rendered);
    } catch (error) {
      job.setRunning(false);
      if (!(error instanceof RenderFailure)) throw error;
      const { failure, message } = error;
      job.show((s) => (failure === undefined ? s.failed(message) : s.clipFailures[failure](message)));
    }
    canvas.hidden = true;
    if (again.hidden) close.focus();
  }

  /** Shows each frame, and the time that is left. */
  function createMeter() {
    const times: number[] = [];
    const context = canvas.getContext('2d');
    return (done: number, count: number, shown: ImageData): void => {
      canvas.hidden = false;
      [canvas.width, canvas.height] = [shown.width, shown.height];
      context?.putImageData(shown, 0, 0);
      [bar.max, bar.value] = [count, done];
      times.push(performance.now());
      // The first frames are slower, since the network is compiled on the way.
      const recent = times.slice(-20);
      const [first = 0, last = 0] = [recent[0], recent.at(-1)];
      const left = recent.length < 3 ? undefined : ((last - first) / (recent.length - 1)) * (count - done);
      job.measure((s) => s.clipProgress(done, count, left === undefined ? undefined : left / 1000));
    };
  }

  function finish({ film: made, ending, frames, sound, broken }: Rendered): void {
    const name = `${stemOf(file.name) || 'clip'}-painted.${ending}`;
    again.addEventListener('click', () => save(made, name));
    again.hidden = false;
    address = URL.createObjectURL(made);
    film.src = address;
    film.hidden = false;
    job.show((s) => {
      const problem = broken === undefined ? '' : s.failed(broken);
      return `${problem} ${s.clipDone(frames, name)} ${sound === 'lost' ? s.clipSoundLost : ''}`.trim();
    });
    again.focus();
    save(made, name);
  }

  for (const later of [canvas, film, again]) later.hidden = true;
  job.open(begin, () => {
    if (address !== undefined) URL.revokeObjectURL(address);
  });
}
