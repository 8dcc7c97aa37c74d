/** The start of a worker: its model is fetched, put on a runtime, and ready for calls. */

import type { RgbImage, SizeRequest } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { outputSize } from '../images/size.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { WebDevice } from '../runtime/web.ts';
import { type Calls, createCalls, type Platform } from '../stylize/calls.ts';
import { BROWSER_MEMORY, BROWSER_PROGRAMS } from '../stylize/defaults.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { createStylizer, type PixelStylizer } from '../stylize/stylizer.ts';
import { openPicture, readStyleBytes } from './decode.ts';
import { fetchModel } from './model.ts';
import { startRuntime } from './onnxruntime.ts';
import type { LoadRequest, SentPicture } from './protocol.ts';

/** The worker, as the calls of a stylizer need it. */
const platform: Platform<SentPicture> = {
  open: openPicture,
  resize: resized,
  async readStyleFile(picture, signal) {
    const bytes = await readStyleBytes(picture, signal);
    return bytes === undefined ? undefined : { bytes, name: picture.name };
  },
};

export interface Started {
  readonly model: StylizerModel;
  readonly device: WebDevice;
  readonly runtime: Runtime;
  readonly pixels: PixelStylizer;
  readonly calls: Calls<SentPicture>;
}

export async function start(request: LoadRequest): Promise<Started> {
  // The larger download begins first, and neither waits for the other.
  const fetching = fetchModel(request.weights, request.card);
  fetching.catch(() => undefined);
  const { runtime, device } = await startRuntime(request);
  const model = await fetching;
  const pixels = createStylizer(model, runtime, {
    programs: BROWSER_PROGRAMS,
    usualMemory: BROWSER_MEMORY,
  });
  return { model, device, runtime, pixels, calls: createCalls(model, pixels, platform) };
}

export function resized(image: RgbImage, request: SizeRequest): RgbImage {
  return resampleImage(image, outputSize(image, request));
}
