/** The worker of a fine-tuning: one training, from pictures to files. */

import { defined } from '../defined.ts';
import { tunedFiles } from '../fine-tuning/card.ts';
import type { LossValues } from '../fine-tuning/session.ts';
import { tune, type TuningPictures } from '../fine-tuning/tune.ts';
import { outputSize, type RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { styleRequest } from '../stylize/style-size.ts';
import { openPicture, toPixels } from './decode.ts';
import type { FineTuneAnswer, FineTuneRequest, FromTrainer, ToTrainer } from './fine-tune-protocol.ts';
import { fetchLossNetwork, fetchModel } from './model.ts';
import { startRuntime } from './onnxruntime.ts';
import { packError, type SentPicture } from './protocol.ts';

/** The type library of pages does not know workers. */
interface WorkerScope {
  postMessage(message: FromTrainer, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToTrainer>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
let enough = false;

scope.addEventListener('message', ({ data }) => {
  if ('stop' in data) enough = true;
  else void answer(data.start);
});

async function answer(request: FineTuneRequest): Promise<void> {
  try {
    const answer = await carryOut(request);
    scope.postMessage({ answer }, [answer.weights.buffer]);
  } catch (error) {
    scope.postMessage({ error: packError(error) }, []);
  }
}

async function carryOut(request: FineTuneRequest): Promise<FineTuneAnswer> {
  const { load, seed, seconds, steps, sampleSeconds } = request;
  const fetching = Promise.all([
    fetchModel(load.weights, load.card),
    fetchLossNetwork(load.lossNetwork.weights, load.lossNetwork.card),
  ]);
  fetching.catch(() => undefined);
  const { runtime } = await startRuntime(load);
  const [model, loss] = await fetching;
  const pictures = await openPictures(request);
  let losses: LossValues = { content: 0, style: 0 };
  const tuned = await tune(model, loss, pictures, runtime, {
    seconds,
    ...defined({ steps }),
    sampleSeconds,
    seed,
    isEnough: () => enough,
    onStep: (step) => scope.postMessage({ step }, []),
    onSample({ picture, step, seconds, content, style }) {
      losses = { content, style };
      const pixels = toPixels(picture);
      scope.postMessage({ sample: { step, seconds, content, style, pixels } }, [pixels.bytes.buffer]);
    },
  });
  const { name = `${model.name}-tuned` } = request;
  const { contents } = pictures;
  const files = await tunedFiles(model.card, tuned, { name, seed, losses, contents: contents.length });
  return { name, steps: tuned.steps, seconds: tuned.seconds, ...files };
}

/** Opens the pictures one after the other, since each is large while it is read. */
async function openPictures(request: FineTuneRequest): Promise<TuningPictures> {
  const { styleSize, contentSize, sampleSize } = request;
  // The page ends the worker to abort it, so this signal never fires.
  const { signal } = new AbortController();
  const open = (picture: SentPicture, size: number) => openPicture(picture, styleRequest(size), signal);
  const painting = await open(request.painting, styleSize);
  const [first, ...rest] = request.contents;
  const contents: [RgbImage, ...RgbImage[]] = [await open(first, contentSize)];
  for (const picture of rest) contents.push(await open(picture, contentSize));
  // A bitmap can be read only once.
  const sample =
    request.sample === undefined
      ? resampleImage(contents[0], outputSize(contents[0], styleRequest(sampleSize)))
      : await open(request.sample, sampleSize);
  return { painting, contents, sample };
}
