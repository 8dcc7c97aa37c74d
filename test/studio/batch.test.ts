/** Many photographs in the studio: to a zip file, to a folder, stopped, and with bad pictures among them. */

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drawnPng } from './drawn.ts';
import { drop, dropAll, unfold, whole } from './harness.ts';
import { colourOf } from './stand-in.ts';
import { studioTests } from './suite.ts';
import sharp from 'sharp';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A folder in place of the browser's dialog. It has `a-painted.png` already. */
const pickFolder = `
  globalThis.written = { 'a-painted.png': 0 };
  globalThis.showDirectoryPicker = async () => ({
    async getFileHandle(name, { create = false } = {}) {
      if (!create && !(name in written)) throw new DOMException('none', 'NotFoundError');
      return { createWritable: async () => ({
        async write(blob) { this.blob = blob; },
        async close() { written[name] = this.blob.size; },
        async abort() {},
      }) };
    },
    async removeEntry(name) { delete written[name]; },
  });`;

studioTests('many photographs', (studio) => {
  let photo: Buffer;

  beforeAll(async () => {
    photo = await drawnPng(70, 60);
  });

  async function start(painting = 10, before = 'delete globalThis.showDirectoryPicker'): Promise<Page> {
    const page = await studio.open({ painting, before });
    await drop(page, photo, 'first.png', 'image/png');
    await whole(page);
    return page;
  }

  async function choose(page: Page, names: readonly string[]): Promise<void> {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const coming = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Paint many like this' }).click();
    const files = names.map((name) => ({
      name,
      mimeType: 'image/png',
      buffer: name.startsWith('bad') ? Buffer.from('no picture') : photo,
    }));
    await (await coming).setFiles(files);
    await page.getByRole('dialog').waitFor();
  }

  it('are painted to a zip file, and a bad one is listed and does not stop the rest', async () => {
    const page = await start();
    await choose(page, ['a.png', 'bad.png', 'a.png', 'b.png']);
    expect(await axe(page)).toEqual([]);
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'As a zip file' }).click();
    const came = await coming;
    expect(came.suggestedFilename()).toBe('painted.zip');
    await page.getByText('3 of 4 are painted and saved.').waitFor();
    expect(await page.getByRole('dialog').getByRole('listitem').allTextContents()).toEqual([
      expect.stringContaining('bad.png is not a picture'),
    ]);
    const zip = await readFile(await came.path());
    for (const name of ['a-painted.png', 'a-painted-2.png', 'b-painted.png']) {
      expect(zip.includes(name)).toBe(true);
    }
    // Nothing is compressed, so the first picture lies after its header and name.
    const first = zip.subarray(
      30 + 'a-painted.png'.length,
      30 + 'a-painted.png'.length + zip.readUInt32LE(18),
    );
    const { data, info } = await sharp(first).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, ...data.subarray(0, 3)]).toEqual([70, 60, ...colourOf('impasto')]);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('are painted without the mask of the photograph on the stage, which the dialog says', async () => {
    const page = await start();
    const words = page.getByText('Your mask belongs to the photograph on the stage');
    await choose(page, ['a.png']);
    await page.getByRole('dialog').waitFor();
    expect(await words.count()).toBe(0);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    await page.locator('.stage canvas').click();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await whole(page);
    await choose(page, ['a.png']);
    await words.waitFor();
  });

  it('are stopped with what is done, after the page has asked before it is left', async () => {
    const page = await start(300);
    const names = Array.from({ length: 40 }, (_, i) => `${i}.png`);
    await choose(page, names);
    await page.getByRole('button', { name: 'As a zip file' }).click();
    await page.getByText(/^Painting (3|4|5) of 40: [2-4]\.png$/).waitFor();
    for (let i = 0; i < 5; i++) await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(1);
    const asked = page.waitForEvent('dialog');
    // Does not wait for a reload that does not come.
    await page.evaluate('setTimeout(() => location.reload())');
    const question = await asked;
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Stop, keep what is done' }).click();
    await coming;
    await page.getByText(/^[1-3]?\d of 40 are painted and saved\.$/).waitFor();
  });

  it('go into a folder, beside what is there', async () => {
    const page = await start(10, pickFolder);
    await choose(page, ['a.png', 'b.png']);
    await page.getByRole('button', { name: 'Into a folder' }).click();
    await page.getByText('2 of 2 are painted and saved.').waitFor();
    const written = await page.evaluate<Record<string, number>>('globalThis.written');
    expect(written).toEqual({
      'a-painted.png': 0,
      'a-painted-2.png': expect.any(Number),
      'b-painted.png': expect.any(Number),
    });
    expect(written['b-painted.png']).toBeGreaterThan(50);
  });

  it('may be dropped, and their dialog says how they are saved', async () => {
    const page = await start();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('slider', { name: 'Size', exact: true }).fill('50');
    await page.keyboard.press('Escape');
    const files = ['a.png', 'b.png'].map((name) => ({ file: photo, name, type: 'image/png' }));
    await dropAll(page, files);
    await page.getByRole('button', { name: 'Paint all' }).click();
    await page
      .getByText('2 photographs are painted by the present settings, as PNG, at 50 % of the size.')
      .waitFor();
  });
});
