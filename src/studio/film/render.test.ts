/** Rendering of clips whose end cannot be read, by Node's WebCodecs. */

import { expect, it, vi } from 'vitest';
import { mediabunny } from '../../video/node/mediabunny.ts';
import type { Frames } from './frames.ts';
import { renderClip } from './render.ts';

const SIDE = 64;

/** Node has none. */
class Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    [this.data, this.width, this.height] = [data, width, height];
  }
}
vi.stubGlobal('ImageData', Pixels);

const grey = () => new ImageData(new Uint8ClampedArray(4 * SIDE * SIDE).fill(128), SIDE, SIDE);

/** Frames that can be read before one that cannot. */
let readable = 0;
vi.mock('./frames.ts', () => ({
  async openFrames(): Promise<Frames> {
    return {
      ...{ width: SIDE, height: SIDE, count: 9, seconds: 0.9 },
      async *all() {
        for (let i = 0; i < readable; i++) yield { pixels: grey(), start: i / 10, duration: 0.1 };
        throw new Error('a damaged frame');
      },
      close: () => undefined,
    };
  },
}));

async function render(count: number) {
  readable = count;
  const paint = async (pixels: ImageData) => pixels;
  const options = { side: undefined, paint, onFrame: () => undefined };
  return renderClip(await mediabunny(), new Blob(), options);
}

it('keeps the frames before one that cannot be read, and says why they end there', async () => {
  const rendered = await render(3);
  expect(rendered).toMatchObject({ frames: 3, sound: 'none', broken: 'a damaged frame' });
  expect(rendered?.film.size).toBeGreaterThan(100);
});

it('says that a clip is unreadable if its first frame is', async () => {
  await expect(render(0)).rejects.toMatchObject({ failure: 'unreadable', message: 'a damaged frame' });
});
