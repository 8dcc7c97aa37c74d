/** “Learn this painting” in the studio: how it goes, its end, its result, and once for real. */

import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { download, drop, finishing, unfold, whole } from './harness.ts';
import { colourOf, shownColour } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

studioTests('learning a painting', (studio) => {
  let photo: Buffer;

  beforeAll(async () => {
    photo = await drawnPng(240, 200);
  });

  async function start(step: number): Promise<Page> {
    const page = await studio.open({ step });
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    return page;
  }

  const learn = (page: Page) => page.getByRole('button', { name: 'Learn it', exact: true });
  const result = (page: Page) =>
    page.locator('.thumbs').getByRole('button', { name: 'Impasto: autumn river, learnt', exact: true });

  it('shows it as it grows, and makes a painting that paints with what was learnt', async () => {
    const page = await start(300);
    await unfold(page, 'Learn this painting');
    await learn(page).click();
    await page.getByRole('img', { name: 'What it paints by now' }).waitFor();
    await page.getByText(/^5\d s left$/).waitFor();
    expect(await axe(page)).toEqual([]);
    // The page works on meanwhile.
    await page.getByRole('slider', { name: 'Strokes' }).fill('1');
    await whole(page);
    await page.getByRole('button', { name: 'That is enough' }).click();
    await result(page).waitFor();
    expect(await result(page).getAttribute('aria-pressed')).toBe('true');
    expect(await page.evaluate('learntOn')).toBe(4);
    expect(await shownColour(page)).toEqual(colourOf('own-1', 99));
    // One is learnt once.
    expect(await learn(page).isDisabled()).toBe(true);
    // Its style file would hold nothing of what was learnt.
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Save as PNG' }).waitFor();
    expect(await page.getByRole('button', { name: /^Save style/ }).count()).toBe(0);
    await page.keyboard.press('Escape');

    await page.waitForTimeout(1200);
    await page.reload();
    expect(await shownColour(page)).toEqual(colourOf('own-1', 99));
    await page.getByRole('slider', { name: 'Strokes' }).fill('0');
    expect(await shownColour(page)).toEqual(colourOf('own-1', 99));
  });

  it('can be cancelled, and asks before the page is left', async () => {
    const page = await start(300);
    await unfold(page, 'Learn this painting');
    await learn(page).click();
    await page.getByText(/s left$/).waitFor();
    await page.getByRole('button', { name: /切换到中文/ }).click();
    await page.getByRole('button', { name: '已经够了' }).waitFor();
    await page.getByRole('button', { name: /Switch to English/ }).click();
    const asked = page.waitForEvent('dialog');
    await page.evaluate('setTimeout(() => location.reload())');
    const question = await asked;
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await learn(page).waitFor();
    expect(await page.locator('.notice').isVisible()).toBe(false);
    expect(await page.locator('.thumb-box').count()).toBe(0);
  });

  it('learns for real', async () => {
    const { page, problems } = await studio.openReal({ fragment: '#styles=stained-glass' });
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    const before = await download(page, 'PNG');
    await unfold(page, 'Learn this painting');
    await learn(page).click();
    await page.getByText(/^5[0-8] s left$/).waitFor();
    await page.getByRole('button', { name: 'That is enough' }).click();
    await page.getByText('It is learnt, and stands among your paintings.').waitFor();
    await whole(page);
    const after = await download(page, 'PNG');
    expect(after.file.equals(before.file)).toBe(false);
    // What was learnt is finished by its own weights, too.
    await page.getByRole('button', { name: 'Finish', exact: true }).click();
    await finishing(page);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await whole(page);
    expect((await download(page, 'PNG')).file.equals(after.file)).toBe(false);
    expect(problems).toEqual([]);
  });
});
