/** Repainting: drafts while something is moved, then a preview and the whole picture. */

import { type ModelName, modelNames, type Moment, ONE_PASS, type Settings } from './settings.ts';
import type { Painted, Photo, Device, State } from './state.ts';
import type { Store } from './store.ts';
import type { Text } from './i18n.ts';
import type { Engine, PaintJob } from './network.ts';
import { throughMasks } from './masking.ts';
import { Refusal } from './photo.ts';
import type { Paintings } from './paintings.ts';
import { coloursOf, createKept, freePainted, isSame, type Look, lookOf, momentOf } from './look.ts';

/** Short side in pixels of pictures under comparison. */
const COMPARED_SIDE = 512;

/** Photographs with more pixels take a while, so their painting is shown at medium size first. */
const LARGE_PIXELS = 4e6;

/** Milliseconds after which a person is taken to be looking for a photograph. */
const LOOKING = 1000;

/** Side in pixels of the picture that is painted ahead. */
const WARM_SIDE = 128;

/** Styles with less weight are invisible. */
const LEAST_WEIGHT = 0.005;

/** The settings that the networks need. */
export function styleJob(settings: Settings, paintings: Paintings) {
  const { styles, weights, masks, strokeSize, followDetail, brokenColour, colours } = settings;
  const shares = styles.map((id, i) => ({
    source: paintings.get(id).source,
    weight: weights[i] ?? 0,
    mask: masks[i],
  }));
  const seen = shares.filter(({ weight }) => weight >= LEAST_WEIGHT);
  return { styles: seen, strokeSize, followDetail, brokenColour, colours };
}

export interface Repainting {
  /** Shows a picture of the present settings, in place of paintings that are not done. */
  show(photo: Photo, picture: ImageData): Promise<void>;
  /** Keeps a finished painting for when its settings come. */
  keep(photo: Photo, painted: Painted): void;
  tell(error: unknown): void;
}

export function startRepainting(store: Store<State>, engine: Engine, paintings: Paintings): Repainting {
  const kept = createKept();
  let running: AbortController | undefined;
  /** Counts paintings, so that a slow old one never replaces a newer one. */
  let asked = 0;
  let shown = 0;
  /** Look of the shown painting, without its strokes. */
  let look: Look = [];

  function job(model: ModelName): Omit<PaintJob, 'picture'> {
    return { model, ...styleJob(store.get().settings, paintings) };
  }

  async function draft(photo: Photo): Promise<void> {
    running?.abort();
    running = undefined;
    asked += 1;
    const number = asked;
    const { settings } = store.get();
    const wanted = coloursOf(photo, settings);
    const moment = momentOf(photo, settings);
    if (moment !== undefined) {
      await showMoment(number, photo, moment.picture);
      return;
    }
    // If only the strokes have changed, the draft must show them. Small drafts have none of their own.
    const source = isSame(wanted, look)
      ? { picture: photo.medium }
      : { picture: photo.small, finestSize: ONE_PASS };
    const pixels = await engine.paint({ ...job(settings.model), ...source, replaces: true });
    if (store.get().photo === photo) await show(number, wanted, pixels);
  }

  async function show(
    number: number,
    of: Look,
    pixels: ImageData,
    whole?: Look,
  ): Promise<Painted | undefined> {
    return put(number, of, await toPainted(pixels, whole));
  }

  /** Moments of a refinement are painted all over: masks are applied to its result. */
  async function showMoment(number: number, photo: Photo, pixels: ImageData): Promise<void> {
    const { settings } = store.get();
    const image = await throughMasks(pixels, photo.medium, settings.masks);
    const { width, height } = pixels;
    put(number, coloursOf(photo, settings), { image, width, height, isWhole: false, look: [] });
  }

  function put(number: number, of: Look, painted: Painted): Painted | undefined {
    if (number < shown) {
      freePainted(painted);
      return undefined;
    }
    shown = number;
    look = of;
    const { painted: old } = store.get();
    store.set({ painted });
    // Drafts come many times a second.
    if (old?.isWhole === false) freePainted(old);
    return painted;
  }

  async function paint(photo: Photo, signal: AbortSignal): Promise<void> {
    asked += 1;
    const number = asked;
    const { settings } = store.get();
    const { model } = settings;
    const wanted = coloursOf(photo, settings);
    const known = kept.find(photo, settings);
    if (known !== undefined) {
      shown = number;
      look = wanted;
      store.set({ painted: known });
      return;
    }
    const moment = momentOf(photo, settings);
    if (moment !== undefined) await showMoment(number, photo, moment.picture);
    await ready(model, signal);
    const onPreview = (preview: ImageData) => void (signal.aborted || show(number, wanted, preview));
    const common = { ...job(model), signal };
    // A preview of a painting with the same look would show nothing new.
    const isNew = !isSame(wanted, look);
    // The first one would come later by the time that the preview's network needs to start.
    const isFirst = look.length === 0;
    const isMediumFirst = isNew && photo.width * photo.height > LARGE_PIXELS;
    if (isMediumFirst) {
      const pixels = await engine.paint({ ...common, picture: photo.medium, onPreview });
      signal.throwIfAborted();
      await show(number, wanted, pixels);
    }
    const pixels = await engine.paint({
      ...common,
      ...beginning(moment),
      picture: photo.blob,
      ...(isNew && !isFirst && !isMediumFirst ? { onPreview } : {}),
      onTiles: (tiles) => signal.aborted || store.set({ work: { phase: 'painting', tiles } }),
    });
    signal.throwIfAborted();
    // Replaces any preview.
    const painted = await show(number, wanted, pixels, lookOf(photo, settings));
    if (painted !== undefined) kept.add(photo, painted);
  }

  async function compare(photo: Photo, signal: AbortSignal): Promise<void> {
    for (const model of modelNames) {
      await ready(model, signal);
      const size = Math.min(COMPARED_SIDE, photo.width, photo.height);
      const pixels = await engine.paint({ ...job(model), picture: photo.blob, size, signal });
      const painted = await toPainted(pixels);
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

  /**
   * Paints a small picture while the person looks for a photograph. The first painting is slow, since the
   * browser compiles on the way; one that waited for this would be slower.
   */
  async function warmUp(): Promise<void> {
    await engine.load(store.get().settings.model);
    await new Promise((done) => setTimeout(done, LOOKING));
    const { photo, live, settings } = store.get();
    if ((photo ?? live) !== undefined) return;
    const picture = Object.assign(document.createElement('canvas'), { width: WARM_SIDE, height: WARM_SIDE });
    await engine.paint({ ...job(settings.model), picture, finestSize: ONE_PASS, replaces: true });
  }

  function tell(error: unknown): void {
    if (!isAbort(error)) store.set({ notice: { kind: 'problem', text: problemOf(error) } });
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
      settings.brokenColour,
      settings.colours,
      settings.model,
      settings.isCompared,
      settings.moment,
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

  // A failure is reported when something is to be painted.
  warmUp().catch(() => undefined);

  return {
    show(photo, picture) {
      asked += 1;
      return showMoment(asked, photo, picture);
    },
    keep: kept.add,
    tell,
  };
}

/** What a painting begins with. */
export function beginning(moment: Moment | undefined): Pick<PaintJob, 'from'> {
  return moment === undefined ? {} : { from: moment.picture };
}

/** @param whole what it depends on, if it is in full size */
export async function toPainted(pixels: ImageData, whole?: Look): Promise<Painted> {
  const { width, height } = pixels;
  const image = await createImageBitmap(pixels);
  return { image, width, height, isWhole: whole !== undefined, look: whole ?? [] };
}

/** The device to display, from the one that the network reports. */
export function deviceOf(device: 'webgpu' | 'wasm'): Device {
  return device === 'wasm' && !window.crossOriginIsolated ? 'core' : device;
}

/** Whether it was ended by the person, and is no failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** What the person is told of a failure. */
export function problemOf(error: unknown): Text {
  const reason = reasonOf(error);
  return error instanceof Refusal ? error.text : (strings) => strings.failed(reason);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
