/** The page's end of its service worker, which keeps its files for when there is no server. */

import type { State } from './state.ts';
import type { Store } from './store.ts';

/** Set while the page is loaded anew for the headers that the service worker adds. */
const RELOADED = 'wasserfarbe-isolating';

/**
 * Registers the service worker. After the first painting it fetches what the page may need later. It also
 * adds the headers for threads where a server does not send them, which takes one reload of the empty page.
 */
export async function keepOffline(store: Store<State>): Promise<void> {
  const { serviceWorker } = navigator as Navigator & { readonly serviceWorker?: ServiceWorkerContainer };
  if (serviceWorker === undefined) return;
  try {
    await serviceWorker.register(new URL('service-worker.js', document.baseURI));
    const { active } = await serviceWorker.ready;
    if (!window.crossOriginIsolated && sessionStorage.getItem(RELOADED) === null) {
      sessionStorage.setItem(RELOADED, 'yes');
      if (store.get().photo === undefined && store.get().live === undefined) location.reload();
    }
    store.watch(
      ({ painted, device }) => [painted?.isWhole === true, device],
      (isPainted, device) => {
        if (isPainted) active?.postMessage(device === 'webgpu' ? 'webgpu' : 'wasm');
      },
    );
  } catch {
    // Private windows and some settings allow none: the page works as long as its server does.
  }
}
