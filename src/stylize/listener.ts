/** Callbacks for progress, which may be async. */

import type { StylizeOptions } from './options.ts';

/**
 * Options whose callback may return a promise: if that rejects, the call is aborted with the reason, as if
 * the callback had thrown it. Nobody else could catch it, and Node would end the process.
 */
export function withListener<T extends Pick<StylizeOptions, 'signal' | 'onProgress'>>(options: T): T {
  const { signal, onProgress } = options;
  if (onProgress === undefined) return options;
  const failed = new AbortController();
  return {
    ...options,
    signal: signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]),
    onProgress(progress) {
      const heard: unknown = onProgress.call(options, progress);
      Promise.resolve(heard).catch((reason: unknown) => failed.abort(reason));
    },
  };
}
