/** The server of `wasserfarbe serve`: its parts put together, and their orderly end. */

import { PainterPool, type PoolOptions } from '../../painters/node/pool.ts';
import { isLoopback, listen } from '../../serve/node/local-server.ts';
import { defaultModel, openModel } from '../../stylize/node/models.ts';
import { type LoadStylizerOptions, loadStylizerOptions } from '../../stylize/node/options.ts';
import { type AppOptions, apiApp } from './app.ts';
import { openDataFolder } from './data-folder.ts';
import { Gallery } from './gallery.ts';
import { Jobs } from './jobs.ts';
import { createMetrics } from './metrics.ts';

export interface ApiOptions
  extends Pick<AppOptions, 'token' | 'cors' | 'rate' | 'trustProxy' | 'sources' | 'limitBytes' | 'seconds'>,
    Omit<PoolOptions, 'model'> {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly model: LoadStylizerOptions;
  /** Seconds that a job may be painted. */
  readonly jobSeconds: number;
  /** Folder in which styles and results stay; one that is removed at the end, unless it is given. */
  readonly data?: string;
  /** Bytes of styles and of results that stay. */
  readonly keepBytes: number;
  /** Seconds in which a whole request must have come; slower ones are answered by 408. */
  readonly receiveSeconds: number;
}

export interface ServedApi {
  readonly url: string;
  /** Aborts with an error if another server takes the folder over: then it is time to close this one. */
  readonly lost: AbortSignal;
  /** Takes no more work, finishes what it has within so many seconds, and ends. */
  close(seconds: number): Promise<void>;
}

const HEADERS_SECONDS = 20;

/**
 * Serves the API.
 *
 * @throws WasserfarbeError if the model cannot be loaded, the port is taken, or the folder is another
 *   server's or holds other files
 */
export async function serveApi(options: ApiOptions): Promise<ServedApi> {
  const { method: usual } = loadStylizerOptions;
  const { method = usual.default, model: name = defaultModel(method) } = options.model;
  const { sha256 } = await openModel(name);
  const data = await openDataFolder(options.data, options.keepBytes);
  const { uploads, styles, results } = data;
  const remedy = 'ask for a smaller one, or serve with more --painter-memory';
  const pool = new PainterPool({ ...options, remedy });
  try {
    const gallery = new Gallery({ pool, model: sha256, folder: uploads, styles, results });
    await pool.ready();
    const jobs = new Jobs(options.jobSeconds, (key) => gallery.find(key) !== undefined);
    let isEnding = false;
    const app = apiApp({
      ...{ ...options, pool, gallery, jobs, uploads },
      metrics: createMetrics(pool, () => jobs.open),
      isLocal: isLoopback(options.host),
      isEnding: () => isEnding,
    });
    const { server, url } = await listen(app, options.port, options.host, {
      requestTimeout: 1000 * options.receiveSeconds,
      headersTimeout: 1000 * Math.min(HEADERS_SECONDS, options.receiveSeconds),
      connectionsCheckingInterval: 1000,
    });
    return {
      url,
      lost: data.lost,
      async close(seconds) {
        isEnding = true;
        const closed = new Promise((done) => server.close(done));
        await pool.close(seconds);
        // Answers of the last paintings are on their way.
        await Promise.race([closed, new Promise((resume) => setTimeout(resume, 1000))]);
        if ('closeAllConnections' in server) server.closeAllConnections();
        await closed;
        await data.close();
      },
    };
  } catch (error) {
    await pool.close();
    await data.close();
    throw error;
  }
}
