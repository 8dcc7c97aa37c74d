/** The part of a page's options that a worker needs for loading. */

import { defined } from '../defined.ts';
import { type LoadStylizerOptions, loadStylizerOptions, type NetworkFiles } from './options.ts';
import type { LoadRequest } from './protocol.ts';

/** The worker's part of the options of `loadStylizer`, which have been checked. */
export function loadRequest({
  model,
  device = loadStylizerOptions.device.default,
  threads,
  runtime,
  lossNetwork,
}: LoadStylizerOptions): LoadRequest {
  const { weights, card } = model ?? {
    weights: new URL('../../models/slim.safetensors', import.meta.url),
    card: new URL('../../models/slim.json', import.meta.url),
  };
  const eye: NetworkFiles = lossNetwork ?? {
    weights: new URL('../../models/eye.safetensors', import.meta.url),
    card: new URL('../../models/eye.json', import.meta.url),
  };
  return {
    weights: absolute(weights),
    card: absolute(card),
    lossNetwork: {
      weights: absolute(eye.weights),
      ...(eye.card === undefined ? {} : { card: absolute(eye.card) }),
    },
    device,
    ...defined({ threads }),
    ...(runtime === undefined ? {} : { runtime: absolute(runtime).replace(/\/?$/, '/') }),
  };
}

function absolute(address: string | URL): string {
  return new URL(address, typeof document === 'undefined' ? self.location.href : document.baseURI).href;
}
