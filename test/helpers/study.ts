/** Evaluations with drawn pictures as sources of studies, and the server of a study in a separate process. */

import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { writeImage } from '../../src/images/node/image-file.ts';
import { type Running, root, startCli } from './package.ts';
import { drawnImage } from './pictures.ts';

/** Names that must not reach a rater's browser. */
export const methodNames = ['wasserfarbe-slim', 'AdaIN-original', 'SANet-original'];

export interface EvaluationOptions {
  readonly methods?: readonly string[];
  readonly contents?: number;
  readonly styles?: number;
  /** Side in pixels. */
  readonly size?: number;
}

/**
 * Writes an evaluation folder like `wasserfarbe evaluate --save-pictures`, with every pair in every method.
 */
export async function writeEvaluation(folder: string, options: EvaluationOptions = {}): Promise<void> {
  const { methods = methodNames, contents = 4, styles = 3, size = 32 } = options;
  const names = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind}-${i}`);
  const [contentNames, styleNames] = [names('hut', contents), names('klee', styles)];
  const pictures = join(folder, 'pictures');
  for (const [i, name] of contentNames.entries()) {
    await writeImage(drawnImage(i, size, size), join(pictures, 'contents', `${name}.png`));
  }
  for (const [i, name] of styleNames.entries()) {
    await writeImage(drawnImage(100 + i, size, size), join(pictures, 'styles', `${name}.png`));
  }
  const results = [];
  for (const [m, method] of methods.entries()) {
    for (const [c, content] of contentNames.entries()) {
      for (const [s, style] of styleNames.entries()) {
        // Each method has another size, which must not show in the study.
        const picture = drawnImage(1000 * m + 10 * c + s, size + m, size + m);
        await writeImage(picture, join(pictures, method, `${content}_stylized_${style}.png`));
        results.push({ method, content: `${content}.jpg`, style: `${style}.jpg`, metrics: {} });
      }
    }
  }
  const files = (list: readonly string[]) =>
    list.map((name) => ({ file: `${name}.jpg`, sha256: '0'.repeat(64) }));
  const document = {
    version: 1,
    created: '2025-01-31',
    command: 'wasserfarbe evaluate',
    protocol: {},
    environment: { wasserfarbe: '0', onnxruntime: '0', node: '0', device: 'cpu', threads: 1, cpu: 'test' },
    methods: methods.map((name) => ({ name, kind: 'pictures' })),
    contents: files(contentNames),
    styles: files(styleNames),
    results,
    summary: {},
    pictures: 'pictures',
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'evaluation.json'), JSON.stringify(document));
}

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts `wasserfarbe study rate` as a process; resolves when it answers. */
export async function startStudy(folder: string, port: number): Promise<Running> {
  const running = startCli(['study', 'rate', folder, '--port', `${port}`], root);
  let over: string | undefined;
  void running.ended.then(({ stderr }) => {
    over = stderr;
  });
  for (let i = 0; i < 600; i++) {
    if (over !== undefined) throw new Error(`the server ended: ${over}`);
    const reply = await fetch(`http://127.0.0.1:${port}/api/study`).catch(() => undefined);
    if (reply?.ok) return running;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server does not answer');
}
