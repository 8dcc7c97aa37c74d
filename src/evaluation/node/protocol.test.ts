import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatorWeights, tinyGenerator } from '../../../test/helpers/model.ts';
import { lossNetwork } from '../../networks/loss-network.ts';
import { randomWeights } from '../../../test/helpers/networks.ts';
import { drawnImage, temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { input } from '../../graph/ops/sources.ts';
import { writeImage } from '../../images/node/image-file.ts';
import { layerNames, vgg19 } from '../../networks/vgg19.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { type Contestant, type Method, modelMethod, picturesMethod } from './contestants.ts';
import { metricNames } from '../metrics.ts';
import { choosePairs } from './squares.ts';
import { evaluate, type EvaluationOptions, protocolOf } from './protocol.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
const judging = { widths: [4, 4, 8, 8, 8], preprocessing: 'conv0' } as const;
const lossWeights = randomWeights((p) => vgg19(input('x', [1, 3, 32, 32]), p, judging, layerNames), 3);
const model = {
  name: 'tiny',
  sha256: 'x',
  config: tinyGenerator,
  weights: generatorWeights(tinyGenerator, 4),
};
const size = 64;
let folder: string;
let options: EvaluationOptions;

beforeAll(async () => {
  folder = await temporaryFolder();
  const files = async (name: string, count: number, seed: number) =>
    (await writePictures(folder, name, count, { seed, width: 70, height: 64 })).map((file) =>
      join(folder, file),
    );
  const contents = await files('content', 2, 1);
  const styles = await files('style', 3, 50);
  const chosen = choosePairs(2, 3, undefined, 1);
  const loss = { file: 'loss', network: lossNetwork(lossWeights, 'loss') };
  options = { loss, eye: loss, runtime, contents, styles, chosen, size };
});
afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

const unchanged: Method = { prepare: async () => async (content) => content, dispose: async () => {} };
const contestant = (name: string, method: Method): Contestant => ({ name, kind: 'model', method });

describe('evaluate', () => {
  it('gives every pair of every method finite and repeatable metrics', async () => {
    const method = modelMethod(model, runtime);
    const both = [contestant('tiny', method), contestant('same', unchanged)];
    const results = await evaluate(both, { ...options, flicker: true, chosen: [[0], [0, 1], []] });
    expect(new Set(results.map((r) => `${r.method} ${r.content} ${r.style}`)).size).toBe(6);
    const painted = new Set<string>();
    for (const { metrics, method, content } of results) {
      // The first output of a content has no predecessor to differ from.
      const first = !painted.has(`${method} ${content}`);
      painted.add(`${method} ${content}`);
      const wanted = metricNames.filter((name) => !(first && name === 'diversity'));
      expect(Object.keys(metrics).sort()).toEqual([...wanted].sort());
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    }
    for (const { metrics } of results.filter((r) => r.method === 'same')) {
      expect(metrics).toMatchObject({
        content: 0,
        contentRaw: 0,
        border: 1,
        checkerboard: 1,
        grid: 1,
        outside: 0,
        strokes: 0,
      });
      expect(metrics.newStructure).toBeLessThan(0.1);
      expect(metrics.ssim).toBeCloseTo(1, 6);
      expect(metrics.cfsd).toBeLessThan(1e-6);
      expect(metrics.swd).toBeGreaterThan(0);
    }
    const some = { ...options, flicker: true, chosen: [[], [1], []] };
    const again = await evaluate(both, some);
    expect(again.map(({ metrics: { diversity: _, ...rest } }) => rest)).toEqual(
      results
        .filter(({ content, style }) => content === 'content-01.png' && style === 'style-01.png')
        .map(({ metrics: { diversity: _, ...rest } }) => rest),
    );
    await method.dispose();
  });

  it('gives saved pictures the numbers of the model that painted them', async () => {
    const method = modelMethod(model, runtime);
    const saved = join(folder, 'saved');
    const chosen = [[0], [0], []];
    const own = await evaluate([contestant('tiny', method)], {
      ...options,
      chosen,
      onOutput: ({ content, style, image }) =>
        writeImage(image, join(saved, `${content.stem}_stylized_${style.stem}.png`)),
    });
    await method.dispose();
    const pictures = await picturesMethod('saved', saved);
    expect(await pictures.faults([{ content: 'content-00', style: 'style-00' }], size)).toEqual([]);
    const read = await evaluate([{ name: 'tiny', kind: 'pictures', method: pictures }], {
      ...options,
      chosen,
    });
    const withoutOutside = own.map(({ metrics: { outside: _, ...metrics }, ...rest }) => ({
      ...rest,
      metrics,
    }));
    expect(read).toEqual(withoutOutside);
  });

  it('without a loss network gives only the metrics that need none', async () => {
    const [first] = await evaluate([contestant('same', unchanged)], {
      ...options,
      chosen: [[0], [], []],
      loss: undefined,
    });
    expect(Object.keys(first?.metrics ?? {}).sort()).toEqual(
      [
        'strokes',
        'newStructure',
        'tones',
        'ssim',
        'border',
        'checkerboard',
        'grid',
        'clipped',
        'outside',
      ].sort(),
    );
    expect(
      protocolOf({ ...options, loss: undefined, eye: { file: 'e', sha256: 'e' }, seed: 1 }),
    ).not.toHaveProperty('style');
  });

  it('paints only chosen pairs and prepares only their styles', async () => {
    let prepared = 0;
    const counting: Method = {
      ...unchanged,
      async prepare() {
        prepared++;
        return async (content) => content;
      },
    };
    const results = await evaluate([contestant('a', counting)], { ...options, chosen: [[1], [], [0]] });
    expect(results.map((r) => `${r.content} ${r.style}`)).toEqual([
      'content-00.png style-02.png',
      'content-01.png style-00.png',
    ]);
    expect(prepared).toBe(2);
  });

  it('ends when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(evaluate([contestant('a', unchanged)], { ...options, signal })).rejects.toThrow('enough');
  });
});

describe('pictures of other programs', () => {
  it('counts missing files', async () => {
    const path = join(folder, 'few');
    await mkdir(path);
    await writeImage(drawnImage(1, 64, 64), join(path, 'a_stylized_b.jpg'));
    const pictures = await picturesMethod('few', path);
    expect([pictures.has('a', 'b'), pictures.has('b', 'a')]).toEqual([true, false]);
    const pairs = ['a', 'c', 'd'].map((content) => ({ content, style: 'b' }));
    expect((await pictures.faults(pairs, 64)).map(({ message }) => message)).toEqual([
      `expected 3 pictures named {content}_stylized_{style} for --pictures few but received 1, 2 are missing, first c_stylized_b.png (${path})`,
    ]);
  });

  it('finds all files that are no pictures, have another size or share a name', async () => {
    const path = join(folder, 'faulty');
    const stems = ['a', 'b', 'c', 'd', 'e'].map((content) => ({ content, style: 's' }));
    for (const { content } of stems)
      await writeImage(drawnImage(1, 32, 64), join(path, `${content}_stylized_s.png`));
    await writeImage(drawnImage(1, 64, 64), join(path, 'a_stylized_s.jpg'));
    await writeFile(join(path, 'b_stylized_s.png'), 'text');
    const faults = await (await picturesMethod('x', path)).faults(stems, 64);
    expect(faults.map(({ message }) => message)).toEqual([
      `expected one picture of each pair for --pictures x but received several: a_stylized_s.jpg and a_stylized_s.png (${path})`,
      `expected a whole picture file for ${join(path, 'b_stylized_s.png')} but received a file of another kind`,
      `expected pictures of 64×64 pixels for --pictures x but received a_stylized_s.png of 32×64, c_stylized_s.png of 32×64, d_stylized_s.png of 32×64, and 1 more (${path}); stylize the squares that --save-pictures writes into pictures/contents, or choose another --size`,
    ]);
  });

  it('refuses pictures that differ in size from their content', async () => {
    const pictures = await picturesMethod('few', join(folder, 'few'));
    const square = (stem: string) => ({ ...drawnImage(1, 32, 32), stem });
    const paint = await pictures.prepare(square('b'));
    await expect(paint(square('a'))).rejects.toThrow(
      /expected a picture of 32×32 pixels for a_stylized_b.jpg but received 64×64/,
    );
    await expect(paint(square('x'))).rejects.toThrow('expected a picture for x_stylized_b but received none');
  });
});

it('the protocol names the judge, the pictures and every metric', () => {
  const loss = { file: 'loss', sha256: 'f' };
  const eye = { file: 'eye', sha256: 'e' };
  const protocol = protocolOf({ ...options, loss, eye, seed: 7, flicker: true });
  expect(protocol).toMatchObject({ lossNetwork: 'loss', lossNetworkSha256: 'f', eye: 'eye', eyeSha256: 'e' });
  expect(protocol.pictures).toBe('2 contents × 3 styles, 6 pairs');
  for (const name of metricNames) expect(JSON.stringify(protocol)).toContain(name);
  expect(protocol).not.toHaveProperty('timing');
  const timed = { content: 'a/hut.png', style: 'b/klee.png' };
  expect(protocolOf({ ...options, loss, eye, seed: 7, timed }).timing).toMatch(
    /^hut\.png in the style of klee\.png, .* 2 rounds of warm-up, then 9 in which all methods take turns/,
  );
});
