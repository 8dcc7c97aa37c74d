/** What the studio keeps: after hundreds of changes no more listeners, nodes and memory than before. */

import type { CDPSession, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { drawnPng } from './drawn.ts';
import { boxOf, drop, unfold, whole } from './harness.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const CHANGES = 500;

studioTests('the studio over time', (studio) => {
  let page: Page;
  let cdp: CDPSession;

  async function open(fragment = ''): Promise<void> {
    page = await studio.open({ fragment, painting: 1, step: 1 });
    await drop(page, await drawnPng(70, 60), 'photo.png', 'image/png');
    await whole(page);
    cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    await cdp.send('HeapProfiler.enable');
  }

  async function measured(): Promise<{ listeners: number; nodes: number; heap: number; script: number }> {
    await whole(page);
    for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
    const { metrics } = await cdp.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return {
      listeners: of('JSEventListeners'),
      nodes: of('Nodes'),
      heap: of('JSHeapUsedSize'),
      script: 1000 * of('ScriptDuration'),
    };
  }

  /** Changes everything that can be changed, `count` times in all. */
  async function change(count: number): Promise<void> {
    await page.locator('.pad').scrollIntoViewIfNeeded();
    const pad = await boxOf(page.locator('.pad-area'));
    const strength = page.getByRole('slider', { name: 'Strength' });
    for (let i = 0; i < count; i += 10) {
      await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height / 2);
      await page.mouse.down();
      await page.mouse.move(pad.x + pad.width * (0.4 + 0.02 * (i % 9)), pad.y + pad.height * 0.8, {
        steps: 4,
      });
      await page.mouse.up();
      await strength.fill(`${50 + (i % 50)}`);
      await page
        .locator('.slot')
        .nth((i / 10) % 3)
        .click();
      await page.getByRole('button', { name: /^(Language|语言)/ }).click();
      await page.getByRole('button', { name: /^(Language|语言)/ }).click();
      await page.keyboard.press('Control+z');
    }
  }

  it(`has the same listeners and memory after ${CHANGES} changes`, async () => {
    await open('#styles=watercolour*0.4,mosaic*0.3,woodcut*0.3');
    // Undo keeps a hundred steps, and styles, fonts and code are loaded at their first use.
    await change(200);
    const before = await measured();
    await change(CHANGES);
    const after = await measured();
    expect(after.listeners).toBe(before.listeners);
    expect(after.nodes - before.nodes).toBeLessThan(50);
    expect(after.heap - before.heap).toBeLessThan(300_000);
  });

  it('paints a mask within 2 ms of script for each step of the brush', { retry: 2 }, async () => {
    await open();
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    const box = await boxOf(page.locator('.split'));
    const stroke = async (steps: number): Promise<number> => {
      const at = (i: number) => [box.x + 20 + i, box.y + box.height * 0.2 + (i % 7)] as const;
      await page.mouse.move(...at(0));
      await page.mouse.down();
      for (let i = 0; i < steps; i++) await page.mouse.move(...at(i));
      await page.mouse.up();
      return (await measured()).script;
    };
    const before = await stroke(40);
    const after = await stroke(100);
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.getByRole('button', { name: 'Mask in use' }).isVisible()).toBe(true);
    expect((after - before) / 100).toBeLessThan(2);
  });
});
