/** The baselines of the repository: small files whose cards say how far they were trained, and they paint. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawnImage } from './helpers/pictures.ts';
import { methodNames } from '../src/networks/presets.ts';
import { defaultModel, openModel, shippedMethods } from '../src/stylize/node/models.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';

const folder = new URL('../baselines/', import.meta.url).pathname;
const baselines = methodNames.filter((method) => !shippedMethods.includes(method));

it('are one model for each method whose model does not ship', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.safetensors'));
  expect(files.sort()).toEqual(baselines.map((method) => `${defaultModel(method)}.safetensors`).sort());
});

describe.each(baselines)('%s', (method) => {
  it('is small, and its card says how many steps it has', async () => {
    const { card } = await openModel(defaultModel(method));
    expect(statSync(join(folder, card.file)).size).toBeLessThan(1_300_000);
    expect(card.method).toBe(method);
    const [last] = card.training.stages.slice(-1);
    expect(`${card.description} ${card.limitations.join(' ')}`).toContain(`${last?.iterations} steps`);
    for (const { command } of card.training.stages) expect(command).not.toMatch(/\.\.\/|\s\//);
  });

  it('paints by its name, after the style', { timeout: 60_000 }, async () => {
    const stylizer = await loadStylizer({ method });
    const paint = async (style: number) => {
      const prepared = await stylizer.prepareStyle(drawnImage(style, 96, 80));
      return (await stylizer.stylize(drawnImage(1, 90, 70), prepared)).data;
    };
    const [one, other] = [await paint(2), await paint(7)];
    await stylizer.dispose();
    expect(one).toHaveLength(3 * 90 * 70);
    expect(one.every((value) => value > -1.5 && value < 2.5)).toBe(true);
    const apart = one.reduce((sum, value, i) => sum + Math.abs(value - (other[i] ?? 0)), 0) / one.length;
    expect(apart).toBeGreaterThan(0.02);
  });
});
