/** `evaluation.json`: the results of an evaluation for other programs. */

import { z } from 'zod';
import { ratioKinds } from './comparison.ts';
import { metricNames } from './metrics.ts';
import { refiningMethodNames } from '../refining/methods/names.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().positive();
const file = z.strictObject({ file: z.string(), sha256 });
const metric = z.enum(metricNames);
const interval = z.strictObject({
  median: z.number(),
  low: z.number(),
  high: z.number(),
  styleLow: z.number(),
  styleHigh: z.number(),
});
const ratio = z.strictObject({
  ratio: z.number(),
  low: z.number(),
  high: z.number(),
  pairs: z.int(),
  higher: z.int(),
  by: z.enum(ratioKinds),
});

/** Schema of `evaluation.json`. Files are base names; numbers have seven digits. */
export const evaluationSchema = z.strictObject({
  version: z.literal(1),
  created: z.iso.date(),
  /** The command line that repeats the evaluation, paths without their folders. */
  command: z.string(),
  protocol: z.record(z.string(), z.union([z.string(), z.number()])),
  environment: z.strictObject({
    wasserfarbe: z.string(),
    onnxruntime: z.string(),
    node: z.string(),
    device: z.string(),
    threads: z.int(),
    cpu: z.string(),
  }),
  methods: z.array(
    z.strictObject({
      /** Label in all tables. */
      name: z.string(),
      kind: z.enum(['model', 'pictures']),
      /** Name of a shipped model, or base name of its file. */
      model: z.exactOptional(z.string()),
      sha256: z.exactOptional(sha256),
      /** Checksum of the configuration in the model's card, as JSON. */
      configurationSha256: z.exactOptional(sha256),
      parameters: z.exactOptional(z.int()),
      /** Family of the model, e.g. `sanet`, as its card says. */
      method: z.exactOptional(z.string()),
      /** How its pictures were refined, and from the pictures of which method. */
      refined: z.exactOptional(
        z.strictObject({ from: z.string(), method: z.enum(refiningMethodNames), steps: z.int() }),
      ),
      timing: z.exactOptional(z.strictObject({ styleCached: seconds, styleEncoded: seconds })),
    }),
  ),
  contents: z.array(file),
  styles: z.array(file),
  results: z.array(
    z.strictObject({
      method: z.string(),
      content: z.string(),
      style: z.string(),
      metrics: z.partialRecord(metric, z.number()),
    }),
  ),
  /** By method, then by metric. */
  summary: z.record(z.string(), z.partialRecord(metric, interval)),
  /**
   * Every other method compared with the one called `against`, over the pairs of both; for two methods or
   * more.
   */
  comparison: z.exactOptional(
    z.strictObject({
      against: z.string(),
      /** By method, then by metric. */
      ratios: z.record(z.string(), z.partialRecord(metric, ratio)),
    }),
  ),
  /** Folder next to the document with the judged pictures, if they were saved. */
  pictures: z.exactOptional(z.literal('pictures')),
});

export type EvaluationDocument = z.infer<typeof evaluationSchema>;
export type EvaluatedMethod = EvaluationDocument['methods'][number];
