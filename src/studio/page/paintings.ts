/** The style pictures: those that ship, and those of the user. */

import type { Text } from './i18n.ts';
import type { StyleSource, Tuned } from './network.ts';
import { FIRST_STYLE } from './settings.ts';
import { en } from './strings/en.ts';

export interface Painting {
  readonly id: string;
  readonly title: Text;
  /** Address for an `<img>`. */
  readonly url: string;
  readonly source: StyleSource;
  /** Undefined for those that ship. */
  readonly own: OwnPainting | undefined;
}

/** A style picture of the user, as a session keeps it. */
export interface OwnPainting {
  readonly number: number;
  /** A picture or a style file. */
  readonly file: Blob;
  /** Undefined until the person gives one. */
  readonly name: string | undefined;
  /** What is shown of a style file; undefined for pictures, and for style files without one. */
  readonly thumbnail: Blob | undefined;
  readonly isStyleFile: boolean;
  /** Weights that have learnt the picture. */
  readonly tuned?: Tuned;
}

type BundledId = keyof typeof en.titles;

const bundledIds = Object.keys(en.titles) as readonly BundledId[];

export function isBundled(id: string): boolean {
  return Object.hasOwn(en.titles, id);
}

export interface Paintings {
  /** Those of the gallery. */
  all(): readonly Painting[];
  /** Also one that was removed from the gallery: settings that undo brings back may have it. */
  get(id: string): Painting;
  /** Whether one of them is a style file, which holds no picture of the painting. */
  hasStyleFile(ids: readonly string[]): boolean;
  /** Puts the own pictures of a session into the gallery, before any is added. */
  load(kept: OwnPaintings): void;
  /** Adds an own picture and returns its id. */
  add(picture: Omit<OwnPainting, 'number'>): string;
  rename(id: string, name: string): void;
  /** Takes an own picture out of the gallery. */
  remove(id: string): void;
  /** Puts a removed picture back. */
  restore(id: string): void;
  watch(run: () => void): void;
}

/** Own pictures of a session. */
export interface OwnPaintings {
  readonly own: readonly OwnPainting[];
  /** Removed ones, which undo may bring back. */
  readonly removed: readonly OwnPainting[];
}

/** @param base address of the folder `styles` */
export function createPaintings(base: string): Paintings {
  const watchers: (() => void)[] = [];
  const removed = new Set<string>();
  let count = 0;
  let list: Painting[] = bundledIds.map((id) => {
    const address = (name: string) => new URL(`styles/${id}${name}`, base).href;
    const encoded = id === FIRST_STYLE ? { encoded: address('.style') } : {};
    const source = { id, picture: address('.avif'), ...encoded };
    const title: Text = (strings) => strings.titles[id];
    return { id, title, url: address('-small.avif'), source, own: undefined };
  });

  function get(id: string): Painting {
    const found = list.find((painting) => painting.id === id) ?? list[0];
    if (found === undefined) throw new Error('internal: no paintings');
    return found;
  }

  function ofOwn(own: OwnPainting, url: string): Painting {
    const { number, name, file, tuned } = own;
    const id = `own-${number}`;
    const title: Text = (strings) => name ?? strings.ownNumbered(number);
    return { id, title, url, source: { id, picture: file, ...(tuned && { tuned }) }, own };
  }

  function put(own: OwnPainting): Painting {
    const shown = own.isStyleFile ? own.thumbnail : own.file;
    const url = shown === undefined ? new URL('icon.svg', base).href : URL.createObjectURL(shown);
    const painting = ofOwn(own, url);
    list = [...list, painting];
    return painting;
  }

  function tell(): void {
    for (const run of watchers) run();
  }

  return {
    all: () => list.filter(({ id }) => !removed.has(id)),
    get,
    hasStyleFile: (ids) => ids.some((id) => get(id).own?.isStyleFile === true),
    load(kept) {
      for (const picture of kept.own) put(picture);
      for (const picture of kept.removed) removed.add(put(picture).id);
      count = Math.max(count, ...list.map(({ own }) => own?.number ?? 0));
      tell();
    },
    add(picture) {
      count += 1;
      const { id } = put({ ...picture, number: count });
      tell();
      return id;
    },
    rename(id, name) {
      list = list.map((painting) => {
        const { own, url } = painting;
        return painting.id === id && own !== undefined ? ofOwn({ ...own, name }, url) : painting;
      });
      tell();
    },
    remove(id) {
      removed.add(id);
      tell();
    },
    restore(id) {
      if (removed.delete(id)) tell();
    },
    watch(run) {
      watchers.push(run);
      run();
    },
  };
}
