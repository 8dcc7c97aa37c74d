/** What suites of the studio share: its server, a browser, and pages in which the stand-in paints. */

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { browserPath, noBrowser } from '../helpers/browser.ts';
import { launch, openStudio, usual, type StudioPage } from './harness.ts';
import { openStandIn, type StandInOptions } from './stand-in.ts';

/** The served studio of a suite. Contexts of its pages are closed after each test. */
export interface Studio {
  readonly url: string;
  /** A page in which the stand-in paints, in a context of its own, or in that of another page. */
  open(options?: Partial<StandInOptions> & Where & { readonly beside?: Page }): Promise<Page>;
  /** A page in a context of its own, which paints for real. */
  openReal(options?: Where): Promise<StudioPage>;
}

interface Where {
  readonly fragment?: string;
  readonly context?: BrowserContextOptions;
}

/** Describes tests of the studio, which are skipped without Chromium. */
export function studioTests(name: string, define: (studio: Studio) => void): void {
  if (browserPath === undefined) console.warn(`tests of ${name} are skipped: ${noBrowser}`);
  describe.runIf(browserPath !== undefined)(name, () => {
    let served: ServedStudio;
    let browser: Browser;

    beforeAll(async () => {
      served = await serveStudio(0);
      browser = await launch({ cameras: 2 });
    });

    afterEach(async () => {
      for (const context of browser?.contexts() ?? []) await context.close();
    });

    afterAll(async () => {
      await browser?.close();
      await served?.close();
    });

    define({
      get url() {
        return served.url;
      },
      async open({ fragment = '', context = {}, beside, ...standIn } = {}) {
        const place = beside?.context() ?? (await browser.newContext({ ...usual, ...context }));
        return openStandIn(place, served.url + fragment, standIn);
      },
      openReal: ({ fragment = '', context = {} } = {}) => openStudio(browser, served.url + fragment, context),
    });
  });
}
