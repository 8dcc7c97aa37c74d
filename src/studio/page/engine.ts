/** The engine: a stylizer for each model, and its prepared styles. */

import { DeviceError, loadStylizer, type Mask, type Style, type Stylizer } from '../../browser/index.ts';
import type { Engine, PaintJob, RefineJob, StyleSource, Tuned } from './network.ts';
import type { MaskPlane, ModelName } from './settings.ts';

/** Number of prepared styles that are kept, of about 2 MB each. */
const MOST_STYLES = 24;

/** Number of models that have learnt a painting and stay loaded. */
const MOST_TUNED = 2;

/** @param base address of the folders `models` and `runtime` */
export function createEngine(base: string): Engine {
  const stylizers = new Map<ModelName, Promise<Stylizer>>();
  const loaded = new WeakSet<Promise<Stylizer>>();
  const styles = new Map<string, Promise<Style>>();
  const tuned = new Map<Tuned, Promise<Stylizer>>();
  /** Prepared styles belong to one stylizer. */
  const numbers = new WeakMap<Stylizer, number>();
  let opened = 0;
  const planes = new WeakMap<MaskPlane, Mask>();

  const files = (name: string) => ({
    weights: new URL(`models/${name}.safetensors`, base),
    card: new URL(`models/${name}.json`, base),
  });
  const common = { lossNetwork: files('eye'), runtime: new URL('runtime/', base) };

  async function open(model: ModelName, device: 'auto' | 'wasm'): Promise<Stylizer> {
    return loadStylizer({ ...common, model: files(model), device });
  }

  async function openTuned(files: Tuned): Promise<Stylizer> {
    const { loadTuned } = await import('../../browser/fine-tune.ts');
    const { device } = await stylizerOf('slim');
    return loadTuned(files, { ...common, device });
  }

  function tunedStylizer(files: Tuned): Promise<Stylizer> {
    const stylizer = tuned.get(files) ?? openTuned(files);
    tuned.delete(files);
    tuned.set(files, stylizer);
    stylizer.catch(() => tuned.delete(files));
    for (const [old, opening] of tuned) {
      if (tuned.size <= MOST_TUNED) break;
      tuned.delete(old);
      opening.then(
        (stylizer) => stylizer.dispose(),
        () => undefined,
      );
    }
    return stylizer;
  }

  /** The stylizer for some paintings: one alone has weights of its own if it was learnt. */
  function stylizerFor(model: ModelName, sources: readonly StyleSource[]): Promise<Stylizer> {
    const [first, ...others] = sources;
    const isAlone = others.length === 0 && model === 'slim';
    return isAlone && first?.tuned !== undefined ? tunedStylizer(first.tuned) : stylizerOf(model);
  }

  function stylizerOf(model: ModelName): Promise<Stylizer> {
    const known = stylizers.get(model);
    if (known !== undefined) return known;
    // An existing graphics card may still refuse.
    const opening = open(model, 'auto').catch(() => open(model, 'wasm'));
    stylizers.set(model, opening);
    opening.then(
      () => loaded.add(opening),
      () => stylizers.delete(model),
    );
    return opening;
  }

  /**
   * Works with a stylizer. If its device fails it is given up, since its worker may have died, and the next
   * call opens a new one.
   */
  async function using<T>(opening: Promise<Stylizer>, work: (stylizer: Stylizer) => Promise<T>): Promise<T> {
    const stylizer = await opening;
    try {
      return await work(stylizer);
    } catch (error) {
      if (error instanceof DeviceError) {
        remove(stylizers, opening);
        remove(tuned, opening);
        stylizer.dispose();
      }
      throw error;
    }
  }

  function prepared(stylizer: Stylizer, source: StyleSource) {
    opened += numbers.has(stylizer) ? 0 : 1;
    const number = numbers.get(stylizer) ?? opened;
    numbers.set(stylizer, number);
    const key = JSON.stringify([number, source.id]);
    const known = styles.get(key);
    styles.delete(key);
    const preparing = known ?? prepare(stylizer, source);
    styles.set(key, preparing);
    preparing.catch(() => styles.delete(key));
    for (const old of styles.keys()) if (styles.size > MOST_STYLES) styles.delete(old);
    return preparing;
  }

  /** A style that is encoded ahead is not worth a failure. */
  async function prepare(stylizer: Stylizer, { encoded, picture }: StyleSource): Promise<Style> {
    const isOurs = encoded !== undefined && stylizer.model === 'slim';
    const ready = isOurs ? await stylizer.prepareStyle(encoded).catch(() => undefined) : undefined;
    return ready ?? stylizer.prepareStyle(picture);
  }

  function maskOf(plane: MaskPlane): Mask {
    const { width, height, data } = plane;
    const known = planes.get(plane);
    if (known !== undefined) return known;
    // `Float32Array.from` with a function takes a hundred times as long, at every step of the brush.
    const shares = new Float32Array(data);
    for (let i = 0; i < shares.length; i++) shares[i] = (data[i] ?? 0) / 255;
    const mask = { width, height, data: shares };
    planes.set(plane, mask);
    return mask;
  }

  /** Shares of a job, whose styles are pictures or prepared ahead. */
  async function sharesOf<T>(job: PaintJob, styleOf: (source: StyleSource) => Promise<T> | T) {
    const shares = job.styles.map(async ({ source, weight, mask }) => ({
      style: await styleOf(source),
      weight,
      ...(mask === undefined ? {} : { mask: maskOf(mask) }),
    }));
    return Promise.all(shares);
  }

  async function refine({ enough, from, onStep, ...job }: RefineJob): Promise<ImageData> {
    const stylizer = await stylizerFor(job.model, sourcesOf(job));
    const shares = await sharesOf(job, ({ picture }) => picture);
    const refined = await stylizer.refine(job.picture, shares, {
      ...optionsOf(job),
      enough,
      ...(from === undefined ? {} : { from }),
      onProgress({ refining }) {
        if (refining !== undefined) onStep?.(refining.done, refining.preview().toImageData());
      },
    });
    return refined.toImageData();
  }

  return {
    isLoaded(model) {
      const opening = stylizers.get(model);
      return opening !== undefined && loaded.has(opening);
    },
    async load(model) {
      return (await stylizerOf(model)).device;
    },
    async prepare(model, source) {
      await using(stylizerFor(model, [source]), (stylizer) => prepared(stylizer, source));
    },
    saveStyle: (model, source, name) =>
      using(stylizerOf(model), async (stylizer) => {
        const style = await prepared(stylizer, source);
        return stylizer.saveStyle(style, { picture: source.picture, source: name });
      }),
    readStyle: (model, file) =>
      using(stylizerOf(model), async (stylizer) => {
        await stylizer.prepareStyle(file);
        const { thumbnail } = await stylizer.readStyleInfo(file);
        return thumbnail && new Blob([thumbnail.bytes.slice()], { type: thumbnail.type });
      }),
    async paint(job) {
      if (job.from !== undefined) return refine({ ...job, enough: AbortSignal.abort() });
      const { model, replaces = false, onPreview, onTiles } = job;
      return using(stylizerFor(model, sourcesOf(job)), async (stylizer) => {
        // With blended colours a style depends on the photograph, so it cannot be prepared ahead.
        const shares = await sharesOf<Style | StyleSource['picture']>(job, (source) =>
          job.colours === 'coral' ? source.picture : prepared(stylizer, source),
        );
        const painted = await stylizer.stylize(job.picture, shares, {
          ...optionsOf(job),
          replace: replaces,
          ...(onPreview === undefined ? {} : { onPreview: (preview) => onPreview(preview.toImageData()) }),
          ...(onTiles === undefined ? {} : { onProgress: ({ tiles }) => tiles && onTiles(tiles) }),
        });
        return painted.toImageData();
      });
    },
    refine,
    async learn({ source, contents, seconds, enough, signal, onStep, onSample }) {
      const { fineTune } = await import('../../browser/fine-tune.ts');
      const { device } = await stylizerOf('slim');
      signal.throwIfAborted();
      const run = fineTune({
        ...common,
        ...{ model: files('slim'), device, painting: source.picture, contents, seconds, signal },
        onStep: (step) => onStep(step.seconds),
        onSample: ({ picture }) => onSample(picture.toImageData()),
      });
      if (enough.aborted) run.stop();
      enough.addEventListener('abort', run.stop, { once: true });
      const { weights, card } = await run.result;
      return { weights, card };
    },
  };
}

function remove<K, V>(all: Map<K, V>, gone: V): void {
  for (const [key, value] of all) if (value === gone) all.delete(key);
}

const sourcesOf = ({ styles }: PaintJob) => styles.map(({ source }) => source);

/** The options that painting and refining share. */
function optionsOf(job: PaintJob) {
  const { strokeSize, followDetail, colours, strength, size, finestSize, signal } = job;
  return {
    strokeSize,
    followDetail,
    brokenColour: job.isMoving ? 0 : job.brokenColour,
    ...(colours === 'style' ? {} : { preserveColor: colours }),
    ...(strength === undefined ? {} : { strength }),
    ...(size === undefined ? {} : { contentSize: size }),
    ...(finestSize === undefined ? {} : { finestSize }),
    ...(signal === undefined ? {} : { signal }),
  };
}
