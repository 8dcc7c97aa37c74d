/** The worker that refines. */

import { internal } from '../errors.ts';
import { BROWSER_REFINING_MEMORY } from '../stylize/defaults.ts';
import { contentRequest } from '../stylize/calls.ts';
import { createRefiner, type Refiner } from '../stylize/refiner.ts';
import { answerCalls } from './answering.ts';
import { openPicture, toPixels } from './decode.ts';
import { fetchLossNetwork } from './model.ts';
import type { LoadRequest, SentPicture } from './protocol.ts';
import { start } from './start.ts';

let refiner: Refiner<SentPicture> | undefined;

answerCalls(async (message, { signal, enough, tell }) => {
  if (message.call === 'load') return [await load(message.request)];
  if (refiner === undefined || message.call !== 'refine') {
    throw internal(`a call ${message.call} of the worker that refines`);
  }
  const { picture, styles, from, ...request } = message.request;
  const options = { ...request.options, signal, enough };
  tell({ progress: { phase: 'read' } });
  const content = await openPicture(picture, contentRequest(options), signal);
  const beginning = from === undefined ? undefined : await openPicture(from, {}, signal);
  const refined = await refiner.refine(
    content,
    styles,
    {
      ...options,
      onProgress({ refining, ...progress }) {
        if (refining === undefined) return tell({ progress });
        const { preview, ...numbers } = refining;
        const pixels = toPixels(preview());
        tell({ refining: numbers, preview: pixels }, [pixels.bytes.buffer]);
      },
    },
    beginning,
  );
  const pixels = toPixels(refined);
  return [pixels, [pixels.bytes.buffer]];
});

async function load(request: LoadRequest) {
  const { weights, card } = request.lossNetwork;
  const fetching = fetchLossNetwork(weights, card);
  fetching.catch(() => undefined);
  const { model, device, runtime, pixels, calls } = await start(request);
  refiner = createRefiner({
    ...{ model, pixels, calls, runtime, eye: () => fetching },
    usualMemory: BROWSER_REFINING_MEMORY,
  });
  return { model: model.name, device };
}
