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
    if (image instanceof HTMLVideoElement) {
      globalThis.isMirrored = this.getTransform().a === -1;
      globalThis.drawn = [this.canvas.width, this.canvas.height];
    }
    return draw.call(this, image, ...rest);
  };`;

studioTests('cameras', (studio) => {
  it('say what they need where the page is not served by https', async () => {
    const before = `Object.defineProperty(window, 'isSecureContext', { value: false });
      Object.defineProperty(navigator, 'mediaDevices', { value: undefined });`;
    const page = await studio.open({ before });
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    await page.getByRole('alert').getByText('Cameras work only on pages served by https').waitFor();
  });

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

  it('paint what is paused as a photograph, also mirrored, and say when they end', async () => {
    const page = await studio.open({ before: watching });
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    await page.getByText('pictures a second').waitFor();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Mirror' }).click();
    const least = () => page.evaluate<number>('Math.min(...drawn)');
    await expect.poll(least, { timeout: 10_000 }).toBeGreaterThan(400);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await page.evaluate(`openTracks.at(-1).dispatchEvent(new Event('ended'))`);
    await page.locator('.notice').getByText('The camera has ended').waitFor();
    expect(await page.locator('.live-bar').isVisible()).toBe(false);
  });

  it('are recorded whole, on black, when a phone is turned', async () => {
    const page = await studio.open({
      before: `
        for (const side of ['videoWidth', 'videoHeight']) {
          const { get } = Object.getOwnPropertyDescriptor(HTMLVideoElement.prototype, side);
          const other = { videoWidth: 'videoHeight', videoHeight: 'videoWidth' }[side];
          const turned = Object.getOwnPropertyDescriptor(HTMLVideoElement.prototype, other).get;
          globalThis.getters = { ...globalThis.getters, [side]: [get, turned] };
        }
        for (const [side, [get, turned]] of Object.entries(getters)) {
          Object.defineProperty(HTMLVideoElement.prototype, side, {
            get() { return (globalThis.isTurned ? turned : get).call(this); },
          });
        }
        const capture = HTMLCanvasElement.prototype.captureStream;
        HTMLCanvasElement.prototype.captureStream = function () {
          globalThis.recorded = this;
          return capture.call(this);
        };`,
    });
    await page.getByRole('button', { name: 'Use the camera' }).first().click();
    await page.getByText('pictures a second').waitFor();
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    const light = (x: number) =>
      page.evaluate<number>(`(() => {
        const { data } = recorded.getContext('2d').getImageData(${x} * recorded.width, recorded.height / 2, 1, 1);
        return data[3] === 255 ? Math.max(...data.slice(0, 3)) : -1;
      })()`);
    await expect.poll(() => light(0.02), { timeout: 10_000 }).toBeGreaterThan(20);
    await page.evaluate('globalThis.isTurned = true');
    await expect.poll(() => light(0.02), { timeout: 10_000 }).toBe(0);
    expect(await light(0.5)).toBeGreaterThan(20);
  });
});
