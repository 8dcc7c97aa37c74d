/** The work of `wasserfarbe serve`: settings from flags, and serving until it is interrupted. */

import { once } from 'node:events';
import { serveApi } from '../../api/node/server.ts';
import { defined } from '../../defined.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { poolSize } from '../../painters/node/pool.ts';
import { loadStylizerOptions } from '../../stylize/node/options.ts';
import { isLoopback } from '../../serve/node/local-server.ts';
import { pickOptions } from '../../stylize/options.ts';
import { interruption, UsageError } from '../shared/failure.ts';
import { say, tell } from '../shared/output.ts';
import type { ServeFlags } from './command.ts';

/** Container and service managers kill after 30 seconds, or later. */
const DRAIN_SECONDS = 25;
const QUEUE_PER_PAINTER = 4;
/** A painter takes half of it before it paints anything. */
const LEAST_MEMORY = 500e6;

/**
 * Serves until Ctrl-C or SIGTERM, which is the regular end and no error.
 *
 * @throws WasserfarbeError as `serveApi`, or if another server has taken the folder over
 */
export async function serve(flags: ServeFlags): Promise<void> {
  const token = await tokenOf(flags);
  if (flags.painterMemory < LEAST_MEMORY) {
    const received = `${flags.painterMemory / 1e6}MB`;
    throw new UsageError({
      expected: `at least ${LEAST_MEMORY / 1e6}MB`,
      name: '--painter-memory',
      received,
    });
  }
  const usual = poolSize();
  const { painters = usual.painters, queue = QUEUE_PER_PAINTER * painters } = flags;
  const { threads = painters === usual.painters ? usual.threads : 1 } = flags;
  const { signal, end } = interruption();
  try {
    const served = await serveApi({
      ...{ host: flags.host, port: flags.port, painters, queue },
      ...{ memory: flags.painterMemory, seconds: flags.timeout, jobSeconds: flags.jobTimeout },
      ...{ receiveSeconds: flags.receiveTimeout },
      ...{ limitBytes: flags.maxBytes, limitPixels: 1e6 * flags.maxPixels, keepBytes: flags.keep },
      ...{ cors: flags.cors ?? [], trustProxy: flags.trustProxy ?? false, sources: flags.allowSource ?? [] },
      ...defined({ token, rate: flags.rate, data: flags.data }),
      model: { ...pickOptions(flags, loadStylizerOptions), threads },
    });
    say(served.url);
    tell(`wasserfarbe: painting with ${painters} processes; Ctrl-C ends it`);
    const ending = AbortSignal.any([signal, served.lost]);
    if (!ending.aborted) await once(ending, 'abort');
    await served.close(DRAIN_SECONDS);
    served.lost.throwIfAborted();
  } finally {
    end();
  }
}

/** The token; undefined if none is asked for. A network is served only by a decision. */
async function tokenOf({ host, tokenFile, auth }: ServeFlags): Promise<string | undefined> {
  if (tokenFile === undefined) {
    if (isLoopback(host) || !auth) return undefined;
    const remedy = 'give --token-file, or --no-auth if something before it asks who it is';
    throw new UsageError({
      expected: `a token for host ${host}`,
      name: '--token-file',
      received: 'none',
      remedy,
    });
  }
  const bytes = await readRegular(tokenFile).catch((cause: unknown) => {
    const received = explainFileError(cause);
    throw new UsageError({ expected: 'a file', name: '--token-file', received, where: tokenFile }, { cause });
  });
  const token = new TextDecoder().decode(bytes).trim();
  if (/^[\w~+/.-]{16,}=*$/.test(token)) return token;
  const remedy = 'make one: openssl rand -hex 32 > token.txt';
  const expected = 'one line of 16 or more letters, digits and -._~+/';
  throw new UsageError({
    expected,
    name: '--token-file',
    received: 'another text',
    where: tokenFile,
    remedy,
  });
}
