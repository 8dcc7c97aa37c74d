/** The compiled form of a fine-tuning: the decoder's states, a call for a step, and a call for a sample. */

import { present } from '../errors.ts';
import { elementCount } from '../graph/shape.ts';
import { type Outputs, prefixed } from '../graph/tensor.ts';
import type { ImageSize } from '../images/size.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { adamScalars, stateName } from '../training/adam.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { type Losses, optimiser, sampleGraph, stepGraph } from './graph.ts';
import type { Painting } from './encoded-painting.ts';

/** Values of the losses. */
export type LossValues = Readonly<Record<'content' | 'style', number>>;

export interface TuningSession {
  /**
   * Does step number `t` (from 1) on `crop [3, S, S]`, RGB 0–1, at a learning rate. The
   * losses are those before it.
   */
  step(crop: Float32Array, t: number, rate: number): Promise<LossValues>;
  /** Paints `sample [3, H, W]` with the current decoder; the picture is not clamped. */
  show(sample: Float32Array): Promise<{ readonly picture: Float32Array; readonly losses: LossValues }>;
  /** All weights of the model, with the current ones of the decoder. */
  weights(): WeightMap;
  dispose(): Promise<void>;
}

export interface TuningSizes {
  /** Side of the crops in pixels, a multiple of 8. */
  readonly crop: number;
  /** Sides in pixels, multiples of 8. */
  readonly sample: ImageSize;
}

export async function createTuningSession(
  model: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  runtime: Runtime,
  { crop, sample }: TuningSizes,
): Promise<TuningSession> {
  const { states: next, losses } = stepGraph(model, loss, painting, crop);
  const stepping = await runtime.compile({ ...prefixed(NEXT, next), ...named(losses) });
  const { picture, losses: ofSample } = sampleGraph(model, loss, painting, sample);
  const showing = await runtime.compile({ picture, ...named(ofSample) });
  const states = startingStates(model, next);

  async function run(program: Program, feeds: Readonly<Record<string, Float32Array>>) {
    const value = (name: string) =>
      feeds[name] ?? states.get(stateName('parameter', name)) ?? states.get(name);
    const results = await program.run(
      Object.fromEntries(program.inputs.map((name) => [name, present(value(name), name)])),
    );
    const lossOf = (name: keyof LossValues) => present(results[LOSS + name]?.[0], name);
    return { results, losses: { content: lossOf('content'), style: lossOf('style') } };
  }

  return {
    async step(content, t, rate) {
      const { results, losses } = await run(stepping, { content, ...adamScalars(optimiser, t, rate) });
      for (const name of states.keys()) states.set(name, present(results[NEXT + name], name));
      return losses;
    },
    async show(content) {
      const { results, losses } = await run(showing, { content });
      return { picture: present(results.picture, 'picture'), losses };
    },
    weights() {
      const tuned = [...model.weights].map(([name, { shape, data }]) => {
        return [name, { shape, data: states.get(stateName('parameter', name)) ?? data }] as const;
      });
      return new Map(tuned);
    },
    async dispose() {
      await Promise.all([stepping.dispose(), showing.dispose()]);
    },
  };
}

/** Prefixes of results. */
const NEXT = 'next/';
const LOSS = 'loss/';

function named({ content, style }: Losses): Outputs {
  return prefixed(LOSS, { content, style });
}

/** The model's own decoder, and zero moments. */
function startingStates({ weights }: StylizerModel, next: Outputs): Map<string, Float32Array> {
  const parameter = stateName('parameter', '');
  const start = (name: string, size: number) =>
    name.startsWith(parameter)
      ? present(weights.get(name.slice(parameter.length))?.data, name)
      : new Float32Array(size);
  return new Map(Object.entries(next).map(([name, { shape }]) => [name, start(name, elementCount(shape))]));
}
