/** `webpack build`, without its command line. */

import webpack from 'webpack';
import config from './webpack.config.js';

webpack(config).run((error, stats) => {
  if (error) throw error;
  if (stats.hasErrors() || stats.hasWarnings()) console.error(stats.toString('errors-warnings'));
  process.exitCode = stats.hasErrors() ? 1 : 0;
});
