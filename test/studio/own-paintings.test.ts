/** Own paintings and style files in the studio: added, renamed, removed, saved, opened. */

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { download, drop, dropAll, whole } from './harness.ts';
import { colourOf, shownColour } from './stand-in.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

studioTests('own paintings', (studio) => {
  let photo: Buffer;

  beforeAll(async () => {
    photo = await drawnPng(70, 60);
  });

  async function start(): Promise<Page> {
    return studio.open();
  }

  const png = (name: string) => ({ file: photo, name, type: 'image/png' });
  const thumb = (page: Page, name: string) =>
    page.locator('.thumbs').getByRole('button', { name, exact: true });
  const notice = (page: Page) => page.locator('.notice');

  it('are refused at once if they are too large to paint with', async () => {
    const page = await start();
    const large = await sharp({ create: { width: 8200, height: 8000, channels: 3, background: '#345' } })
      .png()
      .toBuffer();
    await dropAll(page, [{ file: large, name: 'scan.png', type: 'image/png' }], '.thumbs');
    await notice(page).getByText('66 megapixels').waitFor();
    expect(await thumb(page, 'Your picture 1').count()).toBe(0);
  });

  it('are renamed and removed with pointer and keys, and removing is taken back', async () => {
    const page = await start();
    await dropAll(page, [png('a.png'), png('b.png')], '.thumbs');
    await drop(page, photo, 'photo.png', 'image/png');
    expect(await shownColour(page)).toEqual(colourOf('own-1'));

    await page.getByRole('button', { name: 'Rename or remove Your picture 1' }).click();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Name' }).fill('Grandmother’s garden');
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await thumb(page, 'Grandmother’s garden').waitFor();
    expect(await page.locator('.aside').first().textContent()).toBe('Grandmother’s garden');

    await thumb(page, 'Your picture 2').focus();
    await page.keyboard.press('F2');
    await page.keyboard.type('Harbours');
    // The field has an undo of its own.
    await page.keyboard.press('Control+z');
    expect(await thumb(page, 'Grandmother’s garden').getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('textbox', { name: 'Name' }).fill('Harbour');
    await page.keyboard.press('Enter');
    await thumb(page, 'Harbour').waitFor();

    // The chosen one is removed by pointer: another is chosen. Undo brings both back.
    await page.getByRole('button', { name: 'Rename or remove Grandmother’s garden' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await notice(page).getByText('Grandmother’s garden is removed.').waitFor();
    expect(await shownColour(page)).toEqual(colourOf('impasto'));
    expect(await thumb(page, 'Grandmother’s garden').count()).toBe(0);
    expect(await page.evaluate('document.activeElement !== document.body')).toBe(true);
    await notice(page).getByRole('button', { name: 'Undo' }).click();
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
    expect(await thumb(page, 'Grandmother’s garden').getAttribute('aria-pressed')).toBe('true');

    // Another is removed by key, without a change of the painting.
    await thumb(page, 'Harbour').focus();
    await page.keyboard.press('Delete');
    await notice(page).getByText('Harbour is removed.').waitFor();
    expect(await thumb(page, 'Harbour').count()).toBe(0);
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
    expect(await page.evaluate('document.activeElement !== document.body')).toBe(true);
    await page.waitForTimeout(300);
    await page.reload();
    await thumb(page, 'Grandmother’s garden').waitFor();
    expect(await thumb(page, 'Harbour').count()).toBe(0);

    // Undo of the settings brings a removed painting back too, even after a reload.
    await thumb(page, 'Grandmother’s garden').focus();
    await page.keyboard.press('Delete');
    await page.waitForTimeout(300);
    await page.reload();
    await whole(page);
    expect(await thumb(page, 'Grandmother’s garden').count()).toBe(0);
    await page.keyboard.press('Control+z');
    await thumb(page, 'Grandmother’s garden').waitFor();
    expect(await shownColour(page)).toEqual(colourOf('own-1'));
  });

  it('leave the focus where it is in the gallery when others come and go', async () => {
    const page = await start();
    await drop(page, photo, 'a.png', 'image/png', '.thumbs');
    const focused = () => page.evaluate('document.activeElement.ariaLabel');
    await thumb(page, 'Your picture 1').press('Delete');
    await thumb(page, 'Your picture 1').waitFor({ state: 'detached' });
    const usual = await page.locator('.thumbs [aria-pressed="true"]').getAttribute('aria-label');
    expect(await focused()).toBe(usual);
    await page.keyboard.press('Control+z');
    await thumb(page, 'Your picture 1').waitFor();
    expect(await focused()).toBe(usual);
    await drop(page, photo, 'b.png', 'image/png', '.thumbs');
    await thumb(page, 'Your picture 2').waitFor();
    expect(await focused()).toBe(usual);
    // What comes back comes to its place.
    await thumb(page, 'Your picture 1').press('Delete');
    await notice(page).getByRole('button', { name: 'Undo' }).click();
    const names = page.locator('.thumb-box .thumb');
    await expect.poll(() => names.count()).toBe(2);
    expect(await names.first().getAttribute('aria-label')).toBe('Your picture 1');
  });

  it('are offered when several photographs are dropped, and nothing is ignored in silence', async () => {
    const page = await start();
    await dropAll(page, [png('first.png'), png('second.png'), png('third.png')]);
    await whole(page);
    await notice(page).getByText('2 more files came').waitFor();
    expect(await thumb(page, 'Your picture 1').count()).toBe(0);
    await notice(page).getByRole('button', { name: 'Use as paintings' }).click();
    await thumb(page, 'Your picture 2').waitFor();
    expect(await shownColour(page)).toEqual(colourOf('own-1'));

    const text = { file: Buffer.from('nothing'), name: 'notes.png', type: 'image/png' };
    await dropAll(page, [png('more.png'), text, { ...text, name: 'list.png' }], '.thumbs');
    await notice(page).getByText('notes.png is not a picture').waitFor();
    await notice(page).getByText('list.png is not a picture').waitFor();
    await thumb(page, 'Your picture 3').waitFor();

    // Style files are paintings wherever they are dropped.
    await dropAll(page, [png('photo.png'), { file: Buffer.from('wfstyle1'), name: 'Waves.style', type: '' }]);
    await thumb(page, 'Waves').waitFor();
    expect(await shownColour(page)).toEqual(colourOf('own-4'));
    // What needs the painting itself is not offered with them.
    const isOffered = async () => [
      await page.getByRole('button', { name: 'Finish', exact: true }).isEnabled(),
      await page.getByRole('radio', { name: 'Blended' }).isEnabled(),
      await page.getByRole('radio', { name: 'AdaIN', includeHidden: true }).isEnabled(),
    ];
    expect(await isOffered()).toEqual([false, false, false]);
    await page.locator('.finish-bar').getByText('A style file holds no picture').waitFor();
    await thumb(page, 'Mosaic: two fish').click();
    expect(await shownColour(page)).toEqual(colourOf('mosaic'));
    expect(await isOffered()).toEqual([true, true, true]);
  });

  it('are offered until the offer is taken or closed, whatever is painted meanwhile', async () => {
    const page = await start();
    await dropAll(page, [png('first.png'), png('second.png')]);
    await whole(page);
    await thumb(page, 'Mosaic: two fish').click();
    expect(await shownColour(page)).toEqual(colourOf('mosaic'));
    expect(await notice(page).getByRole('button', { name: 'Use as paintings' }).isVisible()).toBe(true);
  });

  it('are removed one at a time, however long the key is held', async () => {
    const page = await start();
    await dropAll(page, [png('a.png'), png('b.png')], '.thumbs');
    await thumb(page, 'Your picture 2').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.down('Delete');
    await page.keyboard.up('Delete');
    expect(await thumb(page, 'Your picture 2').count()).toBe(0);
    expect(await thumb(page, 'Your picture 1').count()).toBe(1);
  });

  it('join those of the session, though they are chosen before it is open', async () => {
    // Its lock is given when the test says so, however long that takes.
    const page = await studio.open({
      before: `{
        const { setTimeout: later } = globalThis;
        globalThis.setTimeout = (run, ms, ...rest) => (ms === 4000 ? 0 : later(run, ms, ...rest));
        AbortSignal.timeout = () => new AbortController().signal;
        const gate = new Promise((done) => {
          globalThis.openSession = done;
        });
        const { request } = LockManager.prototype;
        LockManager.prototype.request = async function (...all) {
          await gate;
          return request.apply(this, all);
        };
      }`,
    });
    const choose = async (name: string) => {
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Your own', exact: true }).click();
      await (await choosing).setFiles([{ name: 'a.png', mimeType: 'image/png', buffer: photo }]);
      await page.evaluate('openSession()');
      await thumb(page, name).waitFor();
    };
    await choose('Your picture 1');
    await page.waitForTimeout(1000);
    await page.reload();
    await choose('Your picture 2');
    expect(await thumb(page, 'Your picture 1').count()).toBe(1);
  });

  it('are saved as style files and opened again; faulty ones are refused in one line', async () => {
    const { page, problems } = await studio.openReal({ fragment: '#styles=watercolour,mosaic' });
    await drop(page, photo, 'photo.png', 'image/png');
    await whole(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save style: Watercolour: poppies and irises' }).click();
    const saved = await coming;
    expect(saved.suggestedFilename()).toBe('watercolour.style');
    const file = await readFile(await saved.path());
    expect(file.length).toBeGreaterThan(100_000);

    await page.getByRole('button', { name: /^Take Mosaic/ }).click();
    await whole(page);
    const pixels = async () =>
      sharp((await download(page, 'PNG')).file)
        .removeAlpha()
        .raw()
        .toBuffer();
    const expected = await pixels();
    await drop(page, file, 'my watercolour.style', '', '.thumbs');
    const opened = thumb(page, 'my watercolour');
    await opened.waitFor();
    await whole(page);
    expect(await opened.getAttribute('aria-pressed')).toBe('true');
    // It shows the thumbnail of the file.
    expect(await opened.locator('img').getAttribute('src')).toMatch(/^blob:/);
    const found = await pixels();
    expect(found.length).toBe(expected.length);
    expect(found.every((value, i) => Math.abs(value - (expected[i] ?? 0)) <= 3)).toBe(true);

    const old = Buffer.from(file);
    old.write('wfstyle2');
    const lines = {
      'cut.style': [file.subarray(0, 5000), 'the file is damaged or incomplete'],
      'old.style': [old, 'made by a newer version'],
      'text.style': [Buffer.from('hello'), 'text.style'],
    } as const;
    for (const [name, [bytes, words]] of Object.entries(lines)) {
      await drop(page, bytes, name, '');
      await notice(page).getByText(name).waitFor();
      expect(await notice(page).textContent(), name).toContain(words);
      expect(await thumb(page, name.replace('.style', '')).count()).toBe(0);
    }
    // One of another method.
    await page.evaluate("location.hash = '#styles=watercolour&method=adain-slim'");
    await whole(page);
    await drop(page, file, 'ours.style', '');
    await notice(page).getByText('expected a style of the model in use, adain-slim').waitFor();
    expect(await thumb(page, 'ours').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
