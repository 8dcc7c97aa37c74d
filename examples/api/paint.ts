/**
 * Paints by a server of `wasserfarbe serve`, with a client whose types are made of the server's description:
 *
 *   npx openapi-typescript http://127.0.0.1:9278/openapi.json -o api.d.ts
 *   node paint.ts http://127.0.0.1:9278 photo.jpg painting.jpg painted.png
 */

import { readFile, writeFile } from 'node:fs/promises';
import createClient from 'openapi-fetch';
import type { paths } from './api.d.ts';

const [baseUrl = '', photo = '', painting = '', output = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl });

/** A file as the body of a request. */
async function file(path: string) {
  return {
    body: (await readFile(path)) as unknown as string,
    bodySerializer: (body: unknown) => body as BodyInit,
  };
}

/** What the server said; to a request that came too slowly it says nothing but the status. */
function refusal({ error, response }: { error?: { error: string }; response: Response }): Error {
  return new Error(error?.error ?? `${response.status} ${response.statusText}`);
}

const style = await client.POST('/v1/styles', await file(painting));
if (style.data === undefined) throw refusal(style);

const painted = await client.POST('/v1/paint', {
  ...(await file(photo)),
  params: { query: { style: [style.data.id], strength: 0.9, format: 'png' } },
  parseAs: 'arrayBuffer',
});
if (painted.data === undefined) throw refusal(painted);
await writeFile(output, new Uint8Array(painted.data as unknown as ArrayBuffer));
console.log(`${output} by style ${style.data.id.slice(0, 8)}`);
