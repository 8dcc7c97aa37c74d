/** The part of a page's options that a worker needs for loading. */

import { defined } from '../defined.ts';
import { SettingError } from '../errors.ts';
import { tagOf } from '../tag.ts';
import { type LoadStylizerOptions, loadStylizerOptions, type NetworkFiles } from './options.ts';
import type { LoadRequest } from './protocol.ts';

/**
 * The worker's part of the options of `loadStylizer`, which have been checked but for their addresses.
 *
 * @throws SettingError for what is no address
 */
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
    weights: absolute(weights, 'model.weights'),
    card: absolute(card, 'model.card'),
    lossNetwork: {
      weights: absolute(eye.weights, 'lossNetwork.weights'),
      ...(eye.card === undefined ? {} : { card: absolute(eye.card, 'lossNetwork.card') }),
    },
    device,
    ...defined({ threads }),
    ...(runtime === undefined ? {} : { runtime: absolute(runtime, 'runtime').replace(/\/?$/, '/') }),
  };
}

function absolute(address: string | URL, name: string): string {
  const base = typeof document === 'undefined' ? self.location.href : document.baseURI;
  const isAddress = typeof address === 'string' || tagOf(address) === 'URL';
  if (isAddress && URL.canParse(address, base)) return new URL(address, base).href;
  const received = typeof address === 'string' ? `'${address}'` : tagOf(address) || `${address}`;
  throw new SettingError({ expected: 'a URL', name, received });
}
