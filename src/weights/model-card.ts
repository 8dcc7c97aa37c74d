/** The model card: the JSON file next to each shipped `.safetensors` that describes model and training. */

import { z } from 'zod';
import { WeightsError } from '../errors.ts';

// Every `error` below is the noun phrase that follows "expected" in the message: see parseModelCard.
const text = z.string({ error: 'text' }).min(1, { error: 'text that is not empty' });
const number = z.number({ error: 'a finite number' });
const count = z.int({ error: 'a whole number' }).min(0, { error: 'a whole number, 0 or more' });
const positiveCount = z.int({ error: 'a whole number' }).min(1, { error: 'a whole number, 1 or more' });

function list<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: 'a list' });
}

function table<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value, { error: 'an object' });
}

function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const error = (issue: { code?: string }) =>
    issue.code === 'unrecognized_keys' ? `only ${Object.keys(shape).join(', ')}` : 'an object';
  return z.strictObject(shape, { error });
}

/** Schema of one stage of training in a model card. */
export const trainingStageSchema = fields({
  /** Name of the stage, e.g. `distil`. */
  stage: text,
  iterations: count,
  batchSize: positiveCount,
  /** Side of the square training crops, in pixels. */
  cropSize: positiveCount,
  /** Number of pictures, content and style together, that the stage drew from. */
  pictures: count,
  seed: count,
  /** Form and layers of the content loss, e.g. `normalised relu4_1+relu5_1`, where a stage has one. */
  contentLoss: z.optional(text),
  /** The command line that repeats the stage. */
  command: text,
  /** Wall-clock time in hours. */
  hours: number.min(0, { error: 'a number of hours, 0 or more' }),
  /** Each loss term at the end, a running mean over about fifty steps, by dotted name. */
  losses: table(number),
});

/** Names of the methods, as in `src/networks/presets.ts`, of which this folder knows nothing. */
const methods = ['wasserfarbe', 'sanet', 'adain', 'wct', 'avatar', 'manet', 'johnson'] as const;

/** `median` with the interval from `low` to `high`; the protocol says which interval. */
const metricValue = fields({ median: number, low: number, high: number });

/** Schema of the JSON file `x.json` next to `x.safetensors`. Unknown fields are refused. */
export const modelCardSchema = fields({
  name: text,
  description: text,
  /** Name of the weights file in the same folder. */
  file: text.regex(/^[^/\\]+\.safetensors$/, { error: 'a .safetensors file name without a folder' }),
  /** Checksum of that file. */
  sha256: text.regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256 of 64 lower-case hexadecimal digits' }),
  licence: text,
  created: z.iso.date({ error: 'a date such as 2025-01-31' }),
  method: z.enum(methods, { error: `one of ${methods.join(', ')}` }),
  /** The settings from which the generator is rebuilt; whoever rebuilds it checks them. */
  configuration: table(z.json()),
  /** Number of values in all tensors. */
  parameters: count,
  dtype: z.enum(['F32', 'F16'], { error: 'F32 or F16' }),
  training: fields({
    /** The pictures, their source and their licence. */
    data: text,
    stages: list(trainingStageSchema),
  }),
  metrics: fields({
    /** How the values were measured: pictures, size, interval. */
    protocol: text,
    /** The network that the losses were measured with. */
    lossNetwork: text,
    values: table(metricValue),
  }),
  /** Known weaknesses of the model, one sentence each. */
  limitations: list(text),
});

/** A checked model card. */
export type ModelCard = z.infer<typeof modelCardSchema>;

/**
 * Checks a model card.
 *
 * @param json the parsed JSON file
 * @param source the file name, for messages
 * @throws WeightsError naming the first field that is wrong, e.g. `training.stages[0].seed`
 */
export function parseModelCard(json: unknown, source: string): ModelCard {
  // The fallback covers values that `z.json()` refuses, which takes no message of its own.
  const result = modelCardSchema.safeParse(json, { reportInput: true, error: () => 'a JSON value' });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new WeightsError(
    {
      expected: issue?.message ?? 'a model card',
      name: fieldName(issue?.path ?? []),
      received: issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : describe(issue?.input),
      where: source,
    },
    { cause: result.error },
  );
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the model card';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
