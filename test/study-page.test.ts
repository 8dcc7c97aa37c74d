/** The page of the user study in a real browser: rating by keyboard, reload, a killed server, report. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readKey, readStudy } from '../src/study/node/folder.ts';
import { orderFor } from '../src/study/pairs.ts';
import { browserPath, launchBrowser, noBrowser } from './helpers/browser.ts';
import { cli, type Running } from './helpers/package.ts';
import { temporaryFolder } from './helpers/pictures.ts';
import { freePort, methodNames, startStudy, writeEvaluation } from './helpers/study.ts';

// Each test starts several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** 60 pairs, each painted by three methods. */
const ITEMS = 180;

if (browserPath === undefined) console.warn(`test/study-page.test.ts is skipped: ${noBrowser}`);

describe.runIf(browserPath !== undefined)('the page of a study of 60 pairs', () => {
  let folder = '';
  let port = 0;
  let server: Running;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** All data that have reached the browser, as text. */
  const received: string[] = [];
  const receiving: Promise<void>[] = [];
  const asked: string[] = [];
  const problems: string[] = [];

  const study = () => join(folder, 'study');
  const url = () => `http://127.0.0.1:${port}/`;
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Waits for the heading of a picture, and for its images. */
  const at = async (index: number) => {
    await page.getByText(`Picture ${index + 1} of ${ITEMS}`).waitFor();
    await page.locator('#rate[aria-busy="false"]').waitFor();
  };
  const chosen = (scale: string) => page.locator(`input[name="${scale}"]:checked`).inputValue();
  const rated = (count: number) => page.getByText(`${count} rated`, { exact: true }).waitFor();
  const lines = async () => (await readFile(join(study(), 'answers.jsonl'), 'utf8')).trim().split('\n');
  /** Ratings of item i, one digit each. */
  const digits = (i: number) => [`${(3 * i) % 10}`, `${(7 * i + 1) % 10}`];

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeEvaluation(join(folder, 'evaluation'), { contents: 8, styles: 8 });
    const args = ['--evaluation', 'evaluation', '--output', 'study', '--pairs', '60'];
    expect(await cli(['study', 'make', ...args], folder)).toMatchObject({ code: 0 });
    port = await freePort();
    server = await startStudy(study(), port);
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('request', (request) => asked.push(request.url()));
    page.on('response', (response) => receiving.push(gather(response)));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(url());
  });

  afterAll(async () => {
    await browser?.close();
    server?.kill('SIGINT');
    await server?.ended;
    await rm(folder, { recursive: true });
  });

  async function gather(response: Response): Promise<void> {
    const body = await response.body().catch(() => Buffer.alloc(0));
    const headers = await response.allHeaders().catch(() => ({}));
    received.push(`${response.url()}\n${JSON.stringify(headers)}\n${body.toString('latin1')}`);
  }

  it('asks for a name, then shows the first picture with nothing chosen', async () => {
    await page.getByText(`You will see ${ITEMS} pictures`).waitFor();
    await page.getByLabel('Your name').fill('Anna');
    await press('Enter');
    await at(0);
    expect(await page.locator('input:checked').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Back', exact: true }).isDisabled()).toBe(true);
    for (const name of ['The painted picture', 'The photograph', 'The style']) {
      expect(await page.getByRole('img', { name, exact: true }).isVisible()).toBe(true);
    }
    await press('Enter');
    await page.getByText('Please give both ratings.').waitFor();
    await page.getByRole('progressbar', { name: 'Pictures rated' }).waitFor();
  });

  it('takes digits, arrows and F, and goes back to change a rating', async () => {
    await press('2', 'ArrowRight', '6');
    expect([await chosen('content'), await chosen('style')]).toEqual(['0.2', '0.6']);
    await press('Enter');
    await at(1);
    await press('f', 'F', 'ArrowRight');
    // The keys do not wrap around to 0.
    expect([await chosen('content'), await chosen('style')]).toEqual(['1', '1']);
    await press('ArrowLeft', 'Enter');
    await at(2);
    await press('Backspace');
    await at(1);
    expect([await chosen('content'), await chosen('style')]).toEqual(['1', '0.9']);
    await press('Backspace');
    await at(0);
    await press(...digits(0), 'Enter');
    await at(1);
    await press(...digits(1));
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await at(0);
    await page.getByRole('button', { name: 'Next', exact: true }).focus();
    await page.keyboard.down('Enter');
    await at(1);
    // Held, it presses the focused button for no other picture.
    await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    await at(1);
    await press(...digits(1));
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await at(2);
    await rated(2);
    // The count does not show when revisions are on disk.
    await expect.poll(lines).toHaveLength(4);
  });

  it('takes the mouse, and keeps rater and progress after a reload', async () => {
    const group = (name: RegExp) => page.getByRole('group', { name });
    const [content = '', style = ''] = digits(2);
    await group(/^Content/)
      .getByRole('radio', { name: content === '0' ? '0' : `0.${content}`, exact: true })
      .click();
    await group(/^Style/)
      .getByRole('radio', { name: style === '0' ? '0' : `0.${style}`, exact: true })
      .click();
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    for (let i = 3; i < 25; i++) {
      await at(i);
      await press(...digits(i), 'Enter');
    }
    await at(25);
    await rated(25);
    await page.reload();
    await at(25);
    await rated(25);
  });

  it('keeps ratings without a server, also over a reload, and sends them to the next one', async () => {
    server.kill('SIGKILL');
    await server.ended;
    await press(...digits(25), 'Enter');
    await page.getByText('your last rating is kept here and will be sent').waitFor();
    await page.getByText(`Picture 27 of ${ITEMS}`).waitFor();
    server = await startStudy(study(), port);
    await at(26);
    await rated(26);
    expect(await page.getByRole('status').textContent()).toBe('');
    // Killed again; this time the page is reloaded before the server comes back.
    server.kill('SIGKILL');
    await server.ended;
    await press(...digits(26), 'Enter');
    await page.getByText('will be sent').waitFor();
    server = await startStudy(study(), port);
    await page.reload();
    await at(27);
    await rated(27);
  });

  it('ends with thanks when every item is rated once', async () => {
    for (let i = 27; i < ITEMS; i++) {
      await at(i);
      await press(...digits(i), 'Enter');
    }
    await page.getByRole('heading', { name: 'Thank you!' }).waitFor();
    await page.getByText(`All ${ITEMS} pictures are rated and saved.`).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Thank you!' }).waitFor();
    await page.getByRole('button', { name: 'Look through my ratings' }).click();
    await at(0);
    expect([await chosen('content'), await chosen('style')]).toEqual(['0', '0.1']);

    const { items, seed } = await readStudy(study());
    const last = new Map((await lines()).map((line) => [JSON.parse(line).item, JSON.parse(line)]));
    expect(last.size).toBe(ITEMS);
    for (const [i, { id }] of orderFor(items, seed, 'Anna').entries()) {
      const [content, style] = digits(i).map((digit) => Number(digit) / 10);
      expect(last.get(id)).toMatchObject({ rater: 'Anna', content, style });
    }
    // Two ratings were changed; none came twice.
    expect(await lines()).toHaveLength(ITEMS + 2);
  });

  it('asks the next rater for a name and shows another order', async () => {
    const src = () => page.getByRole('img', { name: 'The painted picture' }).getAttribute('src');
    const first = await src();
    await page.getByRole('button', { name: 'Not Anna?' }).click();
    await page.getByLabel('Your name').fill('Berta');
    await page.getByRole('button', { name: 'Begin' }).click();
    await at(0);
    await rated(0);
    expect(await src()).not.toBe(first);
    await press('5', '5', 'Enter');
    await rated(1);
  });

  it('believes only its own server that a rating is saved', async () => {
    const notice = page.getByRole('status');
    await at(1);
    await page.route('**/api/ratings', (route) => route.fulfill({ status: 200, json: {} }));
    await press('6', '6', 'Enter');
    await notice.getByText('your last rating is kept here').waitFor();
    await page.unroute('**/api/ratings');
    await rated(2);
    expect(await notice.textContent()).toBe('');
  });

  it('shows a refusal until the picture is rated anew and keeps the rating', async () => {
    const notice = page.getByRole('status');
    const stored = () => page.evaluate('JSON.stringify(localStorage)');
    await at(2);
    await page.route('**/api/ratings', (route) => route.fulfill({ status: 409, json: { error: 'no' } }));
    await press('7', '7', 'Enter');
    await notice.getByText('A rating was refused: no.').waitFor();
    await page.unroute('**/api/ratings');
    await at(3);
    await press('8', '8', 'Enter');
    await rated(3);
    expect(await notice.textContent()).toBe('A rating was refused: no.');
    expect(await stored()).toContain('0.7');
    await at(4);
    await press('Backspace');
    await at(3);
    await press('Backspace');
    await at(2);
    await press('7', '7', 'Enter');
    await rated(4);
    expect(await notice.textContent()).toBe('');
    expect(await stored()).not.toContain('0.7');
  });

  it('reveals no methods to the browser, which asks no other server', async () => {
    await Promise.all(receiving);
    const { evaluation, items } = await readKey(study());
    expect(received.length).toBeGreaterThan(ITEMS);
    const secrets = [
      ...methodNames,
      ...methodNames.map((name) => name.split('-')[0] ?? ''),
      evaluation,
      'hut-',
      'klee-',
    ];
    const texts = received.filter((text) => !text.includes('/pictures/'));
    for (const text of received) {
      for (const secret of [...methodNames, evaluation]) expect(text).not.toContain(secret);
      expect(text).not.toMatch(/last-modified|etag/i);
    }
    // Short words may occur by chance in a picture's bytes, and the project's own name in the page.
    for (const text of texts) {
      for (const secret of secrets) if (secret !== 'wasserfarbe') expect(text).not.toContain(secret);
    }
    expect(asked.filter((request) => !request.startsWith(url()) && !request.startsWith('data:'))).toEqual([]);
    const shown = asked.flatMap((request) => /\/pictures\/(\w+)\.png$/.exec(request)?.[1] ?? []);
    expect(new Set(shown.filter((id) => id in items))).toEqual(new Set(Object.keys(items)));
    expect(problems).toEqual([]);
  });

  it('has a report', async () => {
    const report = JSON.parse((await cli(['study', 'report', 'study', '--json'], folder)).stdout);
    expect(report).toMatchObject({
      ratings: ITEMS + 4,
      revisions: 2,
      raters: { finished: 1, unfinished: 1 },
    });
    expect(report.methods.map(({ method }: { method: string }) => method)).toEqual(methodNames);
  });

  it.each([320, 768, 1600])('fits a window of %i pixels, light or dark', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});
