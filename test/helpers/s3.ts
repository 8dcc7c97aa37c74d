/**
 * A server that speaks as much of S3 as batches need: objects, their ETags, listings in pages, refusals. It
 * holds everything in memory. The servers on npm that do this are unmaintained or need a later Node.
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface S3Server {
  /** Variables that lead the SDK here, with credentials that are accepted. */
  readonly env: Readonly<Record<string, string>>;
  /** Objects of the bucket `pictures` by key. */
  readonly objects: Map<string, Buffer>;
  /** Answers so many requests with an error of the server. */
  failNext(count: number): void;
  close(): Promise<void>;
}

export const BUCKET = 'pictures';
const KEY_ID = 'tester';
/** Small, so that tests see more than one page. */
const PAGE = 5;

export async function startS3(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  let failures = 0;
  const server = createServer((request, response) => {
    void answer(objects, request, response, failures > 0 && failures-- > 0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: KEY_ID,
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    objects,
    failNext: (count) => {
      failures = count;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  objects: Map<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
  fails: boolean,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
  const [, bucket, ...rest] = pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const refuse = (status: number, code: string) => {
    const body = `<Error><Code>${code}</Code><Message>${code} here</Message></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (fails) return refuse(500, 'InternalError');
  if (!request.headers.authorization?.includes(`Credential=${KEY_ID}/`)) {
    return refuse(403, 'InvalidAccessKeyId');
  }
  if (bucket !== BUCKET) return refuse(404, 'NoSuchBucket');
  if (request.method === 'PUT') {
    const body = Buffer.concat(parts);
    objects.set(key, body);
    response.writeHead(200, { etag: etag(body) }).end();
    return;
  }
  if (key === '') return list(objects, searchParams, response);
  const object = objects.get(key);
  if (object === undefined) return refuse(404, request.method === 'HEAD' ? 'NotFound' : 'NoSuchKey');
  response.writeHead(200, { etag: etag(object), 'content-length': object.length });
  response.end(request.method === 'HEAD' ? undefined : object);
}

function list(objects: Map<string, Buffer>, query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? '';
  const from = Number(query.get('continuation-token') ?? 0);
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const entries = keys.slice(from, from + PAGE).map((key) => {
    const name = key.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `<Contents><Key>${name}</Key><ETag>${etag(objects.get(key) ?? Buffer.alloc(0))}</ETag></Contents>`;
  });
  const next =
    from + PAGE < keys.length ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : '';
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<ListBucketResult>${next}${entries.join('')}</ListBucketResult>`);
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
