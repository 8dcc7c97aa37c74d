/** The painting with which the page begins, encoded for browsers, which take longer. Node only. */

import { readRegular } from '../../files/regular.ts';
import { packagePath } from '../../files/package.ts';
import { removeTemporary, temporaryPath } from '../../files/temporary.ts';
import { FIRST_STYLE } from '../page/settings.ts';

/** Its style file; an empty one where Node cannot paint, so that the page encodes the painting itself. */
export async function encodeFirstStyle(): Promise<Buffer<ArrayBuffer>> {
  const path = temporaryPath('.style');
  try {
    const { loadStylizer } = await import('../../node.ts');
    const stylizer = await loadStylizer();
    const style = await stylizer.prepareStyle(packagePath(`paintings/${FIRST_STYLE}.avif`));
    await stylizer.saveStyle(style, path);
    await stylizer.dispose();
    return Buffer.from(await readRegular(path));
  } catch {
    return Buffer.alloc(0);
  } finally {
    await removeTemporary(path);
  }
}
