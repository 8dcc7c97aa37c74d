/** The worker that renders clips. The page paints their frames, all else is done here. */

import { messageOf } from '../../thrown.ts';
import type { Mediabunny } from '../../video/film-tracks.ts';
import type { FromRenderer, ToRenderer } from './protocol.ts';
import { RenderError, renderClip } from './render.ts';

/** The type library of pages does not know workers. */
interface WorkerScope {
  postMessage(message: FromRenderer, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToRenderer>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const waiting = new Map<number, (pixels: ImageData | undefined) => void>();
let isEnough = false;
let asked = 0;

scope.addEventListener('message', ({ data }) => {
  if ('render' in data) void answer(data.render);
  else if ('painted' in data) settle(data.painted, data.pixels);
  else {
    isEnough = true;
    for (const number of waiting.keys()) settle(number, undefined);
  }
});

function settle(number: number, pixels: ImageData | undefined): void {
  waiting.get(number)?.(pixels);
  waiting.delete(number);
}

function paint(pixels: ImageData): Promise<ImageData | undefined> {
  if (isEnough) return Promise.resolve(undefined);
  asked += 1;
  const number = asked;
  scope.postMessage({ paint: number, pixels });
  return new Promise((resolve) => waiting.set(number, resolve));
}

async function answer({
  file,
  side,
  mediabunny,
}: Extract<ToRenderer, { render: unknown }>['render']): Promise<void> {
  try {
    const bunny = await load(mediabunny);
    const rendered = await renderClip(bunny, file, {
      ...{ side, paint },
      onFrame: (done, count, shown) => scope.postMessage({ done, count, shown }, [shown.data.buffer]),
    });
    scope.postMessage({ rendered });
  } catch (error) {
    const failure = error instanceof RenderError ? error.failure : undefined;
    scope.postMessage({ failure, reason: messageOf(error) });
  }
}

function load(address: string): Promise<Mediabunny> {
  return import(address).catch((cause: unknown) => {
    throw new RenderError('package', cause);
  });
}
