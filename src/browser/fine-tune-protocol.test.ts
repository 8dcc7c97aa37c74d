import { expect, it } from 'vitest';
import { ImageError } from '../errors.ts';
import { train } from './fine-tune-protocol.ts';

it('tells of a picture that the page may not read, as stylize() does', async () => {
  let isEnded = false;
  const worker = Object.assign(new EventTarget(), {
    postMessage() {
      throw new DOMException('ImageBitmap is tainted', 'DataCloneError');
    },
    terminate() {
      isEnded = true;
    },
  }) as unknown as Worker;
  const request = { painting: new Blob(), contents: [] } as unknown as Parameters<typeof train>[1];
  const failure = await train(worker, request, {}).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ImageError);
  expect(`${failure}`).toContain('crossorigin');
  expect(isEnded).toBe(true);
});
