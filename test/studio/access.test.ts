import { expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { drop, unfold, whole } from './harness.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

studioTests('the studio is accessible', (studio) => {
  const wide = { viewport: { width: 1280, height: 860 }, locale: 'en-US' };
  it.each([
    { what: 'light', ...wide },
    { what: 'dark', colorScheme: 'dark', viewport: { width: 1600, height: 1000 }, locale: 'en-US' },
    { what: 'in forced colours', forcedColors: 'active', ...wide },
    { what: 'in dark forced colours', forcedColors: 'active', colorScheme: 'dark', ...wide },
    { what: 'on a phone', viewport: { width: 360, height: 740 }, locale: 'zh-CN' },
    {
      what: 'on a narrow phone',
      viewport: { width: 320, height: 568 },
      locale: 'en-US',
      hasTouch: true,
      isMobile: true,
    },
    { what: 'at 400 %', viewport: { width: 320, height: 256 }, locale: 'en-US' },
  ] as const)('$what', async ({ what, ...options }) => {
    const { page, problems } = await studio.openReal({
      fragment: '#styles=watercolour,mosaic,woodcut',
      // Reduced motion, since colours in transition should not be judged.
      context: { ...options, reducedMotion: 'reduce' },
    });
    const check = async (state: string) => {
      expect(await axe(page), state).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), state).toBe(true);
    };
    await check('empty');
    await drop(page, await drawnPng(240, 200), 'photo.png', 'image/png');
    await whole(page);
    await check('painted');
    await page.locator('[popovertarget="download-menu"]').click();
    await page.locator('.menu').waitFor();
    await check('download');
    await page.keyboard.press('Escape');
    for (const part of [
      /^(Only a part of the picture|只画一部分)$/,
      /^(Compare|比较)$/,
      /^(Learn this painting|学习这幅画)$/,
    ])
      await unfold(page, part);
    await check('unfolded');
    await page.getByRole('button', { name: /^(Paint a mask|涂抹蒙版)$/ }).click();
    await page.locator('.stage canvas').focus();
    await page.keyboard.press(' ');
    await check('mask');
    await page.getByRole('button', { name: /^(Done|完成)$/ }).click();
    await page.locator('.sign').waitFor();
    await check('a mask in use');
    await drop(page, Buffer.from('nothing'), 'notes.txt', 'image/png');
    await page.locator('.notice').waitFor();
    await check('a message');
    await page.getByRole('radio', { name: /^(All three|三者并列)$/ }).check();
    await page.locator('.pane-labels .chip').first().waitFor();
    await check('all methods');
    expect(problems).toEqual([]);
  });

  it('reaches everything once by Tab', async () => {
    const { page } = await studio.openReal();
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const name: string = await page.evaluate(
        `(({ ariaLabel, labels, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent.trim())(
          document.activeElement)`,
      );
      if (seen.includes(name)) break;
      seen.push(name);
    }
    for (const name of [
      'Try this photograph: Launch pads',
      'Choose a photograph',
      'Use the camera',
      'Choose a picture of your own',
      'Mosaic: two fish',
      'Mix paintings',
      'Only a part of the picture',
      'Compare',
    ]) {
      expect(seen).toContain(name);
    }
  });
});
