/** The engine: a stylizer for each model, and its prepared styles. */

import { loadStylizer, type Mask, type Style, type Stylizer } from '../../browser/index.ts';
import type { Engine, StyleSource } from './network.ts';
import type { MaskPlane, ModelName } from './settings.ts';

/** Number of prepared styles that are kept, of about 2 MB each. */
const MOST_STYLES = 24;

/** @param base address of the folders `models` and `runtime` */
export function createEngine(base: string): Engine {
  const stylizers = new Map<ModelName, Promise<Stylizer>>();
  const loaded = new Set<ModelName>();
  const styles = new Map<string, Promise<Style>>();
  const planes = new WeakMap<MaskPlane, Mask>();

  async function open(model: ModelName, device: 'auto' | 'wasm'): Promise<Stylizer> {
    const file = (end: string) => new URL(`models/${model}.${end}`, base);
    return loadStylizer({
      model: { weights: file('safetensors'), card: file('json') },
      runtime: new URL('runtime/', base),
      device,
    });
  }

  function stylizerOf(model: ModelName): Promise<Stylizer> {
    const known = stylizers.get(model);
    if (known !== undefined) return known;
    // An existing graphics card may still refuse.
    const opening = open(model, 'auto').catch(() => open(model, 'wasm'));
    stylizers.set(model, opening);
    opening.then(
      () => loaded.add(model),
      () => stylizers.delete(model),
    );
    return opening;
  }

  function prepared(stylizer: Stylizer, model: ModelName, source: StyleSource) {
    const key = JSON.stringify([model, source.id]);
    const known = styles.get(key);
    styles.delete(key);
    const preparing = known ?? stylizer.prepareStyle(source.picture);
    styles.set(key, preparing);
    preparing.catch(() => styles.delete(key));
    for (const old of styles.keys()) if (styles.size > MOST_STYLES) styles.delete(old);
    return preparing;
  }

  function maskOf(plane: MaskPlane): Mask {
    const { width, height, data } = plane;
    const mask = planes.get(plane) ?? {
      width,
      height,
      data: Float32Array.from(data, (value) => value / 255),
    };
    planes.set(plane, mask);
    return mask;
  }

  return {
    isLoaded: (model) => loaded.has(model),
    async load(model) {
      return (await stylizerOf(model)).device;
    },
    async prepare(model, source) {
      await prepared(await stylizerOf(model), model, source);
    },
    async paint(job) {
      const { picture, model, colours, strokeSize, followDetail, strength, size, finestSize } = job;
      const { replaces = false, signal, onPreview, onTiles } = job;
      const stylizer = await stylizerOf(model);
      const shares = job.styles.map(async (share) => ({
        // Its colours depend on the photograph, so it cannot be prepared ahead.
        style: colours === 'coral' ? share.source.picture : await prepared(stylizer, model, share.source),
        weight: share.weight,
        ...(share.mask === undefined ? {} : { mask: maskOf(share.mask) }),
      }));
      const painted = await stylizer.stylize(picture, await Promise.all(shares), {
        strokeSize,
        followDetail,
        replace: replaces,
        ...(colours === 'style' ? {} : { preserveColor: colours }),
        ...(strength === undefined ? {} : { strength }),
        ...(size === undefined ? {} : { contentSize: size }),
        ...(finestSize === undefined ? {} : { finestSize }),
        ...(signal === undefined ? {} : { signal }),
        ...(onPreview === undefined ? {} : { onPreview: (preview) => onPreview(preview.toImageData()) }),
        ...(onTiles === undefined ? {} : { onProgress: ({ tiles }) => tiles && onTiles(tiles) }),
      });
      return painted.toImageData();
    },
  };
}
