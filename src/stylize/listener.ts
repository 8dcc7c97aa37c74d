/** Callbacks for progress, which may be async. */

import type { StylizeOptions } from './options.ts';

/**
 * Options whose callback may return a promise: what that rejects with is thrown at the next progress, and so
 * ends the call. Nobody else could catch it, and Node would end the process.
 */
export function withListener<T extends Pick<StylizeOptions, 'onProgress'>>(options: T): T {
  if (options.onProgress === undefined) return options;
  let fault: { readonly reason: unknown } | undefined;
  return {
    ...options,
    onProgress(progress) {
      if (fault !== undefined) throw fault.reason;
      const heard: unknown = options.onProgress?.(progress);
      Promise.resolve(heard).catch((reason: unknown) => {
        fault ??= { reason };
      });
    },
  };
}
