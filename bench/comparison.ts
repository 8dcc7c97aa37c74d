/**
 * The comparison's trainings: every feed-forward method that the paper names, and ours, by one trainer, from
 * the same encoder, with the same data, seed, and number of steps.
 *
 *   npm run comparison -- --content-dir content --style-dir style --style-list styles.txt
 */

import { trainAll } from './trainings.ts';

/** The encoder and the loss network are the eye, so anybody can repeat it. */
const common = [
  ...['--encoder', 'eye', '--iterations', '6000', '--batch-size', '2', '--crop-size', '128', '--seed', '1'],
  // Presets differ in this.
  ...['--region-min', '112', '--region-max', '320'],
  ...['--save-minutes', '5', '--sample-every', '2000'],
];

const methods = {
  wasserfarbe: ['--stage', 'style'],
  sanet: ['--stage', 'style', '--method', 'sanet'],
  manet: ['--stage', 'style', '--method', 'manet'],
  adain: ['--stage', 'style', '--method', 'adain'],
  avatar: ['--stage', 'autoencode', '--method', 'avatar'],
};

await trainAll(methods, { common, saveDir: 'runs/comparison' });
