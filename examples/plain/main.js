import { start } from '../page.js';

// An import map does not reach workers, so the runtime's folder is said here.
await start({ runtime: '/node_modules/onnxruntime-web/dist/' });
