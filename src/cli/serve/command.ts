/** `wasserfarbe serve`: painting over HTTP. */

import { type Command, InvalidArgumentError } from 'commander';
import type { CommandModule } from '../main.ts';
import {
  byteCount,
  integerBetween,
  type ModelFlags,
  modelFlags,
  numberBetween,
  positiveInteger,
  processCount,
} from '../shared/flags.ts';

/** Beside that of the studio. */
const USUAL_PORT = 9278;

/** The flags of `serve`, in commander's form. */
export interface ServeFlags extends ModelFlags {
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string;
  /** False for `--no-auth`. */
  readonly auth: boolean;
  readonly painters?: number;
  readonly painterMemory: number;
  readonly queue?: number;
  readonly timeout: number;
  readonly jobTimeout: number;
  readonly receiveTimeout: number;
  readonly maxBytes: number;
  /** In millions. */
  readonly maxPixels: number;
  readonly data?: string;
  readonly keep: number;
  readonly cors?: string[];
  readonly rate?: number;
  readonly trustProxy?: true;
  readonly allowSource?: URL[];
}

/** For commander: the beginning of addresses, gathered. */
function addressBeginning(text: string, before: readonly URL[] = []): URL[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) {
    const { search, hash, username, password } = url;
    // Only origins and paths are compared: the rest would allow more than it says.
    if (!/[?#]/.test(text) && search + hash + username + password === '') return [...before, url];
    throw new InvalidArgumentError('Expected an address without ?, # and a user, which are not compared.');
  }
  throw new InvalidArgumentError('Expected the beginning of addresses, as in https://pictures.example/.');
}

/** For commander: an origin or `*`, gathered. */
function origin(text: string, before: readonly string[] = []): string[] {
  const own = URL.canParse(text) ? new URL(text).origin : text;
  if (own === '*' || own.startsWith('http')) return [...before, own];
  throw new InvalidArgumentError('Expected an origin, as in https://site.example, or *.');
}

const foreign = {
  ...{ workers: 'use --painters', 'max-size': 'use --max-bytes', 'api-key': 'use --token-file' },
};

export const serveCommand: CommandModule = {
  aliases: { bind: 'host', address: 'host', processes: 'painters' },
  foreign,
  configure(command: Command) {
    const seconds = numberBetween(1, 86_400);
    command
      .option('--host <address>', 'where to listen; 0.0.0.0 for all networks', '127.0.0.1')
      .option('--port <number>', 'where to listen; 0 for any free one', integerBetween(0, 65_535), USUAL_PORT)
      .option('--token-file <file>', 'ask for the token in it, as Authorization: Bearer TOKEN')
      .option('--no-auth', 'ask for no token on other hosts than 127.0.0.1 either')
      .option(
        '--painters <count>',
        'processes that paint (default: as many as cores and memory allow, 8 at most)',
        processCount,
      )
      .option('--painter-memory <bytes>', 'memory at which a painter is replaced', byteCount, 2e9)
      .option(
        '--queue <count>',
        'pictures that may wait (default: 4 for each painter)',
        integerBetween(0, 1e5),
      )
      .option('--timeout <seconds>', 'longest painting that somebody waits for', seconds, 60)
      .option('--job-timeout <seconds>', 'longest painting of a job', seconds, 600)
      .option('--receive-timeout <seconds>', 'longest time for a request to come in', seconds, 60)
      .option('--max-bytes <bytes>', 'longest body of a request', byteCount, 25e6)
      .option('--max-pixels <millions>', 'largest content, style and result', numberBetween(0.01, 500), 50)
      .option('--data <folder>', 'keep styles and results there, also for the next start')
      .option(
        '--keep <bytes>',
        'how much of each is kept; what was used longest ago goes first',
        byteCount,
        2e9,
      )
      .option('--cors <origin>', 'let pages of this origin ask; may be repeated', origin)
      .option('--rate <count>', 'pictures and styles that a client may send in a minute', positiveInteger)
      .option('--trust-proxy', 'take the last address of X-Forwarded-For as the client')
      .option(
        '--allow-source <address>',
        'let contents be fetched from addresses that begin so; may be repeated',
        addressBeginning,
      );
    for (const flag of modelFlags()) command.addOption(flag);
    command
      .addHelpText(
        'after',
        `
SIGTERM or Ctrl-C takes no more work, finishes what there is within 25 seconds, and ends.

Examples:
  wasserfarbe serve
  wasserfarbe serve --host 0.0.0.0 --token-file token.txt --data /var/lib/wasserfarbe`,
      )
      .action(async (flags: ServeFlags) => {
        const { serve } = await import('./run.ts');
        await serve(flags);
      });
  },
};
