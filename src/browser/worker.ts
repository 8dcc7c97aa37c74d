/** The worker that paints. */

import { internal } from '../errors.ts';
import { answerCalls } from './answering.ts';
import { createEngine, type Engine } from './engine.ts';

let engine: Engine | undefined;

answerCalls(async (message, { signal, tell }) => {
  if (message.call === 'load') {
    engine = await createEngine(message.request);
    return [{ model: engine.model, device: engine.device }];
  }
  if (engine === undefined) throw internal('a call before the model was loaded');
  if (message.call === 'prepareStyle') {
    const { picture, ...options } = message.request;
    const style = await engine.prepareStyle(picture, { ...options, signal });
    // Tensors may share a buffer, which can be transferred only once.
    const buffers = new Set(Object.values(style.tensors).map(({ data }) => data.buffer as ArrayBuffer));
    return [style, [...buffers]];
  }
  if (message.call === 'saveStyle') {
    const bytes = await engine.saveStyle(message.request);
    return [bytes, [bytes.buffer]];
  }
  if (message.call === 'readStyleInfo') return [await engine.readStyleInfo(message.request.picture)];
  if (message.call !== 'stylize') throw internal(`a call ${message.call} of the worker that paints`);
  const painted = await engine.stylize(message.request, {
    signal,
    onProgress: (progress) => tell({ progress }),
    onPreview: (preview) => tell({ preview }, [preview.bytes.buffer]),
  });
  return [painted, [painted.bytes.buffer]];
});
