/**
 * Peak memory, in MB on stdout, of a process that stylises one random picture: `peak-memory.ts SIZE MODEL`.
 */

import { loadStylizer } from '../src/stylize/node/stylizer.ts';

const [size = '512', model = 'slim'] = process.argv.slice(2);
const side = Number(size);
const stylizer = await loadStylizer({ model });
const picture = (length: number) => ({
  width: length,
  height: length,
  data: Float32Array.from({ length: 3 * length * length }, (_, i) => (i % 251) / 251),
});
await stylizer.stylize(picture(side), await stylizer.prepareStyle(picture(512)));
await stylizer.dispose();
console.log((process.resourceUsage().maxRSS / 1024).toFixed(0));
