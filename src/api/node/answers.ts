/** What the API answers beside pictures: their schemas, and the form of its errors. */

import { z } from 'zod';
import { SettingError, WasserfarbeError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { isDiskFault } from '../../files/read.ts';
import { type FaultReason, PaintingFault } from '../../painters/node/fault.ts';

export const problemSchema = z.object({
  error: z.string().meta({ description: 'One line: what was expected, what came, what to do.' }),
  reason: z.string().meta({ description: 'The same in a word, for programs.', examples: ['setting'] }),
});

export const styleSchema = z.object({
  id: z.string().meta({ description: 'SHA-256 of the style, its size, the model and the version.' }),
  width: z.int().meta({ description: 'Size in pixels at which it was encoded.' }),
  height: z.int(),
});
export type StyleAnswer = z.output<typeof styleSchema>;

export const jobSchema = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'painting', 'done', 'failed', 'cancelled']),
  phase: z.string().optional().meta({ description: 'What is being done.' }),
  progress: z.number().optional().meta({ description: 'Share of the work of this phase, 0–1, if known.' }),
  result: z.string().optional().meta({ description: 'Path of the picture, when it is done.' }),
  warnings: z.array(z.string()).optional().meta({ description: 'Tolerated faults of the content.' }),
  ...problemSchema.partial().shape,
});
export type JobAnswer = z.output<typeof jobSchema>;

/** Faults of requests that are not those of painting. */
type RequestReason = 'missing' | 'conflict' | 'bytes' | 'token' | 'origin' | 'rate' | 'source';

const statuses = {
  kind: 415,
  pixels: 413,
  bytes: 413,
  memory: 413,
  picture: 422,
  style: 422,
  setting: 400,
  source: 422,
  missing: 404,
  conflict: 409,
  token: 401,
  origin: 403,
  rate: 429,
  full: 503,
  closed: 503,
  late: 504,
  crash: 502,
  storage: 507,
  bug: 500,
} as const satisfies Record<FaultReason | RequestReason, number>;

export type Reason = keyof typeof statuses;

/** A request that gets no picture. */
export class Refusal extends WasserfarbeError {
  override name = 'Refusal';
  readonly reason: Reason;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | undefined;

  constructor(
    reason: Reason,
    problem: ConstructorParameters<typeof WasserfarbeError>[0],
    { retryAfter, ...options }: ErrorOptions & { readonly retryAfter?: number } = {},
  ) {
    super(problem, options);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export interface Explained {
  readonly reason: Reason;
  readonly status: (typeof statuses)[Reason];
  readonly error: string;
}

/** In place of errors that strangers can do nothing about, and that name files of the server. */
const ownFaults: Readonly<Partial<Record<Reason, string>>> = {
  bug: 'the server could not answer this; see its terminal',
  storage: 'expected a disk that takes the picture for the server but received a full or broken one',
};

/** An error in the words and the status of an answer. What is our own fault is not told to strangers. */
export function explain(error: unknown): Explained {
  const reason = reasonOf(error);
  return { reason, status: statuses[reason], error: ownFaults[reason] ?? messageOf(error) };
}

function reasonOf(error: unknown): Reason {
  if (error instanceof Refusal || error instanceof PaintingFault) return error.reason;
  if (error instanceof SettingError) return 'setting';
  return isDiskFault(error) ? 'storage' : 'bug';
}
