/** Many damaged and odd JPEGs at once: each is judged as if it were the only one. */

import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { standardNormal, stream } from '../../random.ts';
import { alone, among, judged } from './alone.ts';
import { readImage, readPicture } from './image-file.ts';

/** Always the same noise: whether a decoder notices wrong codes depends on the codes around them. */
async function jpeg(): Promise<Buffer> {
  const [width, height, random] = [200, 150, stream(1, 'noise')];
  const bytes = Uint8Array.from({ length: 3 * width * height }, () =>
    Math.min(255, Math.max(0, Math.round(128 + 40 * standardNormal(random)))),
  );
  return sharp(bytes, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

function scanOf(bytes: Buffer): number {
  return bytes.indexOf(Buffer.from([0xff, 0xda]));
}

/** A scan that ends at coefficient 0, as some phones write it: odd, but whole. */
function oddlyScanned(bytes: Buffer): Buffer {
  const odd = Buffer.from(bytes);
  const scan = scanOf(odd);
  odd[scan + 2 + odd.readUInt16BE(scan + 2) - 2] = 0;
  return odd;
}

/** Noise in place of some codes. */
function corrupted(bytes: Buffer): Buffer {
  const bad = Buffer.from(bytes);
  for (let at = 2000; at + 100 < bad.length; at += 200) bad[at] = (at * 37) & 0xfe;
  return bad;
}

describe('JPEGs decoded together', () => {
  it('are warned about or refused exactly as they would be alone, every time', async () => {
    const whole = await jpeg();
    const kinds = {
      odd: oddlyScanned(whole),
      cut: whole.subarray(0, Math.floor(whole.length * 0.6)),
      corrupt: corrupted(whole),
      empty: whole.subarray(0, scanOf(whole) + 16),
      text: Buffer.from('no picture'),
    };
    const expected: Record<keyof typeof kinds, RegExp> = {
      odd: /^$/,
      cut: /^cut ends before its picture does: what is missing is grey or coarse; fetch or export it again$/,
      corrupt: /^corrupt has faults: parts of it may be grey or wrong; fetch or export it again$/,
      empty: /^expected a whole picture file for empty but received a damaged one: VipsJpeg: premature end/,
      text: /^expected a whole picture file for text but received a file of another kind$/,
    };
    for (let round = 0; round < 3; round++) {
      const tasks = Array.from({ length: 4 }, () => Object.keys(kinds) as (keyof typeof kinds)[]).flat();
      const found = await Promise.all(
        tasks.map((kind) =>
          readPicture(kinds[kind], { name: kind }).then(
            ({ source }) => source.warnings.join(),
            (error: unknown) => (error instanceof Error ? error.message : ''),
          ),
        ),
      );
      for (const [i, kind] of tasks.entries()) expect(found[i], `round ${round}`).toMatch(expected[kind]);
    }
  });

  it('without a callback a cut one is refused in its own words', async () => {
    const whole = await jpeg();
    const cut = whole.subarray(0, Math.floor(whole.length * 0.6));
    const odd = oddlyScanned(whole);
    const reading = Array.from({ length: 12 }, (_, i) => readImage(i % 2 ? cut : odd, { name: `${i}` }));
    const results = await Promise.allSettled(reading);
    for (const [i, result] of results.entries()) {
      if (i % 2 === 0) expect(result.status).toBe('fulfilled');
      else expect(result).toMatchObject({ reason: { message: expect.stringContaining('premature end') } });
    }
  });
});

describe('work alone', () => {
  it('waits for work under way, and other work waits for it', async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`${name} ends`);
    };
    await Promise.all([among(work('a')), alone(work('b')), among(work('c')), alone(work('d'))]);
    for (const name of ['b', 'd']) {
      const at = events.indexOf(`${name} begins`);
      expect(events[at + 1]).toBe(`${name} ends`);
    }
    expect(events).toHaveLength(8);
  });

  it('goes on after failures', async () => {
    let tries = 0;
    const failing = async () => {
      tries++;
      throw new Error('damaged');
    };
    await expect(judged(failing)).rejects.toThrow('damaged');
    expect(tries).toBe(2);
    expect(await among(async () => 1)).toBe(1);
    expect(await alone(async () => 2)).toBe(2);
  });
});
