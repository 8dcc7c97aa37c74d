/** `npm run goldens`: paints the doctor's test picture with every shipped model and keeps the goldens. */

import { writeFile } from 'node:fs/promises';
import { drawContent, goldenOf } from '../src/cli/doctor/picture.ts';
import { paintTestPicture } from '../src/cli/doctor/run.ts';
import { modelNames, openModel } from '../src/stylize/node/models.ts';

const entries: string[] = [];
for (const name of await modelNames()) {
  const { sha256 } = await openModel(name);
  const picture = await paintTestPicture(name);
  const content = drawContent();
  if (picture.width !== content.width || !picture.data.every(Number.isFinite)) {
    throw new Error(`${name} paints no picture that could be a golden`);
  }
  const { model, means, blocks } = goldenOf(name, picture);
  entries.push(
    `  ${/^\d/.test(sha256) ? `'${sha256}'` : sha256}: {\n    model: '${model}',\n    means: [${means.join(', ')}],\n    blocks:\n      '${blocks}',\n  },\n`,
  );
  console.log(`${name}  ${sha256.slice(0, 8)}`);
}
const text = `/** The doctor's test picture as each shipped model paints it. Written by \`npm run goldens\`. */

import type { Golden } from './picture.ts';

export const goldens: Readonly<Record<string, Golden>> = {
${entries.join('')}};
`;
await writeFile(new URL('../src/cli/doctor/goldens.ts', import.meta.url), text);
