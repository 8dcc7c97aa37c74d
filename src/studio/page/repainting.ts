/** Repainting: drafts while something is moved, then a preview and the whole picture. */

import { type Settings, type ModelName, modelNames, ONE_PASS } from './settings.ts';
import type { Painted, Photo, Device, State } from './state.ts';
import type { Store } from './store.ts';
import type { Engine, PaintJob } from './network.ts';
import { Refusal } from './photo.ts';
import type { Paintings } from './gallery.ts';

/** Limit in pixels; each takes 8 bytes. */
const MOST_PIXELS = 24e6;

interface Kept {
  find(photo: Photo, settings: Settings): Painted | undefined;
  add(photo: Photo, settings: Settings, painted: Painted): void;
}

function createKept(): Kept {
  let list: { readonly key: readonly unknown[]; readonly painted: Painted }[] = [];
  return {
    find(photo, settings) {
      const key = keyOf(photo, settings);
      return list.find((one) => isSame(one.key, key))?.painted;
    },
    add(photo, settings, painted) {
      list = [{ key: keyOf(photo, settings), painted }, ...list.filter(({ key }) => key[0] === photo)];
      let room = MOST_PIXELS;
      list = list.filter(({ painted: { width, height } }, i) => {
        room -= width * height;
        // The newest stays in any case: it is shown.
        return i === 0 || room >= 0;
      });
    },
  };
}

/** Everything that a painting depends on. */
function keyOf(photo: Photo, settings: Settings): unknown[] {
  return [...lookOf(photo, settings), settings.strokeSize, settings.followDetail];
}

/** Everything but the strokes, which a draft does not have yet. */
function lookOf(photo: Photo, { styles, weights, masks, colours, model }: Settings): unknown[] {
  return [photo, colours, model, ...styles, ...weights, ...masks];
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/** Short side in pixels of pictures under comparison. */
const COMPARED_SIDE = 512;

/** Photographs with more pixels take a while, so their painting is shown at medium size first. */
const LARGE_PIXELS = 4e6;

/** Styles with less weight are invisible. */
const LEAST_WEIGHT = 0.005;

/** The settings that the networks need. */
export function styleJob(settings: Settings, paintings: Paintings) {
  const { styles, weights, masks, strokeSize, followDetail, colours } = settings;
  const shares = styles.map((id, i) => ({
    source: paintings.get(id).source,
    weight: weights[i] ?? 0,
    mask: masks[i],
  }));
  const seen = shares.filter(({ weight }) => weight >= LEAST_WEIGHT);
  return { styles: seen, strokeSize, followDetail, colours };
}

export interface Repainting {
  /**
   * The painting for keeping, in full size and at its strength. The shown picture is blended by the browser
   * from values in 0–255. If the network paints brighter or darker than that, a lesser strength differs
   * slightly.
   */
  final(): Promise<ImageData | undefined>;
}

export function startRepainting(store: Store<State>, engine: Engine, paintings: Paintings): Repainting {
  const kept = createKept();
  let running: AbortController | undefined;
  /** Counts paintings, so that a slow old one never replaces a newer one. */
  let asked = 0;
  let shown = 0;
  /** Look of the shown painting, without its strokes. */
  let look: readonly unknown[] = [];

  function job(model: ModelName): Omit<PaintJob, 'picture'> {
    return { model, ...styleJob(store.get().settings, paintings) };
  }

  async function draft(photo: Photo): Promise<void> {
    running?.abort();
    running = undefined;
    asked += 1;
    const number = asked;
    const { settings } = store.get();
    const wanted = lookOf(photo, settings);
    // If only the strokes have changed, the draft must show them. Small drafts have none of their own.
    const source = isSame(wanted, look)
      ? { picture: photo.medium }
      : { picture: photo.small, finestSize: ONE_PASS };
    const pixels = await engine.paint({ ...job(settings.model), ...source, replaces: true });
    if (store.get().photo === photo) await show(number, wanted, pixels, false);
  }

  async function show(
    number: number,
    of: readonly unknown[],
    pixels: ImageData,
    isWhole: boolean,
  ): Promise<Painted | undefined> {
    const painted = await toPainted(pixels, isWhole);
    if (number < shown) return undefined;
    shown = number;
    look = of;
    const { painted: old } = store.get();
    store.set({ painted });
    // Drafts come many times a second, and their memory is outside of the page's heap.
    if (old?.pixels === undefined && old?.image instanceof ImageBitmap) old.image.close();
    return painted;
  }

  async function paint(photo: Photo, signal: AbortSignal): Promise<void> {
    asked += 1;
    const number = asked;
    const { settings } = store.get();
    const { model } = settings;
    const wanted = lookOf(photo, settings);
    const known = kept.find(photo, settings);
    if (known !== undefined) {
      shown = number;
      look = wanted;
      store.set({ painted: known });
      return;
    }
    await ready(model, signal);
    const onPreview = (preview: ImageData) => void (signal.aborted || show(number, wanted, preview, false));
    const common = { ...job(model), signal };
    // A preview of a painting with the same look would show nothing new.
    const isNew = !isSame(wanted, look);
    const isMediumFirst = isNew && photo.width * photo.height > LARGE_PIXELS;
    if (isMediumFirst) {
      const pixels = await engine.paint({ ...common, picture: photo.medium, onPreview });
      signal.throwIfAborted();
      await show(number, wanted, pixels, false);
    }
    const pixels = await engine.paint({
      ...common,
      picture: photo.blob,
      ...(isNew && !isMediumFirst ? { onPreview } : {}),
      onTiles: (tiles) => signal.aborted || store.set({ work: { phase: 'painting', tiles } }),
    });
    signal.throwIfAborted();
    // Replaces any preview.
    const painted = await show(number, wanted, pixels, true);
    if (painted !== undefined) kept.add(photo, settings, painted);
  }

  async function compare(photo: Photo, signal: AbortSignal): Promise<void> {
    for (const model of modelNames) {
      await ready(model, signal);
      const size = Math.min(COMPARED_SIDE, photo.width, photo.height);
      const pixels = await engine.paint({ ...job(model), picture: photo.blob, size, signal });
      const painted = await toPainted(pixels, false);
      signal.throwIfAborted();
      store.set({ compared: { ...store.get().compared, [model]: painted } });
    }
  }

  async function ready(model: ModelName, signal: AbortSignal): Promise<void> {
    if (!engine.isLoaded(model)) store.set({ work: { phase: 'loading' } });
    const device = await engine.load(model).catch((error: unknown) => {
      throw new Refusal((strings) => strings.engineFailed(reasonOf(error)));
    });
    signal.throwIfAborted();
    store.set({ device: deviceOf(device), work: { phase: 'painting' } });
  }

  async function whole(photo: Photo): Promise<void> {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    store.set({ work: { phase: 'painting' } });
    const work = store.get().settings.isCompared ? compare : paint;
    try {
      await work(photo, controller.signal);
    } finally {
      if (running === controller) {
        running = undefined;
        store.set({ work: undefined });
      }
    }
  }

  /** Encodes styles while there is nothing to paint, so that the first picture comes sooner. */
  function prepare(): void {
    const { styles, model } = store.get().settings;
    for (const id of styles) {
      // A failure here recurs when the style is needed, and is reported then.
      engine.prepare(model, paintings.get(id).source).catch(() => undefined);
    }
  }

  function tell(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    const text = error instanceof Refusal ? error.text : undefined;
    const reason = reasonOf(error);
    store.set({ notice: { kind: 'problem', text: text ?? ((strings) => strings.failed(reason)) } });
  }

  store.watch(
    // Without the strength, which is applied when the picture is shown.
    ({ photo, live, isEditing, settings }) => [
      photo,
      live === undefined,
      isEditing,
      settings.styles,
      settings.weights,
      settings.masks,
      settings.strokeSize,
      settings.followDetail,
      settings.colours,
      settings.model,
      settings.isCompared,
    ],
    () => {
      const { photo, live, isEditing, settings } = store.get();
      if (photo === undefined || live !== undefined) {
        running?.abort();
        running = undefined;
        store.set({ work: undefined });
        if (live === undefined) prepare();
        return;
      }
      if (!isEditing) void whole(photo).catch(tell);
      else if (!settings.isCompared) void draft(photo).catch(tell);
    },
  );

  return {
    async final() {
      const { photo, painted, settings } = store.get();
      if (photo === undefined || painted?.pixels === undefined) return undefined;
      if (settings.strength === 1) return painted.pixels;
      const controller = new AbortController();
      running?.abort();
      running = controller;
      store.set({ work: { phase: 'painting' } });
      try {
        return await engine.paint({
          ...job(settings.model),
          picture: photo.blob,
          strength: settings.strength,
          signal: controller.signal,
          onTiles: (tiles) => controller.signal.aborted || store.set({ work: { phase: 'painting', tiles } }),
        });
      } finally {
        if (running === controller) {
          running = undefined;
          store.set({ work: undefined });
        }
      }
    },
  };
}

async function toPainted(pixels: ImageData, isWhole: boolean): Promise<Painted> {
  const { width, height } = pixels;
  return { image: await createImageBitmap(pixels), width, height, pixels: isWhole ? pixels : undefined };
}

/** The device to display, from the one that the network reports. */
export function deviceOf(device: 'webgpu' | 'wasm'): Device {
  return device === 'wasm' && !window.crossOriginIsolated ? 'core' : device;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
