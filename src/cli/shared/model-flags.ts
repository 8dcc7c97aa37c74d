/** The flags that choose a network and what runs it. */

import { defined } from '../../defined.ts';
import type { MethodName } from '../../networks/methods.ts';
import type { Device } from '../../runtime/devices.ts';
import { loadStylizer, type Stylizer } from '../../stylize/node/stylizer.ts';

export interface ModelFlags {
  readonly device: Device;
  readonly method?: MethodName;
  readonly model?: string;
  readonly threads?: number;
}

/**
 * The stylizer that flags ask for.
 *
 * @throws as `loadStylizer`
 */
export async function loadChosen({ device, method, model, threads }: ModelFlags): Promise<Stylizer> {
  return loadStylizer({
    device,
    ...defined({ method, model, threads }),
  });
}
