/** The numbers by which a painting is chosen: each once, with its bounds, its default and its words, for every entry. */

import { SettingError } from '../errors.ts';

export interface PaintingChoices {
  /**
   * How strongly, 0–1, default 1. The result is content + strength · (stylised − content), in sRGB values of each
   * pixel: 0 is exactly the input, 1 exactly the painting, and every pixel moves straight between them.
   */
  readonly strength?: number;
  /**
   * How broad strokes are on the picture, whatever its size: 0.25–4, default 1. Up to 0.5 nothing is left of the draft, from
   * 1.5 on all of it; beyond these the painting is larger or smaller.
   */
  readonly strokeSize?: number;
  /**
   * How much finer strokes are where the picture has detail, 0–1, default 0.5: faces and thin things stay, plain ground is
   * painted broadly. Of models that make drafts; others have none.
   */
  readonly followDetail?: number;
  /** How much of the detail that the picture has beyond its painting is laid over it, 0–1, default 0.5. */
  readonly detail?: number;
  /**
   * Short side in pixels of the largest painting, default 512: how small the smallest strokes are. What the picture has beyond
   * it comes from its own detail and the brush. Twice as much takes four times as long. Up to 256 only the draft is painted.
   */
  readonly finestSize?: number;
}

interface Choice {
  /** For help, without the default. */
  readonly about: string;
  readonly least: number;
  /** Where it is missing, the number is one of pixels, and whole. */
  readonly most?: number;
  readonly default: number;
}

export const choices = {
  strength: { about: 'how strongly to paint; 0 gives the content back', least: 0, most: 1, default: 1 },
  strokeSize: {
    about: 'how broad strokes are on the picture, whatever its size',
    least: 0.25,
    most: 4,
    default: 1,
  },
  followDetail: {
    about: 'how much finer strokes are in faces and thin things',
    least: 0,
    most: 1,
    default: 0.5,
  },
  detail: {
    about: "how much of a large content's own fine detail is laid over the painting",
    least: 0,
    most: 1,
    default: 0.5,
  },
  finestSize: {
    about: 'short side of the largest painting; twice as much gives finer strokes in four times the time',
    least: 1,
    default: 512,
  },
} as const satisfies Record<keyof PaintingChoices, Choice>;

export type ChoiceName = keyof typeof choices;
export const choiceNames = Object.keys(choices) as ChoiceName[];

/** What a choice may be. */
export function rangeOf(name: ChoiceName): Choice {
  return choices[name];
}

/** The choices among other options, those that are made. */
export function choicesOf(options: PaintingChoices): PaintingChoices {
  return Object.fromEntries(
    choiceNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/** @throws SettingError for the first that is not what it may be */
export function checkChoices(options: PaintingChoices): void {
  for (const name of choiceNames) {
    const value = options[name];
    if (value === undefined) continue;
    const { least, most } = rangeOf(name);
    const fits =
      most === undefined ? Number.isInteger(value) && value >= least : value >= least && value <= most;
    if (fits) continue;
    const expected =
      most === undefined ? 'a whole number of pixels, 1 or more' : `a number from ${least} to ${most}`;
    throw new SettingError({ expected, name, received: `${value}` });
  }
}
