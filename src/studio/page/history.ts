/** Changes of the settings, with undo and redo. A drag is one change, however many steps it has. */

import { MOST_STYLES, type Settings } from './settings.ts';
import type { Store } from './store.ts';

/** Limit of undo steps: each may hold masks of up to 64 kB. */
const MOST_STEPS = 100;

/** All steps, for a session to keep. */
export interface Steps {
  readonly past: readonly Settings[];
  readonly now: Settings;
  readonly future: readonly Settings[];
}

export interface History {
  /** Makes a complete change. */
  change(patch: Partial<Settings>): void;
  /** Makes a step of a change that lasts until {@link finish}. */
  move(patch: Partial<Settings>): void;
  finish(): void;
  undo(): void;
  redo(): void;
  steps(): Steps;
  /** Replaces all steps. */
  restore(steps: Steps): void;
  /** Runs after each change. */
  watch(run: () => void): void;
}

/** The part of the state that undo needs. */
export interface Undoable {
  readonly settings: Settings;
  readonly slot: number;
  readonly isEditing: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

export function createHistory(store: Store<Undoable>): History {
  let past: readonly Settings[] = [];
  let future: readonly Settings[] = [];
  let settled = store.get().settings;
  const watchers: (() => void)[] = [];

  function show(settings: Settings): void {
    const { slot: before } = store.get();
    const { styles } = settings;
    // The chosen painting stays chosen when another one goes or comes back before it.
    const isAsLong = styles.length === settled.styles.length;
    const at = isAsLong ? -1 : styles.indexOf(settled.styles[before] ?? '');
    const slot = at < 0 ? Math.min(before, styles.length - 1) : at;
    settled = settings;
    const [canUndo, canRedo] = [past.length > 0, future.length > 0];
    store.set({ settings, slot, isEditing: false, canUndo, canRedo });
    for (const run of watchers) run();
  }

  function finish(): void {
    const { settings } = store.get();
    if (settings !== settled && !isSame(settings, settled)) {
      past = [...past.slice(1 - MOST_STEPS), settled];
      future = [];
    }
    show(settings);
  }

  return {
    change(patch) {
      store.set({ settings: { ...store.get().settings, ...patch } });
      finish();
    },
    move(patch) {
      // Strength is applied when a picture is shown, so nothing needs to be painted.
      const isEditing = Object.keys(patch).some((key) => key !== 'strength');
      store.set({ settings: { ...store.get().settings, ...patch }, isEditing });
    },
    finish,
    undo() {
      const before = past.at(-1);
      if (before === undefined) return;
      past = past.slice(0, -1);
      future = [...future, settled];
      show(before);
    },
    redo() {
      const after = future.at(-1);
      if (after === undefined) return;
      future = future.slice(0, -1);
      past = [...past, settled];
      show(after);
    },
    steps: () => ({ past, now: settled, future }),
    restore(steps) {
      ({ past, now: settled, future } = steps);
      show(settled);
    },
    watch: (run) => watchers.push(run),
  };
}

function isSame(a: Settings, b: Settings): boolean {
  const lists = ['styles', 'weights', 'masks'] as const;
  const single = [
    'strength',
    'strokeSize',
    'followDetail',
    'brokenColour',
    'colours',
    'model',
    'isCompared',
    'moment',
    'crop',
  ] as const;
  return (
    single.every((key) => a[key] === b[key]) &&
    lists.every((key) => a[key].length === b[key].length && a[key].every((value, i) => value === b[key][i]))
  );
}

/** The settings with another painting in a slot. A painting that is already mixed in swaps places. */
export function withStyle({ styles }: Settings, slot: number, id: string): Partial<Settings> {
  const other = styles.indexOf(id);
  const before = styles[slot] ?? id;
  return { styles: styles.map((style, i) => (i === slot ? id : i === other ? before : style)) };
}

/** The settings with one more painting, and equal weights. */
export function withAnother({ styles, masks }: Settings, id: string): Partial<Settings> {
  if (styles.length >= MOST_STYLES || styles.includes(id)) return {};
  const count = styles.length + 1;
  return {
    styles: [...styles, id],
    masks: [...masks, undefined],
    weights: Array.from({ length: count }, () => 1 / count),
  };
}

/** The settings without the painting in a slot. */
export function without({ styles, masks, weights }: Settings, slot: number): Partial<Settings> {
  const keep = <T>(list: readonly T[]) => list.filter((_, i) => i !== slot);
  const rest = keep(weights);
  const sum = rest.reduce((total, weight) => total + weight, 0);
  return {
    styles: keep(styles),
    masks: keep(masks),
    weights: rest.map((weight) => (sum > 0 ? weight / sum : 1 / rest.length)),
  };
}
