import { fileURLToPath } from 'node:url';

export default {
  mode: 'production',
  context: fileURLToPath(new URL('.', import.meta.url)),
  entry: './main.js',
  experiments: { outputModule: true, topLevelAwait: true },
  output: {
    path: fileURLToPath(new URL('dist', import.meta.url)),
    filename: '[name].js',
    chunkFilename: '[name].js',
    module: true,
    clean: true,
  },
  // The runtime is as large as it is.
  performance: { hints: false },
};
