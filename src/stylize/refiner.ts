/** Refining in calls: a painting whose pixels are optimised before it is brought to its picture's size. */

import { defined } from '../defined.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { chancesOf } from '../refining/places.ts';
import type { RefiningStyle } from '../refining/level.ts';
import { levelsOf, refine, type RefiningProgress } from '../refining/refine.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { pause } from '../pause.ts';
import type { Calls } from './calls.ts';
import { LARGEST_REFINED, PROGRAMS, REFINING_STEPS } from './defaults.ts';
import { fittingSize, levelsOf as paintingLevels, NEARLY, strokeScale } from './levels.ts';
import { type Mask, shareMaps } from './masks.ts';
import { memoryToRefine, refusal } from './memory.ts';
import { pickOptions, type RefineOptions, refineOptions, stylizeOptions } from './options.ts';
import { ProgramCache } from './program-cache.ts';
import { type Share, type StylizerModel, type WeightedStyle, weightsOf } from './style.ts';
import type { PixelStylizer } from './stylizer.ts';

export interface Refiner<Picture> {
  /**
   * Paints a content in styles, whose pictures must be given, and refines the painting, or another picture
   * to begin with, which is brought to its size.
   */
  refine(
    content: RgbImage,
    shares: readonly Share<Picture>[],
    options: RefineOptions,
    from?: RgbImage,
  ): Promise<RgbImage>;
  dispose(): Promise<void>;
}

export interface RefinerOptions<Picture> {
  readonly model: StylizerModel;
  readonly pixels: PixelStylizer;
  readonly calls: Calls<Picture>;
  readonly runtime: Runtime;
  /** Reads the loss network, when it is needed first. */
  eye(): Promise<LossNetwork>;
  /** Bytes that a refinement may use. Default: not limited. */
  readonly availableMemory?: () => number;
  /**
   * Where nobody knows what is free: bytes that a refinement may take unless its call allows others. What
   * would take more is refined smaller, as far as that helps.
   */
  readonly usualMemory?: number;
}

export function createRefiner<Picture>({
  model,
  pixels,
  calls,
  runtime,
  eye,
  availableMemory = () => Number.POSITIVE_INFINITY,
  usualMemory,
}: RefinerOptions<Picture>): Refiner<Picture> {
  const cache = new ProgramCache(PROGRAMS);
  let loading: Promise<LossNetwork> | undefined;

  /** The loss network. A failed attempt is not kept. */
  function look(): Promise<LossNetwork> {
    loading ??= eye().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  /** Refuses what does not fit, before anything is compiled. */
  async function checkMemory(
    picture: ImageSize,
    { config }: LossNetwork,
    { maxMemory = usualMemory ?? Number.POSITIVE_INFINITY, strokeSize }: RefineOptions,
  ): Promise<void> {
    const bytesAt = (size: ImageSize) => memoryToRefine(size, config);
    const bytes = bytesAt(picture);
    const available = () => Math.min(availableMemory(), maxMemory);
    if (bytes > available()) await cache.evictIdle();
    if (bytes <= available()) return;
    const scale = strokeScale(strokeSize);
    throw refusal({ picture, name: 'painting', bytes, bytesAt, scale }, available());
  }

  /** The options of a painting that is not too large to be refined. */
  function refinable(content: ImageSize, { config }: LossNetwork, options: RefineOptions) {
    const { finestSize = stylizeOptions.finestSize.default, maxMemory = usualMemory } = options;
    const painting = pickOptions(options, stylizeOptions);
    const fits = (finestSize: number): boolean => {
      const { size } = paintingLevels(content, model.config, { ...painting, finestSize });
      if (Math.min(size.width, size.height) > LARGEST_REFINED * NEARLY) return false;
      return usualMemory === undefined || memoryToRefine(size, config) <= (maxMemory ?? 0);
    };
    return { ...painting, finestSize: fittingSize(Math.min(finestSize, LARGEST_REFINED), fits) };
  }

  return {
    async refine(content, shares, options, from) {
      const { signal, enough, onProgress } = options;
      const loss = await look();
      const painting = refinable(content, loss, options);
      await checkMemory(paintingLevels(content, model.config, painting).size, loss, options);
      const mix: WeightedStyle[] = [];
      const pictures: RgbImage[] = [];
      for (const share of shares) {
        const picture = await calls.openStyle(share.style, 'refine', async () => content, options);
        pictures.push(picture);
        mix.push({
          ...share,
          style: await pixels.encodeStyle(picture, defined({ signal })),
        });
      }
      return pixels.improve(content, mix, painting, async (small, start) => {
        // By now the painting's programs may have taken some.
        await checkMemory(small, loss, options);
        return refine(
          from === undefined ? start : resampleImage(from, start, { centred: true }),
          small,
          refiningStyles(mix, pictures, small),
          {
            levels: levelsOf(start),
            time: timeOf(options),
            method: options.refineMethod ?? refineOptions.refineMethod.default,
            seed: options.seed ?? refineOptions.seed.default,
            async goOn() {
              await pause(signal);
              return enough?.aborted !== true;
            },
            onStep: (refining: RefiningProgress) => onProgress?.({ phase: 'refine', refining }),
          },
          { runtime, loss, use: (key, compile, work) => cache.use(key, compile, work) },
        );
      });
    },

    dispose: () => cache.dispose(),
  };
}

function timeOf({ steps = REFINING_STEPS, seconds }: RefineOptions) {
  return seconds === undefined ? { steps } : { seconds };
}

/** What is refined towards: the pictures of a mix, with the shares and masks of its styles. */
export function refiningStyles(
  mix: readonly WeightedStyle[],
  pictures: readonly RgbImage[],
  content: ImageSize,
): RefiningStyle[] {
  const weights = weightsOf(mix);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const masks: (Mask | undefined)[] = mix.map(({ mask }) => mask);
  const isMasked = mix.length > 1 && masks.some((mask) => mask !== undefined);
  return pictures.map((picture, k) => {
    if (!isMasked) return { picture, share: (weights[k] ?? 1) / sum };
    const map = (size: ImageSize, stride: number, level: ImageSize) => {
      const maps = shareMaps(weights, masks, level, { top: 0, left: 0, ...size }, [stride]).get(stride);
      const places = (maps?.length ?? 0) / mix.length;
      return maps?.subarray(k * places, (k + 1) * places) ?? new Float32Array(0);
    };
    const whole = map(content, 1, content);
    const share = whole.reduce((total, value) => total + value, 0) / whole.length;
    return { picture, share, chances: (...place) => chancesOf(map(...place)) };
  });
}
