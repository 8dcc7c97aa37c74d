import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { isSrgbProfile, srgbProfile } from './colour-profile.ts';

type Xyz = readonly [number, number, number];

const srgb: readonly [Xyz, Xyz, Xyz] = [
  [0.43607, 0.22249, 0.01392],
  [0.38515, 0.71687, 0.09708],
  [0.14307, 0.06061, 0.7141],
];
// Adobe RGB (1998) under D50.
const adobe: readonly [Xyz, Xyz, Xyz] = [
  [0.60974, 0.31111, 0.01947],
  [0.20528, 0.62567, 0.06087],
  [0.14919, 0.06322, 0.74457],
];

const srgbCurve = (x: number): number => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);

/** A `curv` with a table of a function; that of HP's sRGB has 1024 entries. */
function table(curve: (x: number) => number, count = 1024): Buffer {
  const tag = Buffer.alloc(12 + 2 * count);
  tag.write('curv', 'latin1');
  tag.writeUInt32BE(count, 8);
  for (let i = 0; i < count; i++) tag.writeUInt16BE(Math.round(65_535 * curve(i / (count - 1))), 12 + 2 * i);
  return tag;
}

/** A `curv` of one number: a plain gamma. */
function gamma(value: number): Buffer {
  const tag = Buffer.alloc(14);
  tag.write('curv', 'latin1');
  tag.writeUInt32BE(1, 8);
  tag.writeUInt16BE(Math.round(256 * value), 12);
  return tag;
}

function xyz(values: Xyz): Buffer {
  const tag = Buffer.alloc(20);
  tag.write('XYZ ', 'latin1');
  values.forEach((value, i) => {
    tag.writeInt32BE(Math.round(65_536 * value), 8 + 4 * i);
  });
  return tag;
}

/** A matrix profile: header, tag table, tags. ICC.1:2022, section 7. */
function profile(colorants: readonly [Xyz, Xyz, Xyz], curve: Buffer, space = 'RGB '): Buffer {
  const names = ['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC'];
  const tags = [...colorants.map(xyz), curve, curve, curve];
  const header = Buffer.alloc(128);
  header.write(`${space}XYZ `, 16, 'latin1');
  header.write('acsp', 36, 'latin1');
  const list = Buffer.alloc(4 + 12 * tags.length);
  list.writeUInt32BE(tags.length, 0);
  let offset = header.length + list.length;
  tags.forEach((tag, i) => {
    list.write(names[i] ?? '', 4 + 12 * i, 'latin1');
    list.writeUInt32BE(offset, 8 + 12 * i);
    list.writeUInt32BE(tag.length, 12 + 12 * i);
    offset += tag.length;
  });
  return Buffer.concat([header, list, ...tags]);
}

describe('isSrgbProfile', () => {
  it('recognises sRGB by its colorants and curves', async () => {
    expect(isSrgbProfile(await srgbProfile())).toBe(true);
    expect(isSrgbProfile(profile(srgb, table(srgbCurve)))).toBe(true);
    expect(isSrgbProfile(profile(srgb, table(srgbCurve, 4096)))).toBe(true);
  });

  it('recognises other spaces', async () => {
    const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } });
    const p3 = await sharp(await pixel.withIccProfile('p3').png().toBuffer()).metadata();
    expect(isSrgbProfile(p3.icc ?? new Uint8Array())).toBe(false);
    expect(isSrgbProfile(profile(adobe, gamma(2.2)))).toBe(false);
    expect(isSrgbProfile(profile(srgb, gamma(2.2)))).toBe(false);
    expect(
      isSrgbProfile(
        profile(
          srgb,
          table((x) => x ** 2.2),
        ),
      ),
    ).toBe(false);
    expect(isSrgbProfile(profile(adobe, table(srgbCurve)))).toBe(false);
    expect(isSrgbProfile(profile(srgb, table(srgbCurve), 'GRAY'))).toBe(false);
  });

  it('treats damaged profiles as other spaces', async () => {
    const whole = await srgbProfile();
    for (let length = 0; length < whole.length; length++) isSrgbProfile(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at++) isSrgbProfile(whole.with(at, 0xff));
    expect(isSrgbProfile(whole.subarray(0, 200))).toBe(false);
    expect(isSrgbProfile(new Uint8Array(1000))).toBe(false);
  });
});

it('the profile of written pictures is small', async () => {
  expect((await srgbProfile()).length).toBeLessThan(600);
});
