/** The methods that are compared: models of this package, and pictures of other programs. Node only. */

import { ImageError } from '../../errors.ts';
import type { RgbImage } from '../../images/image.ts';
import { listImages, readImage } from '../../images/node/image-file.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import type { Engine } from '../../refining/level.ts';
import type { RefiningMethodName } from '../../refining/methods/names.ts';
import { levelsOf, refine } from '../../refining/refine.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type PixelOptions, refineOptions } from '../../stylize/options.ts';
import { ProgramCache } from '../../stylize/program-cache.ts';
import { createStylizer } from '../../stylize/stylizer.ts';
import type { StylizerModel } from '../../stylize/style.ts';
import { pictureFaults, sizeRemedy, type Square, type StemPair } from './squares.ts';
import { baseName, outputStem, stemOf } from '../../files/names.ts';

/** A way to stylize square pictures of one size. `prepare` is called once per style, or a few times. */
export interface Method {
  prepare(style: Square): Promise<(content: Square) => Promise<RgbImage>>;
  dispose(): Promise<void>;
}

/** A method under the name that tables show. */
export interface Contestant {
  readonly name: string;
  readonly kind: 'model' | 'pictures';
  readonly method: Method;
  /** The folder of a method that consists of pictures. */
  readonly folder?: PictureFolder;
}

/** A generator of this package. */
export function modelMethod(model: StylizerModel, runtime: Runtime, options: PixelOptions = {}): Method {
  // All pictures have one size: one program is for styles, one for contents.
  const stylizer = createStylizer(model, runtime, { programs: 2 });
  return {
    async prepare(style) {
      const encoded = await stylizer.encodeStyle(style);
      return (content) => stylizer.stylize(content, encoded, options);
    },
    dispose: () => stylizer.dispose(),
  };
}

/** How a refined method goes on from the pictures of another. */
export interface Refinement {
  readonly method: RefiningMethodName;
  /** At each level. */
  readonly steps: number;
}

/** Pictures of another method, refined through a loss network on the same runtime. */
export function refinedMethod(
  from: Method,
  { method, steps }: Refinement,
  loss: LossNetwork,
  runtime: Runtime,
): Method {
  const cache = new ProgramCache(PROGRAMS_TO_REFINE);
  const engine: Engine = { runtime, loss, use: (key, compile, work) => cache.use(key, compile, work) };
  return {
    async prepare(style) {
      const paint = await from.prepare(style);
      return async (content) => {
        const start = await paint(content);
        const plan = { levels: levelsOf(start), time: { steps }, method, seed: refineOptions.seed.default };
        const quiet = { goOn: async () => true, onStep: () => undefined };
        return refine(start, content, [{ picture: style, share: 1 }], { ...plan, ...quiet }, engine);
      };
    },
    dispose: () => cache.dispose(),
  };
}

/** Steps, and looking at contents and styles, at two levels. */
const PROGRAMS_TO_REFINE = 8;

/** Pictures of a folder, named `{content}_stylized_{style}` with any ending, as `stylize` writes them. */
export interface PictureFolder extends Method {
  readonly path: string;
  /** The reasons, if any, why the pairs cannot be judged at this size: see {@link pictureFaults}. */
  faults(pairs: readonly StemPair[], size: number): Promise<ImageError[]>;
  has(content: string, style: string): boolean;
}

/**
 * Pictures of another program. Painting fails with an ImageError if a picture is missing or differs in size
 * from its content.
 */
export async function picturesMethod(name: string, folder: string): Promise<PictureFolder> {
  const files = new Map<string, string[]>();
  for (const file of await listImages(folder)) {
    files.set(stemOf(file), [...(files.get(stemOf(file)) ?? []), file]);
  }
  const fileOf = (content: string, style: string) => files.get(outputStem(content, style))?.[0];
  return {
    path: folder,
    faults: (pairs, size) => pictureFaults({ name, folder, files }, pairs, size),
    has: (content, style) => fileOf(content, style) !== undefined,
    async prepare(style) {
      return async (content) => {
        const file = fileOf(content.stem, style.stem);
        if (file === undefined) {
          throw new ImageError({
            expected: 'a picture',
            name: outputStem(content.stem, style.stem),
            received: 'none',
            where: folder,
          });
        }
        const image = await readImage(file);
        if (image.width === content.width && image.height === content.height) return image;
        throw new ImageError({
          expected: `a picture of ${content.width}×${content.height} pixels`,
          name: baseName(file),
          received: `${image.width}×${image.height}`,
          where: folder,
          remedy: sizeRemedy,
        });
      };
    },
    dispose: async () => {},
  };
}
