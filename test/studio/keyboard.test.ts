import { expect, it, vi } from 'vitest';
import { axe } from './axe.ts';
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
});
