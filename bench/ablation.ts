/**
 * The ablation: the shipped painter is trained on for some steps, with one part of its recipe changed at a
 * time, and the same seed.
 *
 *   npm run ablation -- --content-dir content --style-dir style --style-list styles.txt \
 *     --loss-network vgg19.safetensors
 */

import { trainAll } from './trainings.ts';

/** The painter's recipe, as in bench/campaign. */
const recipe = [
  ...['--stage', 'style', '--init', 'models/slim.safetensors', '--train-encoder', '--iterations', '250'],
  ...['--learning-rate', '4e-4', '--warmup', '50', '--ema', '0.99', '--steadiness-weight', '800'],
];

const variants = {
  painter: [],
  'without critics': ['--style-loss', 'moments'],
  'without moments': ['--style-loss', 'wasserstein'],
  'without sliced distance': ['--sliced-weight', '0'],
  "without earth mover's distance": ['--remd-weight', '0'],
  'without masses': ['--masses-weight', '0'],
  'without steadiness': ['--steadiness-weight', '0'],
  'without patches': ['--patches-weight', '0'],
  'all of the shallow features': ['--shallow-share', '1'],
  'self-similarity': ['--content-weight', '2', '--self-similarity-weight', '4'],
  'one pass': ['--no-drafts'],
  'critics unconditioned': ['--conditioning', 'none'],
};

await trainAll(variants, { common: recipe, saveDir: 'runs/ablation' });
