/** Puts a trained model into models/ and completes its card for a release. `npx tsx bench/ship.ts --help` */

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readEvaluation } from '../src/evaluation/node/evaluation-files.ts';
import { loadModel } from '../src/weights/node/weights-file.ts';
import { parseModelCard } from '../src/weights/model-card.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    metrics: { type: 'string' },
    name: { type: 'string', default: 'slim' },
    description: { type: 'string', default: '' },
    limitation: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.model === undefined || values.metrics === undefined) {
  console.log(
    'ship.ts --model runs/x/model.safetensors --metrics evaluation/evaluation.json [--name slim] [--description text] [--limitation text]…',
  );
  process.exit(values.help ? 0 : 2);
}

const models = new URL('../models/', import.meta.url).pathname;
const { card } = await loadModel(values.model);
// The card keeps median and interval of the evaluation's numbers.
const { methods, protocol, summary } = await readEvaluation(values.metrics);
const measured = methods.find((method) => method.sha256 === card.sha256);
if (measured === undefined) throw new Error(`${values.metrics} has no model with these weights`);
const { lossNetwork, ...definitions } = protocol;
const rounded = (x: number) => Number(x.toPrecision(3));
const released = parseModelCard(
  {
    ...card,
    name: values.name,
    description: values.description || card.description,
    file: `${values.name}.safetensors`,
    licence: 'MIT',
    training: {
      // Folders of the training machine mean nothing to others.
      stages: card.training.stages.map((stage) => ({
        ...stage,
        command: stage.command
          .replace(/(?<=\s)'(?:\.\.\/|\/)[^']*?([^/']+)'(?=\s|$)/g, "'$1'")
          .replace(/(?<=\s)(?:\.\.\/|\/)\S*?([^/\s]+)(?=\s|$)/g, '$1'),
      })),
      data:
        'Photographs of several research collections as contents; as styles paintings, prints and drawings whose ' +
        'sources state public domain or an artist who died in 1955 or earlier. None of them is part of this package.',
    },
    metrics: {
      protocol: Object.entries(definitions)
        .map(([name, value]) => `${name}: ${value}`)
        .join('; '),
      lossNetwork: `${lossNetwork}`,
      values: Object.fromEntries(
        Object.entries(summary[measured.name] ?? {}).map(([name, { median, low, high }]) => [
          name,
          { median: rounded(median), low: rounded(low), high: rounded(high) },
        ]),
      ),
    },
    limitations: values.limitation,
  },
  values.model,
);
const bytes = readFileSync(values.model);
const limit = card.method === 'wasserfarbe' ? 2_000_000 : 2_500_000;
if (bytes.length > limit) throw new Error(`${values.model} has ${bytes.length} bytes, more than ${limit}`);
writeFileSync(join(models, released.file), bytes);
writeFileSync(join(models, `${values.name}.json`), `${JSON.stringify(released, null, 2)}\n`);
console.log(`${basename(values.model)} → models/${released.file}, ${released.parameters} parameters`);
