/** The states of a run, by their kind. */

import type { WeightMap } from '../weights/safetensors.ts';
import { type StateKind, stateName } from './adam.ts';

/** The states of one kind, by parameter name. */
export function statesOf(states: WeightMap, kind: StateKind): WeightMap {
  const prefix = stateName(kind, '');
  return new Map(
    [...states].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/** Parameters with running averages in place of those that have one. */
export function trainedWeights(states: WeightMap): WeightMap {
  return new Map([...statesOf(states, 'parameter'), ...statesOf(states, 'average')]);
}
