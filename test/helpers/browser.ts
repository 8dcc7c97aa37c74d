/** A browser for tests of pages, if the machine has one. */

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Path of Chromium or Chrome; undefined if there is none, or $CHROMIUM names a missing file. */
export const browserPath: string | undefined =
  process.env.CHROMIUM === undefined || existsSync(process.env.CHROMIUM)
    ? candidates.find((path) => path !== undefined && existsSync(path))
    : undefined;

/** Message of a skipped test. */
export const noBrowser = 'no Chromium was found: install one, or set CHROMIUM to its path';

export interface LaunchOptions {
  /** Computes WebGPU by SwiftShader, a part of Chromium: slow, but the same everywhere. Default: none. */
  readonly webgpu?: boolean;
}

export async function launchBrowser({ webgpu = false }: LaunchOptions = {}): Promise<Browser> {
  if (browserPath === undefined) throw new Error(noBrowser);
  return chromium.launch({
    executablePath: browserPath,
    args: [
      '--no-sandbox',
      ...(webgpu ? swiftShader : ['--disable-gpu']),
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      // For tests of memory.
      '--js-flags=--expose-gc',
    ],
  });
}

const swiftShader = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-unsafe-swiftshader',
];
