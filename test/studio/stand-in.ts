/** A stand-in for the studio's engine: it paints a picture in one colour for each style, at once or later. */

import type { Page } from 'playwright-core';

/** Milliseconds that a painting of a whole photograph takes, and a step of finishing. */
export interface StandInTimes {
  readonly painting: number;
  readonly step: number;
}

/** To be called before the page is opened. Colours are those of {@link colourOf}, times the strength. */
export async function useStandIn(page: Page, times: StandInTimes): Promise<void> {
  await page.route('**/studio/page/engine.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: script(times) }),
  );
}

/** The colour of a style, RGB 0–255, and of a step of finishing it. */
export function colourOf(style: string, step = 0): [number, number, number] {
  let hash = 7;
  for (const letter of style) hash = (31 * hash + letter.charCodeAt(0)) % 251;
  return [hash, (3 * hash) % 251, step];
}

function script({ painting, step }: StandInTimes): string {
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
      for (let i = 0; i < pixels.data.length; i += 4) pixels.data.set([...colour, 255], i);
      return pixels;
    }
    export function createEngine() {
      return {
        isLoaded: () => true,
        load: async () => 'wasm',
        prepare: async () => undefined,
        async paint(job) {
          if (job.picture instanceof Blob) await wait(${painting}, job.signal);
          return filled(job, job.from?.data[2] ?? 0);
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
