/** The studio by touch and on small screens, and where the focus goes. A stand-in paints. */

import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { drawnPng } from './drawn.ts';
import { drawnFilm } from './drawn-film.ts';
import { boxOf, drop, dropAll, unfold, whole } from './harness.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

studioTests('the studio on small screens', (studio) => {
  let page: Page;

  async function open(context: BrowserContextOptions, photo: [number, number] = [600, 400]): Promise<void> {
    page = await studio.open({ step: 20, context });
    await drop(page, await drawnPng(...photo), 'photo.png', 'image/png');
    await whole(page);
  }

  const box = (selector: string) => boxOf(page.locator(selector).first());
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });

  /** Moves fingers, in CSS pixels: those that are on the screen at each step. */
  async function touch(
    ...steps: readonly (readonly { x: number; y: number; id?: number }[])[]
  ): Promise<void> {
    const cdp = await page.context().newCDPSession(page);
    let before = 0;
    for (const touchPoints of steps) {
      const count = touchPoints.length;
      const type = count > before ? 'touchStart' : count < before ? 'touchEnd' : 'touchMove';
      await cdp.send('Input.dispatchTouchEvent', { type, touchPoints: [...touchPoints] });
      before = count;
    }
    await page.waitForTimeout(200);
  }

  /** Moves a finger from a point, in CSS pixels. */
  const swipe = (x: number, y: number, dx: number, dy: number) =>
    touch(...Array.from({ length: 11 }, (_, i) => [{ x: x + (i / 10) * dx, y: y + (i / 10) * dy }]), []);

  it('keeps the knob away from the edges of the screen', async () => {
    await open(phone);
    const { x, width, height } = await box('.split input');
    const split = page.getByRole('slider', { name: 'Before and after' });
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(390);
    expect(height).toBeGreaterThanOrEqual(44);
    expect(await split.getAttribute('aria-valuetext')).toBe('0 % of the photograph shown');
    // At its ends the line goes on to the picture's edge.
    await split.press('End');
    expect(await split.getAttribute('aria-valuetext')).toBe('100 % of the photograph shown');
    await split.press('Home');
    expect(await split.getAttribute('aria-valuetext')).toBe('0 % of the photograph shown');
  });

  it('has the chosen painting in sight, and speaks of no dropping', async () => {
    page = await studio.open({ context: phone });
    await page.getByText('It uses').waitFor();
    expect(await page.getByText('Drop one here').first().isVisible()).toBe(false);
    const middle = () =>
      page.locator('.thumbs [aria-pressed="true"]').evaluate((element) => {
        const { x, width } = element.getBoundingClientRect();
        return x + width / 2;
      });
    await expect.poll(middle).toBeGreaterThan(40);
    expect(await middle()).toBeLessThan(350);
  });

  it('keeps the picture in sight while the controls scroll', async () => {
    await open(phone);
    await page.getByText('Compare').scrollIntoViewIfNeeded();
    const stage = await box('.stage');
    expect(stage.y).toBeGreaterThanOrEqual(0);
    expect(stage.height).toBeGreaterThan(844 / 4);
    const { y } = await box('details:last-child summary');
    expect(y).toBeGreaterThan(stage.y + stage.height);
  });

  it('scrolls by a swipe that begins on a slider, and leaves the slider as it was', async () => {
    await open({ ...phone, viewport: { width: 390, height: 700 } });
    const strokes = page.getByRole('slider', { name: 'Strength' });
    const { x, y, width, height } = await box('.panel .slider input');
    await swipe(x + width / 2, y + height / 2, 0, -120);
    expect(await strokes.inputValue()).toBe('100');
    expect(await page.locator('.panel').evaluate((panel) => panel.scrollTop)).toBeGreaterThan(40);
    expect(await button('Undo').isDisabled()).toBe(true);
    const now = await box('.panel .slider input');
    await swipe(now.x + width - 12, now.y + height / 2, -width / 2, 0);
    expect(Number(await strokes.inputValue())).toBeLessThan(80);
  });

  it('scrolls by a swipe that begins on the moments of finishing, and leaves the moment', async () => {
    await open({ ...phone, viewport: { width: 390, height: 700 } });
    await button('Finish').click();
    const moments = page.getByRole('slider', { name: 'Moments of finishing' });
    await moments.waitFor();
    await whole(page);
    const most = await moments.getAttribute('max');
    const { x, y, width, height } = await box('.finish-bar input');
    await swipe(x + width / 2, y + height / 2, 0, -120);
    expect(await moments.inputValue()).toBe(most);
    await button('Undo').click();
    expect(await button('Undo').isDisabled()).toBe(true);
  });

  it('scrolls by a swipe that begins on the time of a clip, which plays on', async () => {
    page = await studio.open({ context: { ...phone, viewport: { width: 390, height: 700 } } });
    await drop(page, await drawnFilm(), 'clip.webm', 'video/webm');
    await page.getByRole('slider', { name: 'Time in the clip' }).waitFor();
    const { x, y, width, height } = await box('.seek input');
    await swipe(x + width / 2, y + height / 2, 0, -120);
    await button('Pause').waitFor();
    // A tap still seeks, and the clip stops there.
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await button('Play').waitFor();
  });

  it('zooms by two fingers while a mask is painted, and leaves the mask alone', async () => {
    await open(phone);
    await unfold(page, 'Only a part of the picture');
    await button('Paint a mask').click();
    const zoom = () => page.locator('.percent').textContent();
    const before = await zoom();
    const { x, y, width, height } = await box('.split');
    const [left, right] = [0.3, 0.7].map((part, id) => ({ x: x + part * width, y: y + height / 2, id }));
    if (left === undefined || right === undefined) throw new Error('two fingers');
    const wider = { ...right, x: right.x + 0.2 * width };
    const lower = { ...left, y: left.y + 0.2 * height };
    await touch([left], [left, right], [left, wider], [left], [lower], []);
    expect(await zoom()).not.toBe(before);
    expect(await button('Undo').isDisabled()).toBe(true);
    await touch([left], [lower], []);
    expect(await button('Undo').isEnabled()).toBe(true);
  });

  it('paints masks by the main button, and begins none beside the picture', async () => {
    await open({}, [200, 600]);
    await unfold(page, 'Only a part of the picture');
    await button('Paint a mask').click();
    const { x, y, width, height } = await box('.split');
    const [middle, beside] = [x + width / 2, (await box('.stage canvas')).x + 5];
    await page.mouse.click(beside, y + height / 2);
    for (const other of ['right', 'middle'] as const) {
      await page.mouse.click(middle, y + height / 2, { button: other });
    }
    expect(await button('Undo').isDisabled()).toBe(true);
    await page.mouse.click(middle, y + height / 2);
    expect(await button('Undo').isEnabled()).toBe(true);
  });

  it('mixes paintings by the main button', async () => {
    await open({}, [200, 600]);
    await unfold(page, 'Mix paintings');
    await button('Mix in another painting').click();
    const { x, y, height } = await box('.pad');
    await page.mouse.click(x + 20, y + height / 2, { button: 'right' });
    expect(await page.locator('.pad-point').getAttribute('aria-valuenow')).toBe('50');
  });

  it.each([
    { what: 'at 320 pixels', viewport: { width: 320, height: 640 } },
    { what: 'at 400 %', viewport: { width: 320, height: 256 } },
  ])('cuts nothing $what, and all targets are large enough', async ({ viewport }) => {
    await open({ ...phone, viewport });
    for (const part of ['Mix paintings', 'Only a part of the picture', 'Compare']) await unfold(page, part);
    await button('Mix in another painting').click();
    await button('Paint a mask').click();
    const faults = await page.evaluate(`(() => {
      const faults = [];
      for (const control of document.querySelectorAll('button, summary, input, [tabindex="0"]')) {
        if (!control.checkVisibility() || control.closest('.thumbs')) continue;
        const { left, right, width, height } = control.getBoundingClientRect();
        const name = control.ariaLabel ?? control.textContent;
        if (left < -1 || right > innerWidth + 1) faults.push(name + ' is cut');
        if (Math.min(width, height) < 24) faults.push(name + ' is small: ' + width + ' × ' + height);
      }
      for (const words of document.querySelectorAll('.status, .hint, label span')) {
        if (words.checkVisibility() && words.scrollWidth > words.clientWidth + 1) faults.push(words.textContent);
      }
      return faults;
    })()`);
    expect(faults).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });

  it('shows what is offered for several files', async () => {
    page = await studio.open({ context: { ...phone, viewport: { width: 320, height: 640 } } });
    const file = await drawnPng(60, 50);
    const name = `${'very-long-name-'.repeat(8)}.png`;
    await dropAll(
      page,
      ['1.png', '2.png'].map((name) => ({ file, name, type: 'image/png' })),
    );
    await button('Use as paintings').waitFor();
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBe(320);
    for (const name of ['Use as paintings', 'Paint all', 'Close this message']) {
      const { x, width } = await boxOf(button(name));
      expect(x + width, name).toBeLessThanOrEqual(320);
    }
    await drop(page, Buffer.from('nothing'), name, 'image/png');
    await page.getByText(`${name} is not a picture`).waitFor();
    expect(await width()).toBe(320);
  });

  it('can bring every control into sight at 400 %', async () => {
    await open({ viewport: { width: 320, height: 256 } });
    for (const name of ['Finish', 'Zoom in', 'Your own', 'Save']) {
      await button(name).scrollIntoViewIfNeeded();
      expect(await button(name).click({ trial: true })).toBe(undefined);
    }
    await page.getByRole('slider', { name: 'Strokes' }).click({ trial: true });
  });

  it('never loses the focus to the page', async () => {
    await open({ viewport: { width: 1280, height: 860 } });
    const focused = () =>
      page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent');
    const isLost = () => page.evaluate('document.activeElement === document.body');
    const press = async (name: string | RegExp) => {
      await button(name).focus();
      await page.keyboard.press('Enter');
      await page.waitForTimeout(50);
      expect(await isLost(), `${name}`).toBe(false);
    };
    await unfold(page, 'Mix paintings');
    await press('Mix in another painting');
    await press('Mix in another painting');
    await press(/^Take Impasto/);
    await press(/^Take Pointillism/);
    // It can be undone four times; then the button is off.
    for (let i = 0; i < 4; i++) await press('Undo');
    expect(await button('Undo').isDisabled()).toBe(true);
    expect(await focused()).toBe('Redo');
    await unfold(page, 'Only a part of the picture');
    await press('Paint a mask');
    await press('Done');
    await drop(page, Buffer.from('nothing'), 'notes.txt', 'image/png');
    await page.locator('.notice').waitFor();
    await press('Close this message');
    await whole(page);
    await button('Save').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save as PNG' }).focus();
    const coming = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    await coming;
    expect(await isLost(), 'after a download').toBe(false);
    await page.locator('.slot').first().focus();
    await page.getByRole('heading', { name: 'Mix paintings' }).click();
    expect(await isLost(), 'after folding').toBe(false);
    // A click on empty ground is a person's own will.
    await page.evaluate('document.activeElement.blur()');
    expect(await isLost()).toBe(true);
  });
});
