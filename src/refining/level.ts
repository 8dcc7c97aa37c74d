/** One level of a refinement: the loop over its steps, at one size. */

import { cropCorner } from '../images/extend.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import { refiningMethods } from './methods/methods.ts';
import type { RefiningMethodName } from './methods/names.ts';
import type { Chances } from './places.ts';
import { extended, lookedAt, wholeSize } from './seen.ts';
import { type LossValues, refiningStep } from './step.ts';
import { type LevelStream, Stepper } from './stepper.ts';

/** One of the styles towards which a picture is refined. */
export interface RefiningStyle {
  readonly picture: RgbImage;
  /** Its weight; those of all styles sum to 1. */
  readonly share: number;
  /**
   * How likely each place of a layer shows this style; all alike without. `picture` is the size of the level,
   * `size` what of it and of its extended rows and columns is looked at, and `stride` the pixels of a place.
   */
  chances?(size: ImageSize, stride: number, picture: ImageSize): Chances;
}

/** What runs the loss network. */
export interface Engine {
  readonly runtime: Runtime;
  readonly loss: LossNetwork;
  /** Runs `work` with the program of `key`, compiled if there is none. */
  use<T>(key: string, compile: () => Promise<Program>, work: (program: Program) => Promise<T>): Promise<T>;
}

export interface Level {
  readonly start: RgbImage;
  /** Of the same size. */
  readonly content: RgbImage;
  readonly styles: readonly RefiningStyle[];
  readonly method: RefiningMethodName;
  /** Values of the method's own parameters, which go from level to level. */
  readonly learned: Map<string, Float32Array>;
  readonly stream: LevelStream;
  /** How much of the level is done after so many steps; from 1 on, it ends. */
  done(step: number): number;
  goOn(): Promise<boolean>;
  /** @param preview gives the picture as it is then */
  onStep(step: number, losses: LossValues, preview: () => RgbImage): void;
}

/** Of the pixels, 0–1. It is constant in the first half of a level, and falls to zero. */
const RATE = 0.008;

export interface Refined {
  readonly picture: RgbImage;
  readonly steps: number;
  /** Whether it was ended early. */
  readonly isEnded: boolean;
}

/** Steps in which only a method's own parameters move, before the picture does. */
const LESSONS = 30;

export async function refineLevel(level: Level, engine: Engine): Promise<Refined> {
  const { start, method, learned } = level;
  // Nothing is compiled for a level that has no step, as when a picture is only to be brought to full size.
  if (!(await level.goOn())) return { picture: start, steps: 0, isEnded: true };
  const size = wholeSize(start);
  const graph = refiningStep(size, engine.loss, refiningMethods[method], level.styles.length);
  const stepper = new Stepper(graph, level.stream, learned);
  stepper.know(await lookedAt(level, size, stepper.inputs, engine));
  stepper.begin(extended(start, size).data);
  const lessons = stepper.learns && learned.size === 0 ? LESSONS : 0;
  let current = start;

  const compile = () => engine.runtime.compile(stepper.outputs);
  const key = `refining ${method} ${size.width}×${size.height} ${level.styles.length}`;
  return engine.use(key, compile, async (program) => {
    await stepper.measure(program, extended(level.content, size).data);
    let [step, isEnded] = [-lessons, false];
    let done = 0;
    while (done < 1 && !isEnded) {
      step++;
      if (step <= 0) await stepper.learn(program, step);
      else {
        const { data, losses } = await stepper.step(program, step, RATE * Math.min(1, 2 * (1 - done)));
        const made = cropCorner({ ...size, data }, start);
        current = made;
        level.onStep(step, losses, () => made);
      }
      // Lessons do not use up the time: every level has a step of the picture.
      done = step < 1 ? 0 : level.done(step);
      if (done < 1) isEnded = !(await level.goOn());
    }
    for (const [name, value] of stepper.learned) learned.set(name, value);
    return { picture: current, steps: Math.max(0, step), isEnded };
  });
}
