/** A server of the API with a tiny model, and pictures to send. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobAnswer, StyleAnswer } from '../../src/api/node/answers.ts';
import { type ApiOptions, type ServedApi, serveApi } from '../../src/api/node/server.ts';
import { encodeImage } from '../../src/images/node/image-file.ts';
import { writeRandomModel } from './model.ts';
import { drawnImage, temporaryFolder } from './pictures.ts';

export interface TestApi {
  /** Without `/` at its end. */
  readonly url: string;
  readonly folder: string;
  /** Sends a request to a path. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** One painter, four that may wait, unless other options are given. */
export async function startApi(changes: Partial<ApiOptions> = {}): Promise<TestApi> {
  const folder = await temporaryFolder();
  const model = await writeRandomModel(folder);
  const served: ServedApi = await serveApi({
    ...{ host: '127.0.0.1', port: 0, painters: 1, queue: 4, memory: 2e9, seconds: 60, jobSeconds: 120 },
    ...{ limitBytes: 1e6, limitPixels: 1e6, keepBytes: 1e8, receiveSeconds: 60, data: join(folder, 'data') },
    ...{ cors: [], trustProxy: false, sources: [] },
    model: { model, threads: 1 },
    ...changes,
  });
  const url = served.url.replace(/\/$/, '');
  return {
    url,
    folder,
    ask: (path, init) => fetch(`${url}${path}`, init),
    async close() {
      await served.close(0);
      await rm(folder, { recursive: true });
    },
  };
}

/** What an answer says, whatever it is. */
export async function saidIn(response: Response): Promise<Partial<JobAnswer & StyleAnswer>> {
  return (await response.json()) as Partial<JobAnswer & StyleAnswer>;
}

/** A drawn picture as PNG. */
export async function drawnPng(seed: number, width = 61, height = 43): Promise<Buffer<ArrayBuffer>> {
  return Buffer.from(await encodeImage(drawnImage(seed, width, height), 'png'));
}
