/** A stand-in for the studio's engine: it paints a picture in one colour for each style, at once or later. */

import type { BrowserContext, Page } from 'playwright-core';
import { whole } from './harness.ts';

/** Milliseconds that a painting of a whole photograph or a clip's frame takes, and a step of finishing. */
export interface StandInTimes {
  readonly painting: number;
  readonly step: number;
}

export interface StandInOptions extends StandInTimes {
  /** A script that runs before the page's. */
  readonly before: string;
}

/** A page of the studio in which the stand-in paints, in {@link colourOf} times the strength. */
export async function openStandIn(
  context: BrowserContext,
  url: string,
  { painting = 10, step = 10, before = '' }: Partial<StandInOptions> = {},
): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.addInitScript(before);
  await page.route('**/studio/page/engine.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: standInScript({ painting, step }) }),
  );
  await page.goto(url);
  await page.locator('.thumb').first().waitFor();
  return page;
}

/** The colour that is shown in the middle of the picture, RGB 0–255, once it is painted. */
export async function shownColour(page: Page): Promise<number[]> {
  await whole(page);
  return page.evaluate<
    number[]
  >(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const canvas = document.querySelector('.stage canvas');
    const [x, y] = [canvas.width / 2, canvas.height / 2];
    done([...canvas.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]);
  })))`);
}

/** The number of whole pictures that the stand-in has painted since the page was opened. */
export const paintedCount = (page: Page) => page.evaluate<number>('globalThis.paintedCount ?? 0');

/** The colour of a style, RGB 0–255, and of a step of finishing it. */
export function colourOf(style: string, step = 0): [number, number, number] {
  let hash = 7;
  for (const letter of style) hash = (31 * hash + letter.charCodeAt(0)) % 251;
  return [hash, (3 * hash) % 251, step];
}

/** The module that takes the engine's place. */
export function standInScript({ painting, step }: StandInTimes): string {
  return `
    const colourOf = ${colourOf.toString()};
    const wait = (ms, signal) => new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new DOMException('ended', 'AbortError'));
      });
    });
    async function filled({ picture, styles, strength = 1 }, steps) {
      const { width, height } = await createImageBitmap(picture);
      const pixels = new ImageData(width, height);
      const colour = colourOf(styles[0].source.id, steps).map((value) => Math.round(strength * value));
      new Uint32Array(pixels.data.buffer).fill(new Uint32Array(Uint8Array.of(...colour, 255).buffer)[0]);
      return pixels;
    }
    export function createEngine() {
      return {
        isLoaded: () => true,
        load: async () => 'wasm',
        prepare: async () => undefined,
        saveStyle: async (model, { id }) => new Blob(['wfstyle of ' + id]),
        readStyle: async () => undefined,
        async paint(job) {
          if (job.picture instanceof Blob) globalThis.paintedCount = (globalThis.paintedCount ?? 0) + 1;
          else globalThis.framesPainted = (globalThis.framesPainted ?? 0) + 1;
          if (job.isMoving) globalThis.movingPainted = (globalThis.movingPainted ?? 0) + 1;
          const isWhole = job.picture instanceof Blob || job.picture instanceof ImageData;
          // A test may say how many frames of a rendered clip work.
          if (job.picture instanceof ImageData && --globalThis.framesThatWork < 0) throw new Error('card lost');
          if (isWhole) await wait(${painting}, job.signal);
          return filled(job, job.from?.data[2] ?? (job.styles[0].source.tuned ? 99 : 0));
        },
        async learn({ source, contents, enough, signal, onStep, onSample }) {
          globalThis.learntOn = contents.length;
          for (let i = 1; i <= 60 && !enough.aborted; i++) {
            await wait(${step}, signal);
            onStep(i);
            onSample(await filled({ picture: new ImageData(40, 30), styles: [{ source }] }, i));
          }
          return { weights: new Blob(['weights']), card: new Blob(['{}']) };
        },
        async refine(job) {
          let steps = job.from?.data[2] ?? 0;
          for (let i = 1; i <= 10 && !job.enough.aborted; i++) {
            await wait(${step}, job.signal);
            steps++;
            job.onStep?.(i / 10, await filled(job, steps));
          }
          return filled(job, steps);
        },
      };
    }`;
}
