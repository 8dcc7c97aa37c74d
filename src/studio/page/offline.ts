/** The page's end of its service worker, which keeps its files for when there is no server. */

import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Strings } from './strings/en.ts';

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
    const found = await serviceWorker.register(new URL('service-worker.js', document.baseURI));
    offerNewVersion(store, serviceWorker, found);
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

/**
 * Offers a new version of the page as soon as its files are there. It is not taken unasked: scripts that are
 * loaded later must be of the version that runs.
 */
function offerNewVersion(
  store: Store<State>,
  serviceWorker: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
): void {
  const reload = (): void => location.reload();
  function offer(run: () => void): void {
    const action = { text: (s: Strings) => s.reload, run };
    store.set({ notice: { kind: 'note', text: (s) => s.newVersion, action } });
  }
  const offerWaiting = (): void => {
    const { waiting } = registration;
    if (waiting === null || registration.active === null) return;
    offer(() => {
      serviceWorker.addEventListener('controllerchange', reload, { once: true });
      waiting.postMessage('replace');
    });
  };
  offerWaiting();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offerWaiting);
  });
  // Another tab may have taken it. A page without a controller has its first.
  if (serviceWorker.controller === null) return;
  serviceWorker.addEventListener('controllerchange', () => offer(reload), { once: true });
}
