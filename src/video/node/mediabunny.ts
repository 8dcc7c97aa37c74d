/** The packages that read and write films, which are installed only where films are painted. Node only. */

import { optionalPackage } from '../../files/optional-package.ts';

type Mediabunny = typeof import('mediabunny');

let loading: Promise<Mediabunny> | undefined;

/**
 * Mediabunny with the decoders and encoders of its server package.
 *
 * @throws WasserfarbeError with the command that installs them
 */
export function mediabunny(): Promise<Mediabunny> {
  loading ??= optionalPackage(load, {
    ...{ expected: 'the packages that read and write films', name: 'films' },
    remedy: 'npm install mediabunny @mediabunny/server, or paint a folder of pictures, a GIF or a WebP',
  }).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Mediabunny> {
  const [bunny, server] = await Promise.all([import('mediabunny'), import('@mediabunny/server')]);
  // Its own lines would stand beside ours, which say the same.
  bunny.Logging.level = bunny.LogLevel.Silent;
  // It would look for graphics cards, and say of each kind that it is missing.
  server.registerMediabunnyServer({ hardwareContext: null });
  return bunny;
}
