/** From the options of a page to what a worker loads. */

import { SettingError } from '../errors.ts';
import { browserDevices, type LoadStylizerOptions } from './options.ts';
import type { LoadRequest } from './protocol.ts';

/**
 * What the worker is told of the options of `loadStylizer`.
 *
 * @throws SettingError for an unknown device, or an impossible number of threads
 */
export function loadRequest({ model, device = 'auto', threads, runtime }: LoadStylizerOptions): LoadRequest {
  if (!browserDevices.includes(device)) {
    const expected = `one of ${browserDevices.join(', ')}`;
    throw new SettingError({ expected, name: 'device', received: device });
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    const expected = 'a whole number of at least 1';
    throw new SettingError({ expected, name: 'threads', received: `${threads}` });
  }
  const { weights, card } = model ?? {
    weights: new URL('../../models/slim.safetensors', import.meta.url),
    card: new URL('../../models/slim.json', import.meta.url),
  };
  return {
    weights: absolute(weights),
    card: absolute(card),
    device,
    ...(threads === undefined ? {} : { threads }),
    ...(runtime === undefined ? {} : { runtime: absolute(runtime).replace(/\/?$/, '/') }),
  };
}

/** The URLs of the loss network of a fine-tuning. */
export function lossNetworkRequest(network: LoadStylizerOptions['model']): { weights: string; card: string } {
  const { weights, card } = network ?? {
    weights: new URL('../../models/eye.safetensors', import.meta.url),
    card: new URL('../../models/eye.json', import.meta.url),
  };
  return { weights: absolute(weights), card: absolute(card) };
}

function absolute(address: string | URL): string {
  return new URL(address, typeof document === 'undefined' ? self.location.href : document.baseURI).href;
}
