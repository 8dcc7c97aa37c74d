import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { drop, unfold, whole } from './harness.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

studioTests('the keyboard', (studio) => {
  it('is listed in a dialog, which is loaded when it is wanted', async () => {
    const page = await studio.open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard' });
    await dialog.waitFor();
    expect(asked.filter((url) => url.includes('/later-'))).toHaveLength(1);
    for (const words of ['Undo', 'Redo', 'Full screen', 'Rename']) await dialog.getByText(words).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
    await page.getByRole('button', { name: 'Keyboard' }).click();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    expect(await dialog.count()).toBe(0);
    // The focus is back where it was, so the key does nothing there.
    await page.keyboard.press('?');
    expect(await dialog.count()).toBe(0);
  });

  /** A square whose upper left quarter is red, and the rest blue. */
  async function quartered(): Promise<Buffer> {
    const of = (side: number, background: string) => ({
      create: { width: side, height: side, channels: 3 as const, background },
    });
    const red = await sharp(of(100, '#ff0000')).png().toBuffer();
    return sharp(of(200, '#0000ff'))
      .composite([{ input: red, left: 0, top: 0 }])
      .png()
      .toBuffer();
  }

  it('zooms into the middle of a picture, also of one among several', async () => {
    const page = await studio.open({ fragment: '#method=all' });
    await drop(page, await quartered(), 'photo.png', 'image/png');
    await page.locator('.stage[aria-busy="false"]').waitFor();
    const canvas = page.locator('.stage canvas');
    for (let i = 0; i < 4; i++) await canvas.press('+');
    /** The colour in the upper left corner of the photograph, which is the first pane. */
    const corner = await page.evaluate(`new Promise((done) => requestAnimationFrame(() => {
      const { style } = document.querySelector('.pane-labels .chip');
      const [x, y] = [parseFloat(style.left) - 5, parseFloat(style.top) - 5];
      const context = document.querySelector('.stage canvas').getContext('2d');
      done([...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
    }))`);
    expect(corner).toEqual([255, 0, 0]);
  });

  it('shows the brush of a mask where it paints', async () => {
    const page = await studio.open();
    await drop(page, await quartered(), 'photo.png', 'image/png');
    await whole(page);
    await unfold(page, 'Only a part of the picture');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    const middle = async (selector: string) => {
      const box = await page.locator(selector).boundingBox();
      return box && [box.x + box.width / 2, box.y + box.height / 2].map(Math.round);
    };
    const places = async () => [await middle('.brush-cursor'), await middle('.stage canvas')].map(String);
    const isSame = ([brush, picture]: string[]) => brush === picture;
    await expect.poll(places).toSatisfy(isSame);
    await page.setViewportSize({ width: 1280, height: 700 });
    await expect.poll(places).toSatisfy(isSame);
  });
});
