/**
 * Fine-tuning: the decoder of a model learns one painting better, for a limited time. Works
 * wherever a runtime does.
 */

import { TrainingError } from '../errors.ts';
import type { RgbImage } from '../images/image.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { stream, uniformInt } from '../random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { StylizerModel } from '../stylize/style.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { encodePainting, randomCrop, wholeBlocks } from './encoded-painting.ts';
import { createTuningSession, type LossValues } from './session.ts';

/** Side of the crops in pixels. */
export const CROP_SIZE = 160;

/** Adam's learning rate at its highest. */
const LEARNING_RATE = 1e-3;

/** Steps over which the rate rises, since Adam's first steps know nothing about the variance of gradients. */
const WARMUP = 10;

export interface TuningPictures {
  /** The painting at the size at which its style will be encoded. */
  readonly painting: RgbImage;
  /** Photographs from which crops are taken. */
  readonly contents: readonly [RgbImage, ...RgbImage[]];
  /** Photograph to paint during the training. */
  readonly sample: RgbImage;
}

export interface TuningStep extends LossValues {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Seconds since the first step began. */
  readonly seconds: number;
}

interface TuningSample extends LossValues {
  /** Number of steps done before it; 0 is the original model. */
  readonly step: number;
  readonly seconds: number;
  /** Values around 0–1, not clamped. */
  readonly picture: RgbImage;
}

export interface TuningOptions {
  readonly seconds: number;
  /** Most steps, even if there is time left. The learning rate then follows them instead of the clock. */
  readonly steps?: number;
  /** Seconds between two samples. The first is painted before the first step, the last after the last. */
  readonly sampleSeconds: number;
  readonly seed: number;
  /** Called before each step; true ends the training. */
  isEnough(): boolean;
  onStep(step: TuningStep): void;
  onSample(sample: TuningSample): void;
}

export interface TunedWeights {
  readonly weights: WeightMap;
  readonly steps: number;
  readonly seconds: number;
}

/** @throws TrainingError if a loss becomes no number */
export async function tune(
  model: StylizerModel,
  loss: LossNetwork,
  pictures: TuningPictures,
  runtime: Runtime,
  { seconds: budget, steps: most, sampleSeconds, seed, isEnough, onStep, onSample }: TuningOptions,
): Promise<TunedWeights> {
  const painting = await encodePainting(pictures.painting, model, loss, runtime);
  const { width, height, data } = wholeBlocks(pictures.sample);
  const session = await createTuningSession(model, loss, painting, runtime, {
    crop: CROP_SIZE,
    sample: { width, height },
  });
  const cropOf = (step: number): Float32Array => {
    const random = stream(seed, 'crops', step);
    const { contents } = pictures;
    const content = contents[uniformInt(random, 0, contents.length - 1)] ?? contents[0];
    return randomCrop(content, CROP_SIZE, random);
  };
  let step = 0;
  async function show(seconds: number): Promise<void> {
    const { picture, losses } = await session.show(data);
    onSample({ step, seconds, picture: { width, height, data: picture }, ...losses });
  }

  try {
    await show(0);
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    let shown = { step: 0, at: 0 };
    for (; step < (most ?? Number.POSITIVE_INFINITY) && elapsed() < budget && !isEnough(); await moment()) {
      const done = most === undefined ? elapsed() / budget : step / most;
      const losses = await session.step(cropOf(step), step + 1, rateAt(step, done));
      step++;
      check(losses, step);
      const seconds = elapsed();
      onStep({ step, seconds, ...losses });
      if (seconds - shown.at < sampleSeconds) continue;
      shown = { step, at: seconds };
      await show(seconds);
    }
    const seconds = elapsed();
    if (shown.step < step) await show(seconds);
    return { weights: session.weights(), steps: step, seconds };
  } finally {
    await session.dispose();
  }
}

/** Rises over the first steps, then falls to zero along a cosine with the finished share of the training. */
function rateAt(step: number, done: number): number {
  return LEARNING_RATE * Math.min(1, (step + 1) / WARMUP) * (0.5 + 0.5 * Math.cos(Math.PI * done));
}

function check(losses: LossValues, step: number): void {
  for (const [name, value] of Object.entries(losses)) {
    if (Number.isFinite(value)) continue;
    throw new TrainingError({
      expected: 'a number',
      name: `the ${name} loss`,
      received: `${value}`,
      where: `step ${step}`,
    });
  }
}

/** Lets pending events in: ONNX Runtime holds the thread while it works. */
function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
