/** Links that are opened in the studio's tab, and back and forward. A stand-in paints. */

import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { drawnPng } from './drawn.ts';
import { drop } from './harness.ts';
import { colourOf, shownColour } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

studioTests('links and addresses', (studio) => {
  let page: Page;
  let photo: Buffer;

  beforeAll(async () => {
    photo = await drawnPng(70, 60);
  });

  async function start(fragment = ''): Promise<void> {
    page = await studio.open({ fragment });
    await drop(page, photo, 'photo.png', 'image/png');
  }

  /** Opens a link in the tab, as if somebody clicked it or typed it into the address. */
  const follow = (fragment: string) => page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
  const chosen = () => page.locator('.thumbs [aria-pressed="true"]').getAttribute('aria-label');
  const strength = () => page.getByRole('slider', { name: 'Strength' }).inputValue();
  const method = () => page.getByRole('radio', { checked: true, name: /^(Ours|SANet|AdaIN)$/ });

  it('sets all settings, and undo takes that back', async () => {
    await start('#styles=watercolour&strength=0.5&method=adain-slim');
    expect(await strength()).toBe('50');
    expect(await page.getByRole('button', { name: 'Undo', exact: true }).isDisabled()).toBe(true);
    await follow('#styles=mosaic');
    expect(await shownColour(page)).toEqual(colourOf('mosaic'));
    expect(await strength()).toBe('100');
    expect(await method().getAttribute('value')).toBe('slim');
    await page.keyboard.press('Control+z');
    await expect.poll(strength).toBe('50');
    expect(await method().getAttribute('value')).toBe('adain-slim');
  });

  it('goes back and forward to the settings as they were left', async () => {
    await start();
    await drop(page, photo, 'mine.png', 'image/png', '.thumbs');
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
    await follow('#styles=mosaic');
    expect(await shownColour(page)).toEqual(colourOf('mosaic'));
    await page.getByRole('slider', { name: 'Strength' }).fill('70');
    await follow('#styles=watercolour');
    expect(await shownColour(page)).toEqual(colourOf('watercolour'));
    expect(await strength()).toBe('100');
    await page.goBack();
    await expect.poll(chosen).toBe('Mosaic: two fish');
    await expect.poll(strength).toBe('70');
    await page.goBack();
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
    await page.goForward();
    await expect.poll(chosen).toBe('Mosaic: two fish');
    await expect.poll(strength).toBe('70');
    // Also after another page.
    await page.waitForTimeout(300);
    await page.goto('about:blank');
    await page.goBack();
    await expect.poll(chosen).toBe('Mosaic: two fish');
    await expect.poll(strength).toBe('70');
    await page.goBack();
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
  });

  it('keeps what was changed after a link over a reload', async () => {
    await start('#styles=mosaic');
    await page.getByRole('slider', { name: 'Strength' }).fill('30');
    await page.waitForTimeout(300);
    await page.reload();
    await expect.poll(strength).toBe('30');
    // The same link in a new tab is a link again: the session is there, with the settings of the link.
    await page.close();
    page = await studio.open({ fragment: '#styles=mosaic', beside: page });
    expect(await shownColour(page)).toEqual(colourOf('mosaic'));
    expect(await strength()).toBe('100');
    await page.keyboard.press('Control+z');
    await expect.poll(strength).toBe('30');
  });

  it('ignores a fragment without settings', async () => {
    await start('#styles=mosaic&strength=0.5');
    await follow('#top');
    await page.waitForTimeout(200);
    expect(await strength()).toBe('50');
  });
});
