/** The available paintings: the studio's own set, and the person's own. */

import type { StyleSource } from './network.ts';
import type { Text } from './i18n.ts';
import { en } from './strings/en.ts';

export interface Painting {
  readonly id: string;
  readonly title: Text;
  /** Address for an `<img>`. */
  readonly url: string;
  readonly source: StyleSource;
}

type BundledId = keyof typeof en.titles;

const bundledIds = Object.keys(en.titles) as readonly BundledId[];

export function isBundled(id: string): boolean {
  return Object.hasOwn(en.titles, id);
}

export interface Paintings {
  all(): readonly Painting[];
  get(id: string): Painting;
  /** Adds an own picture and returns its id. */
  add(file: Blob): string;
  watch(run: () => void): void;
}

/** @param base address of the folder `styles` */
export function createPaintings(base: string): Paintings {
  const watchers: (() => void)[] = [];
  const list: Painting[] = bundledIds.map((id) => {
    const url = new URL(`styles/${id}.avif`, base).href;
    return { id, title: (strings) => strings.titles[id], url, source: { id, picture: url } };
  });
  let count = 0;
  return {
    all: () => list,
    get(id) {
      const found = list.find((painting) => painting.id === id) ?? list[0];
      if (found === undefined) throw new Error('internal: no paintings');
      return found;
    },
    add(file) {
      count += 1;
      const number = count;
      const id = `own-${number}`;
      const url = URL.createObjectURL(file);
      list.push({
        id,
        title: (strings) => strings.ownNumbered(number),
        url,
        source: { id, picture: file },
      });
      for (const run of watchers) run();
      return id;
    },
    watch(run) {
      watchers.push(run);
      run();
    },
  };
}
