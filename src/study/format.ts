/** The files of a study folder and their schemas. */

import { z } from 'zod';
import { WasserfarbeError } from '../errors.ts';

/** The server's data: which pictures there are, but not which method painted them. */
export const STUDY_FILE = 'study.json';
/** Item → method. The server never opens this file. */
export const KEY_FILE = 'key.json';
/** One rating per line, in a file that only grows. */
export const ANSWERS_FILE = 'answers.jsonl';
/** Names the process that serves the study. */
export const LOCK_FILE = 'rating.lock';
export const PICTURES_FOLDER = 'pictures';

const id = z.string().regex(/^[0-9a-f]{32}$/);
const item = z.strictObject({ id, content: id, style: id });

export const studySchema = z.strictObject({
  version: z.literal(1),
  id,
  created: z.iso.datetime(),
  seed: z.int(),
  /** Sorted by id, which is random. */
  items: z.array(item).min(1),
});
export type Study = z.infer<typeof studySchema>;

export const keySchema = z.strictObject({
  version: z.literal(1),
  /** The id of the study. */
  study: id,
  /**
   * SHA-256 of the `evaluation.json` that the pictures come from. In studies of older versions it is the
   * evaluation's folder.
   */
  evaluation: z.string(),
  methods: z.array(z.string()).min(1),
  items: z.record(id, z.strictObject({ method: z.string(), content: z.string(), style: z.string() })),
});
export type Key = z.infer<typeof keySchema>;

const unit = z.number().min(0).max(1);
/** Names are stored without surrounding spaces and in one Unicode form, so that each is one rater. */
export const raterSchema = z
  .string()
  .max(200)
  .transform((name) => name.normalize('NFC').replace(/\s+/gu, ' ').trim())
  .refine((name) => name.length >= 1 && name.length <= 60 && !/\p{Cc}/u.test(name));

export const ratingRequestSchema = z.strictObject({
  study: z.string(),
  rater: raterSchema,
  item: z.string(),
  content: unit,
  style: unit,
});

/** A line of the answers. The last of several lines by one rater about one item counts. */
export const answerSchema = z.strictObject({
  time: z.iso.datetime(),
  rater: z.string(),
  item: z.string(),
  content: unit,
  style: unit,
  /** Replaces an earlier rating. */
  revision: z.literal(true).optional(),
});
export type Answer = z.infer<typeof answerSchema>;

/**
 * Checks parsed JSON.
 *
 * @param what the file in words, e.g. `the study`
 * @throws WasserfarbeError naming the first field that is wrong
 */
export function parseAs<T>(schema: z.ZodType<T>, json: unknown, what: string, path: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || what;
  const received = issue?.message ?? 'something else';
  throw new WasserfarbeError(
    { expected: `what this version writes into ${what}`, name: field, received, where: path },
    { cause: result.error },
  );
}
