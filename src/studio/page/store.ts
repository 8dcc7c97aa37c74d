/** A value that changes in steps, with watchers of its parts. */

export interface Store<S> {
  get(): S;
  set(patch: Partial<S>): void;
  /** Runs now, and again whenever one of the picked values changes. */
  watch<T extends unknown[] | []>(pick: (state: S) => T, run: (...picked: NoInfer<T>) => void): void;
}

export function createStore<S extends object>(first: S): Store<S> {
  let state = first;
  const watchers: (() => void)[] = [];
  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      for (const look of watchers) look();
    },
    watch(pick, run) {
      let seen = pick(state);
      watchers.push(() => {
        const now = pick(state);
        if (now.every((value, i) => Object.is(value, seen[i]))) return;
        seen = now;
        run(...now);
      });
      run(...seen);
    },
  };
}
