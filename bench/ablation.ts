/**
 * The ablation: the shipped painter is trained on for 600 steps with the recipe that it came from, with one
 * part changed at a time and the same seed. A second control has another seed, so that the table shows how
 * far chance alone moves its numbers.
 *
 *   npm run ablation -- --content-dir content --style-dir style --style-list styles.txt \
 *     --loss-network vgg19.safetensors
 */

import { trainAll } from './trainings.ts';

/** The painter's recipe, as in bench/campaign. */
const recipe = [
  ...['--stage', 'style', '--init', 'models/slim.safetensors', '--train-encoder', '--iterations', '600'],
  ...['--style-loss', 'moments', '--steadiness-weight', '800'],
  ...['--learning-rate', '7e-4', '--warmup', '15', '--ema', '0.98', '--save-minutes', '5'],
];

const variants = {
  painter: [],
  'another seed': ['--seed', '2'],
  'with critics': ['--style-loss', 'wasserstein+moments'],
  'critics for moments': ['--style-loss', 'wasserstein'],
  'without sliced distance': ['--sliced-weight', '0'],
  "without earth mover's distance": ['--remd-weight', '0'],
  'one pass': ['--no-drafts'],
  'without patches': ['--patches-weight', '0'],
  'without masses': ['--masses-weight', '0'],
  'without steadiness': ['--steadiness-weight', '0'],
  'all of the shallow features': ['--shallow-share', '1'],
  'self-similarity': ['--content-weight', '2', '--self-similarity-weight', '4'],
};

await trainAll(variants, { common: recipe, saveDir: 'runs/ablation' });
