/** Finishing a painting: it is refined before one's eyes, and can be taken back to any moment of that. */

import type { Paintings } from './paintings.ts';
import type { History } from './history.ts';
import { isSame, type Look, lookOf, momentOf, strokesOf } from './look.ts';
import type { Engine } from './network.ts';
import { type Repainting, styleJob, toPainted } from './repainting.ts';
import type { Moment } from './settings.ts';
import type { Photo, State } from './state.ts';
import type { Store } from './store.ts';

/** Moments of a run that are kept, of 1 MB each at 512². */
const MOST_MOMENTS = 24;

export interface Finishing {
  /** Refines what is shown. */
  begin(): void;
  /** Ends it with the picture as it is. */
  pause(): void;
}

interface Run {
  /** What it refines. */
  readonly look: Look;
  readonly moment: Moment | undefined;
  readonly abort: AbortController;
  readonly enough: AbortController;
}

export function createFinishing(
  store: Store<State>,
  history: History,
  engine: Engine,
  paintings: Paintings,
  repainting: Repainting,
): Finishing {
  let running: Run | undefined;

  async function finish(photo: Photo): Promise<void> {
    const { settings } = store.get();
    const look = strokesOf(photo, settings);
    const from = momentOf(photo, settings);
    const run: Run = {
      ...{ look, moment: settings.moment },
      ...{ abort: new AbortController(), enough: new AbortController() },
    };
    running = run;
    const before = store.get().moments.filter((moment) => isSame(moment.look, look));
    // What came after the moment from which it goes on is no longer wanted.
    const kept = from === undefined ? [] : [...before.slice(0, Math.max(0, before.indexOf(from))), from];
    let moments: Moment[] = [];
    const begun = performance.now();
    store.set({ work: { phase: 'finishing' } });
    try {
      const pixels = await engine.refine({
        ...styleJob(settings, paintings),
        ...{ model: settings.model, picture: photo.blob },
        ...(from === undefined ? {} : { from: from.picture }),
        ...{ signal: run.abort.signal, enough: run.enough.signal },
        onStep(done, picture) {
          if (run.abort.signal.aborted) return;
          moments = thinned([...moments, { look, picture }]);
          const seconds = ((performance.now() - begun) / 1000) * (1 / done - 1);
          store.set({ work: { phase: 'finishing', done, seconds } });
          void repainting.show(photo, picture);
        },
      });
      const last = moments.at(-1);
      run.abort.signal.throwIfAborted();
      if (last === undefined) return;
      running = undefined;
      const whole = lookOf(photo, { ...store.get().settings, moment: last });
      repainting.keep(photo, await toPainted(pixels, whole));
      store.set({ moments: [...kept, ...moments], work: undefined });
      history.change({ moment: last });
    } catch (error) {
      if (running === run) repainting.tell(error);
    } finally {
      if (running === run) {
        running = undefined;
        store.set({ work: undefined });
      }
    }
  }

  // Other settings are another painting.
  store.watch(
    ({ photo, live, settings }) => [photo, live, settings],
    () => {
      const { photo, live, settings } = store.get();
      if (running === undefined) return;
      const isOwn = photo !== undefined && isSame(running.look, strokesOf(photo, settings));
      if (isOwn && settings.moment === running.moment && live === undefined && !settings.isCompared) return;
      running.abort.abort();
      running = undefined;
    },
  );

  return {
    begin() {
      const { photo } = store.get();
      if (photo !== undefined && running === undefined) void finish(photo);
    },
    pause: () => running?.enough.abort(),
  };
}

/** Every other moment but the last, if there are too many. */
function thinned(moments: readonly Moment[]): Moment[] {
  if (moments.length <= MOST_MOMENTS) return [...moments];
  return moments.filter((_, i) => (moments.length - 1 - i) % 2 === 0);
}
