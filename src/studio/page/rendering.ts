/** Rendering of a clip: a worker reads, steadies and writes it, and the engine paints its frames. */

import type { Failure, FromRenderer, Rendered, ToRenderer } from '../film/protocol.ts';
import type { Parts } from './later.ts';
import { isAbort, reasonOf, styleJob } from './repainting.ts';

export interface RenderOptions {
  /** Short side in pixels; undefined: the clip's own. */
  readonly side: number | undefined;
  /** Ends it with the frames that are painted. */
  readonly enough: AbortSignal;
  onFrame(done: number, count: number, shown: ImageData): void;
}

/** Why there is no film, with the browser's words. */
export class RenderFailure extends Error {
  readonly failure: Failure | undefined;

  constructor(failure: Failure | undefined, reason: string) {
    super(reason);
    this.failure = failure;
  }
}

/**
 * Paints a whole clip by the settings as they are now; undefined if it was ended before its first frame.
 *
 * @throws RenderFailure
 */
export async function renderClip(
  file: File,
  { store, engine, paintings }: Parts,
  { side, enough, onFrame }: RenderOptions,
): Promise<Rendered | undefined> {
  const { settings } = store.get();
  const job = {
    ...styleJob(settings, paintings),
    model: settings.model,
    strength: settings.strength,
    isMoving: true,
  };
  const worker = new Worker(new URL('../film/worker.js', import.meta.url), { type: 'module' });
  const send = (message: ToRenderer, transfer: Transferable[] = []) => worker.postMessage(message, transfer);

  async function paint(number: number, picture: ImageData): Promise<void> {
    const pixels = await engine.paint({ ...job, picture, signal: enough });
    send({ painted: number, pixels }, [pixels.data.buffer]);
  }

  try {
    return await new Promise<Rendered | undefined>((resolve, reject) => {
      let broken: string | undefined;
      worker.addEventListener('error', ({ message }) => reject(new RenderFailure(undefined, message)));
      worker.addEventListener('message', ({ data }: MessageEvent<FromRenderer>) => {
        if ('paint' in data) {
          paint(data.paint, data.pixels).catch((error: unknown) => {
            if (!isAbort(error)) broken ??= reasonOf(error);
            // The film ends here, with what is painted.
            send({ painted: data.paint, pixels: undefined });
          });
        } else if ('done' in data) onFrame(data.done, data.count, data.shown);
        else if ('rendered' in data) finish(data.rendered);
        else reject(new RenderFailure(data.failure, data.reason));
      });
      function finish(rendered: Rendered | undefined): void {
        if (rendered !== undefined) resolve({ ...rendered, broken: broken ?? rendered.broken });
        else if (broken !== undefined) reject(new RenderFailure(undefined, broken));
        else resolve(undefined);
      }
      enough.addEventListener('abort', () => send({ enough: true }), { once: true });
      const mediabunny = new URL('mediabunny/mediabunny.min.mjs', document.baseURI).href;
      send({ render: { file, side, mediabunny } });
    });
  } finally {
    worker.terminate();
  }
}
