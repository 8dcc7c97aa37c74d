/** Numbers of bytes as people write them. Works in Node and browsers. */

import { z } from 'zod';

/** `8GB`, `800 MB`, `1.5 GiB` or plain digits, in steps of 1000; `undefined` for other texts. */
export function bytesIn(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d[\d.]*|\.\d+)\s*([kmgt]?)i?b?$/i.exec(text.trim()) ?? [];
  const value =
    Number(number === '' ? Number.NaN : number) * 1000 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
  return Number.isFinite(value) ? Math.floor(value) : undefined;
}

/** A setting that is such a text. */
export const byteText = z
  .string()
  .refine((text) => bytesIn(text) !== undefined, 'expected a number of bytes, as in 8GB');
