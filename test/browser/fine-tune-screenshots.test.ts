/**
 * `FINE_TUNE_SCREENSHOTS=1 npx vitest run test/browser/fine-tune-screenshots.test.ts` renews the pictures of
 * docs/fine-tuning.md and prints its figures, with five minutes of training.
 */

import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, it, vi } from 'vitest';
import { type Photograph, photographBytes } from '../../demo/photographs.ts';
import { browserPath } from '../helpers/browser.ts';
import { root } from '../helpers/package.ts';
import { openTestPage, RUNTIME } from './harness.ts';

vi.setConfig({ testTimeout: 600_000 });

declare const tuning: typeof import('../../src/browser/fine-tune.ts');

const isWanted = process.env.FINE_TUNE_SCREENSHOTS === '1' && browserPath !== undefined;

describe.runIf(isWanted)('fine-tuning', () => {
  const folders = {
    '/node_modules/wasserfarbe/': root,
    '/node_modules/onnxruntime-web/': join(root, 'node_modules', 'onnxruntime-web'),
    '/fine-tune/': join(root, 'examples', 'fine-tune'),
  };

  it.for([
    {
      name: 'fine-tuning',
      painting: 'stained-glass',
      photo: 'launch-pads',
      scheme: 'light',
      at: /^Learnt/,
    },
    { name: 'fine-tuning-dark', painting: 'impasto', photo: 'launch-pads', scheme: 'dark', at: /^0:1\d$/ },
  ] as const)('$name', async ({ name, painting, photo, scheme, at }) => {
    const { page, close } = await openTestPage({ folders, path: '/fine-tune/' });
    await page.setViewportSize({ width: 1440, height: 880 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.reload();
    await page.locator(`label:has([value="${painting}"])`).click();
    const file = { name: `${photo}.jpg`, mimeType: 'image/jpeg', buffer: await smallJpeg(photo) };
    await page.locator('#photo').setInputFiles(file);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText(at).waitFor({ timeout: 300_000 });
    await take(page, name);
    await close();
  });

  it('has figures', async () => {
    const { page, close } = await openTestPage();
    const content = `import * as tuning from '/package/dist/browser/fine-tune.js'; Object.assign(globalThis, { tuning });`;
    await page.addScriptTag({ type: 'module', content });
    await page.waitForFunction('globalThis.tuning');
    // The last one is held out.
    const labels = ['launch-pads', 'touchdown', 'new-citizens', 'skylab', 'sunrise'] as const;
    const contents = await Promise.all(labels.map(dataUrl));
    console.log(`${cpus().length} cores, ${cpus()[0]?.model}`);
    for (const painting of ['impasto', 'stained-glass', 'ink-wash']) {
      const found = await page.evaluate(
        async ([painting, contents, runtime]) => {
          const losses: { style: number; content: number }[] = [];
          const { steps, seconds } = await tuning.fineTune({
            painting: `/package/paintings/${painting}.avif`,
            contents: contents.slice(0, -1),
            sample: contents.at(-1) ?? '',
            runtime,
            sampleSeconds: 1000,
            onSample: ({ style, content }) => losses.push({ style, content }),
          }).result;
          return { steps, pace: steps / seconds, losses };
        },
        [painting, contents, RUNTIME] as const,
      );
      const of = (loss: 'style' | 'content') => found.losses.map((l) => l[loss].toFixed(2)).join(' → ');
      console.log(
        `${painting}: ${found.steps} steps, ${found.pace.toFixed(1)} a second; style ${of('style')}, content ${of('content')}`,
      );
    }
    await close();
  });
});

async function dataUrl(label: Photograph): Promise<string> {
  return `data:image/jpeg;base64,${(await smallJpeg(label)).toString('base64')}`;
}

async function smallJpeg(label: Photograph): Promise<Buffer> {
  return sharp(await photographBytes(label))
    .resize(512, 512, { fit: 'outside' })
    .jpeg({ quality: 92 })
    .toBuffer();
}

async function take(page: Page, name: string): Promise<void> {
  const folder = join(root, 'docs', 'screenshots');
  await mkdir(folder, { recursive: true });
  await page.mouse.move(0, 0);
  await page.evaluate('document.activeElement?.blur()');
  await page.waitForTimeout(300);
  await sharp(await page.screenshot())
    .webp({ quality: 82 })
    .toFile(join(folder, `${name}.webp`));
}
