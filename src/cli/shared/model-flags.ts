/** The flags that choose a network and what runs it. */

import type { Option } from 'commander';
import { type LoadStylizerOptions, loadStylizerOptions } from '../../stylize/node/options.ts';
import type { Stylizer } from '../../stylize/node/stylizer.ts';
import { pickOptions } from '../../stylize/options.ts';
import { optionFlags } from './option-flags.ts';

export type ModelFlags = Omit<LoadStylizerOptions, 'denormals'>;

export function modelFlags(): Option[] {
  return optionFlags(loadStylizerOptions, ['method', 'model', 'device', 'threads']);
}

/**
 * The stylizer that flags ask for.
 *
 * @throws as `loadStylizer`
 */
export async function loadChosen(flags: ModelFlags): Promise<Stylizer> {
  const { loadStylizer } = await import('../../stylize/node/stylizer.ts');
  return loadStylizer(pickOptions(flags, loadStylizerOptions));
}
