import { defineConfig } from 'vite';

export default defineConfig({
  // The worker imports the runtime for the device that it finds.
  worker: { format: 'es' },
  // The development server must leave the package where its worker and model lie.
  optimizeDeps: { exclude: ['wasserfarbe', 'onnxruntime-web'] },
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
});
