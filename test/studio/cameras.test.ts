import { expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
import { studioTests } from './suite.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Keeps the ids of cameras that were asked for, and what frames were drawn with. */
const watching = `
  globalThis.askedFor = [];
  globalThis.isMirrored = undefined;
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  globalThis.openTracks = [];
  mediaDevices.getUserMedia = async (wish) => {
    askedFor.push(wish.video.deviceId?.exact);
    const stream = await open(wish);
    openTracks.push(...stream.getTracks());
    return stream;
  };
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
    if (image instanceof HTMLVideoElement) globalThis.isMirrored = this.getTransform().a === -1;
    return draw.call(this, image, ...rest);
  };`;

studioTests('cameras', (studio) => {
  it('are chosen and mirrored while they film', async () => {
    const page = await studio.open({ before: watching });
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    const choice = page.getByRole('combobox', { name: 'Camera' });
    await choice.waitFor();
    expect(await axe(page)).toEqual([]);
    const ids = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.live-bar option')].map(({ value }) => value)`,
    );
    expect(ids).toHaveLength(2);
    const first = await choice.inputValue();
    const other = ids.find((id) => id !== first) ?? '';
    await choice.selectOption(other);
    await expect.poll(() => page.evaluate('openTracks.length'), { timeout: 10_000 }).toBe(2);
    expect(await page.evaluate('askedFor')).toEqual([undefined, other]);
    expect(await choice.inputValue()).toBe(other);
    expect(await page.evaluate('openTracks.map(({ readyState }) => readyState)')).toEqual(['ended', 'live']);

    expect(await page.evaluate('isMirrored')).toBe(false);
    const mirror = page.getByRole('button', { name: 'Mirror' });
    await mirror.click();
    await expect.poll(() => page.evaluate('isMirrored'), { timeout: 10_000 }).toBe(true);
    expect(await mirror.getAttribute('aria-pressed')).toBe('true');
    await page.evaluate('globalThis.isMirrored = undefined');
    await page.getByRole('button', { name: 'Take a picture' }).click();
    await page.locator('.live-bar').waitFor({ state: 'hidden' });
    expect(await page.evaluate('isMirrored')).toBe(true);
    expect(await page.evaluate('openTracks.every(({ readyState }) => readyState === "ended")')).toBe(true);
  });
});
