import { afterAll, describe, expect, it } from 'vitest';
import { generatorWeights, tinyTiled } from '../../test/helpers/model.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import type { RgbImage } from '../images/image.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import { frozen } from '../networks/parameters.ts';
import { halo } from './tile-windows.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import { imageSink, imageSource } from './bands.ts';
import { createStylizer } from './stylizer.ts';
import type { Style } from './style.ts';
import { type BandSink, paintTiled } from './tile-painting.ts';

const runtime = createRuntime({ threads: 2 });
afterAll(() => runtime.dispose());

const configs: Record<string, GeneratorConfig> = {
  'everything of ours': {
    ...tinyTiled,
    transform: 'statistics-attention',
    shortcuts: 'relu1_1',
    linearJoins: true,
    smoothUpsampling: true,
    negativeSlope: 0.2,
    matching: 'relu2_1+relu3_1',
    pooledKeys: true,
    modulation: 3,
    attendColours: true,
  },
  'places found by shallow layers, without shortcuts': {
    ...tinyTiled,
    transform: 'statistics-attention',
    shortcuts: 'none',
    matching: 'relu2_1+relu3_1',
  },
  'the paper’s form': { ...tinyTiled, transform: 'attention', shortcuts: 'none', modulation: 0 },
  'two levels': {
    ...tinyTiled,
    transform: 'attention',
    layers: 'relu4_1+relu5_1',
    shortcuts: 'none',
  },
  AdaIN: { ...tinyTiled, transform: 'adain', shortcuts: 'relu3_1' },
};

/** The picture as a source, and a function that returns what the sink received. */
function wired(picture: RgbImage) {
  const sink = imageSink(picture);
  let written = 0;
  const counting: BandSink = {
    async write(band) {
      written += band.height;
      await sink.write(band);
    },
  };
  return {
    source: imageSource(picture),
    sink: counting,
    result: sink.image.data,
    rows: () => written,
  };
}

const greatest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - (b[i] ?? Number.NaN))), 0);

describe.each(Object.entries(configs))('tiles of %s', (_, config) => {
  const weights = generatorWeights(config);
  const painter = { runtime, parameters: frozen(weights, 'random'), config };
  const stylizer = createStylizer({ name: 'test', sha256: 'test', config, weights }, runtime);
  afterAll(() => stylizer.dispose());
  const smallest = 2 * halo(config).encoder + 64;

  it.each([
    [2 * smallest + 40, smallest + 100],
    [smallest + 37, 2 * smallest + 3],
    [301, 50],
  ])('are the picture painted in one piece, %i×%i', async (width, height) => {
    const picture = drawnImage(1, width, height);
    const style = await stylizer.encodeStyle(drawnImage(2, 64, 48));
    const whole = await stylizer.stylize(picture, style);
    const { source, sink, result, rows } = wired(picture);
    const heard: string[] = [];
    await paintTiled(painter, {
      source,
      sink,
      mix: { styles: [style], weights: [1], masks: [undefined] },
      longest: smallest,
      onTile: (done, total) => heard.push(`${done}/${total}`),
    });
    expect(rows()).toBe(height);
    expect(heard.length).toBeGreaterThan(2);
    expect(heard.at(-1)).toBe(`${heard.length}/${heard.length}`);
    // Features are kept as float16, which costs half of 1/255 at most.
    const range = whole.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(greatest(result, whole.data) / range).toBeLessThan(2e-3);
  });
});

it('stops between two tiles', async () => {
  const config = configs.AdaIN ?? tinyTiled;
  const weights = generatorWeights(config);
  const stylizer = createStylizer({ name: 'test', sha256: 'test', config, weights }, runtime);
  const style: Style = await stylizer.encodeStyle(drawnImage(2, 64, 48));
  const { source, sink } = wired(drawnImage(1, 400, 200));
  const abort = new AbortController();
  let tiles = 0;
  const painting = paintTiled(
    { runtime, parameters: frozen(weights, 'random'), config },
    {
      source,
      sink,
      mix: { styles: [style], weights: [1], masks: [undefined] },
      longest: 160,
      signal: abort.signal,
      onTile: () => {
        tiles++;
        if (tiles === 2) abort.abort(new Error('enough'));
      },
    },
  );
  await expect(painting).rejects.toThrow('enough');
  expect(tiles).toBe(2);
  await stylizer.dispose();
});
