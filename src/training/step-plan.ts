/**
 * The plan of an exported step: all information that another runtime needs to train with the graphs beside
 * it. `torch/train.py` reads it. Tensors are float32, row-major, with the shapes of the graphs.
 */

import { z } from 'zod';
import { trainingStageSchema } from '../weights/model-card.ts';
import { configSchema } from './config-schema.ts';

/** The source of a graph's input. */
const sourceSchema = z.discriminatedUnion('from', [
  z
    .strictObject({ from: z.literal('state'), state: z.string() })
    .describe('a tensor of state.safetensors, or what an output made of it'),
  z
    .strictObject({ from: z.literal('pictures'), kind: z.enum(['content', 'style']) })
    .describe('crops [N, 3, S, S], RGB 0–1; each process has its own'),
  z
    .strictObject({ from: z.literal('places'), count: z.number(), of: z.number() })
    .describe(
      '`count` different whole numbers from 0 to `of` − 1 in random order, the same in all processes',
    ),
  z
    .strictObject({ from: z.literal('normal') })
    .describe('standard normal numbers, the same in all processes: directions of the sliced distance, noise'),
  z
    .strictObject({ from: z.literal('uniform') })
    .describe(
      'uniform numbers from 0 to 1, own ones in each process: the share of drafts, the penalty’s interpolation',
    ),
  z
    .strictObject({
      from: z.literal('scalar'),
      group: z.string(),
      value: z.enum(['rate', 'correction1', 'correction2', 'decay']),
    })
    .describe(
      'of update t (from 1) of the group: its rate by schedule; 1 / (1 − beta1^t); 1 / (1 − beta2^t); min(average, (1 + t) / (10 + t))',
    ),
  z
    .strictObject({ from: z.literal('gradient') })
    .describe('an output of that name, averaged over all processes'),
]);

/** The destination of an output. */
const destinationSchema = z.discriminatedUnion('to', [
  z.strictObject({ to: z.literal('state'), state: z.string() }).describe('the state’s next value'),
  z.strictObject({ to: z.literal('loss'), loss: z.string() }).describe('a number for the log'),
  z.strictObject({ to: z.literal('gradient') }).describe('goes to the input of that name, averaged'),
  z
    .strictObject({ to: z.literal('scale'), state: z.string() })
    .describe('a mean square; the state is 1 / √ of its mean over batches'),
  z.strictObject({ to: z.literal('sum') }).describe('is added up over batches, see `maps`'),
  z.strictObject({ to: z.literal('picture') }).describe('[1, 3, S, S], RGB around 0–1'),
]);

const graphSchema = z.strictObject({
  file: z.string(),
  inputs: z.record(z.string(), sourceSchema),
  outputs: z.record(z.string(), destinationSchema),
});

export const planSchema = z.strictObject({
  format: z.literal('wasserfarbe step 1').describe('what this is, and its version'),
  config: configSchema.describe('the run’s settings; crops, schedule, log and samples follow them'),
  step: z.number().int().min(0).describe('steps done before'),
  hours: z.number().describe('of training before'),
  pictures: z.number().int().describe('drawn before, by all processes'),
  losses: z.record(z.string(), z.number()).describe('running means so far'),
  history: z.array(trainingStageSchema).describe('the stages before this one, for model cards'),
  versions: z.record(z.string(), z.string()).describe('of the programs that exported it'),
  split: z
    .boolean()
    .describe('gradients and update are graphs of their own, between which processes average'),
  graphs: z.record(z.string(), graphSchema),
  order: z
    .array(
      z.strictObject({
        graph: z.string(),
        draw: z.number().int().describe('number of the batch in the step: a graph’s halves see the same'),
        updates: z
          .record(z.string(), z.number())
          .describe('by group: its how manieth update in the step, from 1'),
      }),
    )
    .describe('the graphs of one step; a loss is that of the last graph that has it'),
  groups: z.record(
    z.string(),
    z.strictObject({
      rate: z.number().describe('learning rate before the schedule'),
      beta1: z.number(),
      beta2: z.number(),
      average: z.number().describe('largest decay of the running average; 0 keeps none'),
      updates: z.number().int().describe('in a step'),
    }),
  ),
  states: z
    .record(z.string(), z.array(z.number()))
    .describe(
      'shapes by name. What the file lacks begins as zeros if a moment, as its parameter if an average; `frozen/…` is in no checkpoint',
    ),
  crops: z.strictObject({
    size: z.number().describe('side of crops in pixels'),
    regionMin: z.number(),
    regionMax: z
      .number()
      .describe(
        'a region’s side is uniform between the two, cut to the picture; its place is uniform; whole pixels both',
      ),
    mirrored: z.number().describe('share of crops that are mirrored'),
    square: z
      .number()
      .describe('side of the squares to which pictures are resized first; 0 keeps their shape'),
    shortSide: z.number().describe('longest short side of the others: larger ones are reduced to it first'),
    reduce: z.literal('lanczos3'),
    enlarge: z.literal('catmull-rom'),
  }),
  divergence: z
    .strictObject({
      limit: z.number(),
      falling: z.string(),
      patience: z.number(),
      suspicious: z.number(),
      weight: z.number(),
    })
    .describe(
      'running means have the weight max(1 / n, weight). Losses named by the pattern `falling` may not stay above limit × their best for `patience` steps, judged from step `patience` on; above suspicious × best nothing is saved',
    ),
  scales: z
    .strictObject({ graph: z.string(), batches: z.number() })
    .optional()
    .describe('a distillation’s scales are measured first, unless the file has them'),
  maps: z
    .strictObject({
      graph: z.string(),
      batches: z.number().int(),
      every: z.number().int(),
      ridge: z.number(),
      layers: z.array(
        z.strictObject({ inputs: z.string(), targets: z.string(), weight: z.string(), bias: z.string() }),
      ),
    })
    .optional()
    .describe(
      'before step 0, and whenever the step is a multiple of `every`, each layer’s linear map is solved from the outputs A = `inputs` and B = `targets`, summed over `batches` batches from this step’s on: of X in (A + ridge · mean diagonal of A) X = B the last row is the state `bias`, the rest, transposed, the state `weight`',
    ),
  sample: z
    .strictObject({
      graph: z.string(),
      size: z.number(),
      flat: z.number().describe('a picture is blank whose every channel varies by less'),
      blank: z.number().int().describe('sheets in a row, blank where their contents are not, that end a run'),
    })
    .optional(),
});

export type Plan = z.output<typeof planSchema>;
export type Source = z.output<typeof sourceSchema>;
export type Destination = z.output<typeof destinationSchema>;
