/** Nothing of the studio is lost: reload, closed tabs, a second tab, no room, no storage. */

import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, it, vi } from 'vitest';
import { drawnPng } from './drawn.ts';
import { drop, unfold, whole } from './harness.ts';
import { colourOf, paintedCount, shownColour } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

studioTests('a session', (studio) => {
  let photo: Buffer;

  beforeAll(async () => {
    photo = await drawnPng(70, 60);
  });

  async function start(context: BrowserContextOptions = {}, before = ''): Promise<Page> {
    return studio.open({ before, context });
  }

  /** Waits until the page has nothing left to write, its painting included. */
  const settled = (page: Page) => page.waitForTimeout(1200);
  const dropPhoto = (page: Page) => drop(page, photo, 'photo.png', 'image/png');
  const style = (page: Page, name: string) =>
    page.locator('.thumbs').getByRole('button', { name, exact: true });
  const strength = (page: Page) => page.getByRole('slider', { name: 'Strength' });

  it('is there again after a reload, and after the tab was closed, without painting again', async () => {
    let page = await start();
    await drop(page, photo, 'mine.png', 'image/png', '.thumbs');
    await dropPhoto(page);
    await whole(page);
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    await page.locator('.stage canvas').click();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await strength(page).fill('80');
    await whole(page);
    const before = await shownColour(page);
    await settled(page);

    const check = async () => {
      await whole(page);
      expect(await shownColour(page)).toEqual(before);
      expect(await paintedCount(page)).toBe(0);
      expect(await strength(page).inputValue()).toBe('80');
      expect(await style(page, 'Your picture 1').getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByRole('button', { name: 'Remove the mask' }).isVisible()).toBe(true);
    };
    await page.reload();
    await check();
    await page.close();
    page = await studio.open({ beside: page });
    await check();
    // Undo steps are kept too.
    await page.keyboard.press('Control+z');
    expect(await strength(page).inputValue()).toBe('100');
    await page.keyboard.press('Control+z');
    expect(await page.getByRole('button', { name: 'Remove the mask' }).isVisible()).toBe(false);
    await page.keyboard.press('Control+z');
    expect(await style(page, 'Your picture 1').getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('Control+y');
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
  });

  it('keeps the photograph though it or its painting cannot be read for once', async () => {
    const page = await start(
      {},
      `{
        const { createImageBitmap: make } = globalThis;
        const broken = sessionStorage.getItem('broken');
        globalThis.createImageBitmap = async (source, ...rest) => {
          const isPhoto = source instanceof Blob && source.size === ${photo.length};
          const isBroken = source instanceof Blob && (broken === 'all' || (broken === 'painting' && !isPhoto));
          if (isBroken) throw new DOMException('broken', 'InvalidStateError');
          return make(source, ...rest);
        };
      }`,
    );
    await dropPhoto(page);
    await whole(page);
    for (const [broken, found] of [
      ['painting', 1],
      ['all', 0],
      ['none', 1],
    ] as const) {
      await settled(page);
      await page.evaluate(`sessionStorage.setItem('broken', '${broken}')`);
      await page.reload();
      if (found === 1) {
        await whole(page);
        continue;
      }
      await page.locator('.notice').waitFor();
      await strength(page).fill('80');
    }
    expect(await strength(page).inputValue()).toBe('80');
  });

  it('keeps the moments of finishing', async () => {
    const page = await start();
    await dropPhoto(page);
    await whole(page);
    await page.getByRole('button', { name: 'Finish', exact: true }).click();
    await page.getByRole('slider', { name: 'Moments of finishing' }).waitFor();
    await settled(page);
    await page.reload();
    expect(await shownColour(page)).toEqual(colourOf('impasto', 10));
    const moments = page.getByRole('slider', { name: 'Moments of finishing' });
    expect(await moments.getAttribute('max')).toBe('10');
    await moments.fill('4');
    expect(await shownColour(page)).toEqual(colourOf('impasto', 4));
  });

  it('belongs to one tab: another has its own, with the own paintings, and so does a duplicate', async () => {
    const first = await start();
    await drop(first, photo, 'mine.png', 'image/png', '.thumbs');
    await dropPhoto(first);
    await whole(first);
    await settled(first);
    const second = await studio.open({ beside: first });
    await style(second, 'Your picture 1').waitFor();
    expect(await second.locator('.empty').isVisible()).toBe(true);
    await drop(second, photo, 'other.png', 'image/png');
    await style(second, 'Mosaic: two fish').click();
    expect(await shownColour(second)).toEqual(colourOf('mosaic'));
    await settled(second);
    await Promise.all([first.reload(), second.reload()]);
    expect(await shownColour(first)).toEqual(colourOf('own-1'));
    expect(await shownColour(second)).toEqual(colourOf('mosaic'));

    // A duplicate has what the tab had in its own storage.
    const tab = await first.evaluate<string>("sessionStorage.getItem('wasserfarbe studio session')");
    const key = JSON.stringify('wasserfarbe studio session');
    const before = `sessionStorage.getItem(${key}) ?? sessionStorage.setItem(${key}, ${JSON.stringify(tab)})`;
    const copy = await studio.open({ before, beside: first });
    expect(await shownColour(copy)).toEqual(colourOf('own-1'));
    await style(copy, 'Woodcut: boat at sunrise').click();
    await whole(copy);
    await settled(copy);
    await Promise.all([copy.reload(), first.reload()]);
    expect(await shownColour(copy)).toEqual(colourOf('woodcut'));
    expect(await shownColour(first)).toEqual(colourOf('own-1'));

    // Closed tabs come back, that in which something was changed last before the others.
    await style(second, 'Watercolour: poppies and irises').click();
    await whole(second);
    await settled(second);
    for (const page of [first, second, copy]) await page.close();
    const colours: number[][] = [];
    for (let i = 0; i < 3; i++) colours.push(await shownColour(await studio.open({ beside: first })));
    expect(colours[0]).toEqual(colourOf('watercolour'));
    expect(colours).toEqual(expect.arrayContaining([colourOf('woodcut'), colourOf('own-1')]));
  });

  it('begins anew, and takes that back', async () => {
    const page = await start();
    await drop(page, photo, 'mine.png', 'image/png', '.thumbs');
    await dropPhoto(page);
    await whole(page);
    const anew = page.getByRole('button', { name: /^New/ });
    await anew.click();
    expect(await page.locator('.empty').isVisible()).toBe(true);
    expect(await style(page, 'Impasto: autumn river').getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByRole('button', { name: 'Undo', exact: true }).first().isDisabled()).toBe(true);
    await page.locator('.notice').getByRole('button', { name: 'Undo' }).click();
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
    await anew.click();
    await settled(page);
    await page.reload();
    await style(page, 'Your picture 1').waitFor();
    expect(await page.locator('.empty').isVisible()).toBe(true);
    expect(await anew.isDisabled()).toBe(true);
  });

  it('stays empty after “New”, though a picture was being opened', async () => {
    const page = await start(
      {},
      `{
        const { createImageBitmap: make } = globalThis;
        globalThis.createImageBitmap = async (source, ...rest) => {
          const isSlow = source instanceof File && source.name === 'slow.png';
          if (isSlow) await new Promise((done) => Object.assign(globalThis, { openSlow: done }));
          return make(source, ...rest);
        };
      }`,
    );
    await dropPhoto(page);
    await whole(page);
    await drop(page, photo, 'slow.png', 'image/png');
    await page.waitForFunction('globalThis.openSlow');
    await page.getByRole('button', { name: /^New/ }).click();
    await page.evaluate('openSlow()');
    await page.waitForTimeout(300);
    expect(await page.locator('.empty').isVisible()).toBe(true);
    await page.locator('.notice').getByRole('button', { name: 'Undo' }).click();
    expect(await shownColour(page)).toEqual(colourOf('impasto'));
  });

  it('takes back moments that a later finishing has replaced', async () => {
    const page = await start();
    await dropPhoto(page);
    await whole(page);
    const moments = page.getByRole('slider', { name: 'Moments of finishing' });
    const finish = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).click();
      await page
        .locator('.status')
        .getByText(/Finishing/)
        .waitFor();
      await whole(page);
    };
    await finish('Finish');
    expect(await shownColour(page)).toEqual(colourOf('impasto', 10));
    await moments.fill('3');
    expect(await shownColour(page)).toEqual(colourOf('impasto', 3));
    await finish('Go on');
    expect(await moments.inputValue()).toBe('13');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await shownColour(page)).toEqual(colourOf('impasto', 10));
    // The line of moments has another run's.
    expect(await moments.isVisible()).toBe(false);
    await finish('Go on');
    expect(await shownColour(page)).toEqual(colourOf('impasto', 20));
    expect(await moments.inputValue()).toBe('11');
    await moments.fill('1');
    expect(await shownColour(page)).toEqual(colourOf('impasto', 10));
  });

  it('asks before it is left while a recording runs, and not otherwise', async () => {
    const page = await start({ permissions: ['camera'] });
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await dropPhoto(page);
    await whole(page);
    await settled(page);
    await page.reload();
    await whole(page);
    await page.locator('.stage-bar').getByRole('button', { name: 'Use the camera' }).click();
    await page.getByText(/pictures a second/).waitFor();
    expect(asked).toEqual([]);
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.reload();
    expect(asked).toEqual(['beforeunload']);
    await whole(page);
  });

  it('works in a browser that stores nothing, and says so', async () => {
    const before = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }";
    const page = await start({}, before);
    await page.getByRole('alert').getByText('This browser keeps nothing for this page').waitFor();
    await dropPhoto(page);
    expect(await shownColour(page)).toEqual(colourOf('impasto'));
  });

  it('says once that there is no room, and goes on', async () => {
    const before = `IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    }`;
    const page = await start({}, before);
    await dropPhoto(page);
    const notice = page.getByRole('alert').getByText('There is no more room in this browser');
    await notice.waitFor();
    await style(page, 'Mosaic: two fish').click();
    expect(await shownColour(page)).toEqual(colourOf('mosaic'));
    expect(await notice.isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Close this message' }).click();
    await style(page, 'Woodcut: boat at sunrise').click();
    expect(await shownColour(page)).toEqual(colourOf('woodcut'));
    expect(await notice.isVisible()).toBe(false);
    // What is not kept is not left unasked.
    const asked = page.waitForEvent('dialog');
    const leaving = page.reload();
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.accept();
    await leaving;
  });

  it('takes a painting of 24 megapixels back at once', async () => {
    const page = await start();
    const large = await sharp({ create: { width: 6000, height: 4000, channels: 3, background: 'grey' } })
      .jpeg()
      .toBuffer();
    await drop(page, large, 'large.jpg', 'image/jpeg');
    await whole(page);
    await style(page, 'Mosaic: two fish').click();
    await whole(page);
    const count = await paintedCount(page);
    const begun = Date.now();
    await page.keyboard.press('Control+z');
    expect(await shownColour(page)).toEqual(colourOf('impasto'));
    console.log(`undo of 24 megapixels: ${Date.now() - begun} ms`);
    expect(await paintedCount(page)).toBe(count);
  });
});
