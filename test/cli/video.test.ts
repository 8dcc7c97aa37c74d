/** `wasserfarbe video`: animations, folders, films; going on after an interruption or a kill. */

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cropImage, toInterleaved } from '../../src/images/image.ts';
import { readImage, writeImage } from '../../src/images/node/image-file.ts';
import { writeFilm } from '../../src/video/node/film-writer.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';
import { drawnImage, temporaryFolder } from '../helpers/pictures.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder = '';
let model: string[] = [];
const at = (...names: string[]) => join(folder, ...names);
const FRAMES = 8;
const DELAYS = Array.from({ length: FRAMES }, (_, i) => 40 + 10 * i);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = ['--model', await writeRandomModel(folder), '--threads', '1', '--style-size', '32'];
  const scene = drawnImage(3, 96, 40);
  await mkdir(at('frames'));
  for (let i = 0; i < FRAMES; i++) {
    // Numbers of different lengths come in the order of numbers.
    await writeImage(
      cropImage(scene, { left: 3 * i, top: 0, width: 48, height: 40 }),
      at('frames', `f${i + 3}.png`),
    );
  }
  const files = (await readdir(at('frames'))).sort((a, b) => Number(a.slice(1, -4)) - Number(b.slice(1, -4)));
  const paths = files.map((file) => at('frames', file));
  await sharp(paths, { join: { animated: true } })
    .gif({ delay: DELAYS, loop: 3 })
    .toFile(at('pan.gif'));
  await writeFilm(
    at('pan.mp4'),
    paths.map((path, i) => ({ path, start: i / 10, duration: 0.1 })),
  );
  await writeImage(drawnImage(9, 40, 40), at('a.png'));
  await writeImage(drawnImage(11, 40, 40), at('b.png'));
});
afterAll(() => rm(folder, { recursive: true }));

function video(clip: string, output: string, ...flags: string[]) {
  return cli(['video', clip, '--output', output, ...model, ...flags], folder);
}

describe('wasserfarbe video', () => {
  it('goes on with --force too, and does not mind the order of flags', async () => {
    const [one, other] = [
      ['--strength', '0.5'],
      ['--detail', '0'],
    ];
    expect(
      await video('pan.gif', 'order.webp', '-s', 'a.png', ...one, ...other, '--keep-frames'),
    ).toMatchObject({ code: 0 });
    const again = await video('pan.gif', 'order.webp', '-s', 'a.png', ...other, ...one, '--force');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('going on after 8 frames');
  });

  it('paints a folder of one picture as an animation of one frame', async () => {
    await mkdir(at('single'));
    await writeImage(drawnImage(2, 30, 20), at('single', '1.png'));
    expect(await video('single', 'single.gif', '-s', 'a.png')).toMatchObject({ code: 0, stderr: '' });
    expect(await sharp(at('single.gif')).metadata()).toMatchObject({ width: 30, height: 20 });
  });

  it('takes no painting for a picture of the folder that it lies in', async () => {
    await mkdir(at('beside'));
    await writeImage(drawnImage(2, 30, 20), at('beside', '1.png'));
    for (const size of ['20', '16']) {
      const flags = ['--style', 'a.png', '--content-size', size, '--force'];
      expect(await video('beside', 'beside/0.gif', ...flags)).toMatchObject({ code: 0, stderr: '' });
    }
    const { width, height, pages = 1 } = await sharp(at('beside', '0.gif'), { animated: true }).metadata();
    expect({ width, height, pages }).toEqual({ width: 24, height: 16, pages: 1 });
  });

  it('paints a GIF with its delays and its number of turns, as WebP or GIF', async () => {
    for (const ending of ['webp', 'gif']) {
      const ended = await video('pan.gif', `out.${ending}`, '--style', 'a.png');
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(new RegExp(`^out.${ending}  8 frames  48×40 `));
      const { pages, delay, loop, width, pageHeight } = await sharp(at(`out.${ending}`), {
        animated: true,
      }).metadata();
      expect({ pages, delay, loop, width, pageHeight }).toEqual({
        ...{ pages: FRAMES, delay: DELAYS, loop: 3, width: 48, pageHeight: 40 },
      });
      expect(existsSync(at(`out.${ending}.frames`))).toBe(false);
    }
  });

  it('paints a folder into a folder, in the order of numbers', async () => {
    expect(await video('frames', 'painted', '--style', 'a.png', '--steadiness', '0')).toMatchObject({
      code: 0,
    });
    const names = Array.from({ length: FRAMES }, (_, i) => `${String(i + 1).padStart(6, '0')}.png`);
    expect((await readdir(at('painted'))).sort()).toEqual([...names, 'settings.json']);
    const single = await cli(['stylize', 'frames/f10.png', 'a.png', 'one.png', ...model], folder);
    expect(single).toMatchObject({ code: 0 });
    const [own, wanted] = [await readImage(at('painted', '000008.png')), await readImage(at('one.png'))];
    expect(toInterleaved(own)).toEqual(toInterleaved(wanted));
  });

  it('breaks no colours, which would stay on the screen while things move', async () => {
    const data = Float32Array.from({ length: 3 * 48 * 40 }, (_, i) => 0.3 + (0.3 * (i % 48)) / 48);
    data.fill(0.5, 48 * 40, 2 * 48 * 40);
    await writeImage({ width: 48, height: 40, data }, at('sky', 'sky-1.png'));
    expect(await video('sky', 'moving', '-s', 'a.png')).toMatchObject({ code: 0 });
    const still = async (name: string, ...flags: string[]) => {
      const pair = ['--content', 'sky/sky-1.png', '--style', 'a.png', '-o', name];
      expect(await cli(['stylize', ...pair, ...model, ...flags], folder)).toMatchObject({ code: 0 });
      return readImage(at(name));
    };
    const frame = await readImage(at('moving', '000001.png'));
    expect(await still('plain.png', '--broken-colour', '0')).toEqual(frame);
    expect(await still('broken.png')).not.toEqual(frame);
  });

  it('paints a film, and the first frame of several styles in the first', async () => {
    const ended = await video(
      'pan.mp4',
      'out.mp4',
      '--style',
      'a.png',
      'b.png',
      '--fade',
      '0.2',
      '--keep-frames',
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect((await stat(at('out.mp4'))).size).toBeGreaterThan(500);
    const first = await video('pan.mp4', 'first.mp4', '--style', 'a.png', '--keep-frames');
    expect(first).toMatchObject({ code: 0 });
    const frame = (of: string, i: number) => readFile(at(`${of}.mp4.frames`, `00000${i}.png`));
    expect(await frame('out', 1)).toEqual(await frame('first', 1));
    expect(await frame('out', 8)).not.toEqual(await frame('first', 8));
  });

  it('goes on after a kill, with the same result', async () => {
    expect(await video('pan.gif', 'whole.webp', '--style', 'a.png')).toMatchObject({ code: 0 });
    const running = startCli(['video', 'pan.gif', '-o', 'killed.webp', ...model, '--style', 'a.png'], folder);
    await vi.waitUntil(() => existsSync(at('killed.webp.frames', '000003.png')), {
      timeout: 60_000,
      interval: 5,
    });
    running.kill('SIGKILL');
    await running.ended;
    expect(existsSync(at('killed.webp'))).toBe(false);
    const ended = await video('pan.gif', 'killed.webp', '--style', 'a.png');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toMatch(/killed\.webp\.frames: going on after \d frames/);
    expect(await readFile(at('killed.webp'))).toEqual(await readFile(at('whole.webp')));
  });

  it('refines key frames, and goes on after a kill with the same result', async () => {
    const flags = ['--style', 'a.png', '--refine', '1', '--steadiness', '0.75'];
    expect(await video('frames', 'refined.webp', ...flags, '--keep-frames')).toMatchObject({ code: 0 });
    const running = startCli(['video', 'frames', '-o', 'again.webp', ...model, ...flags], folder);
    await vi.waitUntil(() => existsSync(at('again.webp.frames', '000006.png')), {
      timeout: 60_000,
      interval: 5,
    });
    running.kill('SIGKILL');
    await running.ended;
    const ended = await video('frames', 'again.webp', ...flags);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toMatch(/going on after \d frames/);
    expect(await readFile(at('again.webp'))).toEqual(await readFile(at('refined.webp')));
    // The first frame is that of a single picture.
    const single = ['stylize', '--content', 'frames/f3.png', ...flags.slice(0, 4), '-o', 'one-refined.png'];
    expect(await cli([...single, ...model], folder)).toMatchObject({ code: 0 });
    const [first, wanted] = [
      await readImage(at('refined.webp.frames', '000001.png')),
      await readImage(at('one-refined.png')),
    ];
    expect(toInterleaved(first)).toEqual(toInterleaved(wanted));
    // Refined paint is what later frames have too.
    expect(await video('frames', 'plain.webp', '--style', 'a.png', '--keep-frames')).toMatchObject({
      code: 0,
    });
    const last = (name: string) => readFile(at(`${name}.frames`, '000008.png'));
    expect(await last('refined.webp')).not.toEqual(await last('plain.webp'));
  });

  it('keeps finished frames at Ctrl-C, and refuses to mix them with others', async () => {
    const running = startCli(['video', 'pan.gif', '-o', 'cut.webp', ...model, '--style', 'a.png'], folder);
    await vi.waitUntil(() => existsSync(at('cut.webp.frames', '000001.png')), {
      timeout: 60_000,
      interval: 5,
    });
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toContain('finished frames are kept: the same command goes on');
    const other = await video('pan.gif', 'cut.webp', '--style', 'b.png');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('received others (style); add --force to begin anew');
    expect(await video('pan.gif', 'cut.webp', '--style', 'b.png', '--force')).toMatchObject({ code: 0 });
  });

  it('says what is cut short, of the clip, its frames and its styles', async () => {
    const cut = async (from: string, to: string, share: number) => {
      const bytes = await readFile(at(from));
      await writeFile(at(to), bytes.subarray(0, Math.floor(share * bytes.length)));
    };
    await mkdir(at('jpegs'));
    for (const i of [1, 2]) await writeImage(drawnImage(i, 64, 64), at('jpegs', `${i}.jpg`));
    await cut('jpegs/2.jpg', 'jpegs/2.jpg', 0.7);
    await cut('jpegs/2.jpg', 'cut.jpg', 1);
    await cut('pan.gif', 'part.gif', 0.7);
    const lines = async (clip: string) => {
      const ended = await video(clip, `of-${clip}.webp`, '--style', 'cut.jpg');
      expect(ended).toMatchObject({ code: 0 });
      return ended.stderr.trim().split('\n');
    };
    const style = expect.stringContaining('cut.jpg ends before its picture does');
    expect(await lines('jpegs')).toEqual([
      style,
      expect.stringContaining(`${join('jpegs', '2.jpg')} ends before its picture does`),
    ]);
    const clip = expect.stringContaining('part.gif ends before its pictures do');
    expect(await lines('part.gif')).toEqual([clip, style]);
  });

  it('shows a bar on a terminal with warnings above it, and none with --quiet', async () => {
    await mkdir(at('shown'));
    for (const i of [1, 2]) await writeImage(drawnImage(i, 64, 64), at('shown', `${i}.jpg`));
    const whole = await readFile(at('shown', '2.jpg'));
    await writeFile(at('shown', '2.jpg'), whole.subarray(0, Math.floor(0.7 * whole.length)));
    const terminal = { NODE_OPTIONS: '--import=data:text/javascript,process.stderr.isTTY=true' };
    const stderrOf = async (output: string, ...flags: string[]) => {
      const args = ['video', 'shown', '-o', output, '-s', 'a.png', ...model, ...flags];
      const ended = await cli(args, folder, terminal);
      expect(ended).toMatchObject({ code: 0 });
      return ended.stderr;
    };
    const warning = `wasserfarbe: ${join('shown', '2.jpg')} ends before its picture does`;
    const shown = await stderrOf('shown.webp');
    expect(shown).toContain('/2 frames');
    // The bar's line is cleared before the warning.
    expect(shown).toContain(`\u001b[2K${warning}`);
    const quiet = await stderrOf('quiet.webp', '--quiet');
    expect(quiet).toMatch(/^wasserfarbe: [^\n]+\n$/);
    expect(quiet).toContain(warning);
  });

  it('goes on whatever flags have no effect', async () => {
    const fps = ['--fps', '25', '--fade', '2', '--keep-frames'];
    expect(await video('frames', 'paced.webp', '-s', 'a.png', ...fps)).toMatchObject({ code: 0 });
    const again = await video('frames', 'paced.webp', '-s', 'a.png', '--force');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('going on after 8 frames');
  });

  it('goes on after the picture of a later frame was mended', async () => {
    await mkdir(at('late'));
    for (const i of [3, 4, 5]) await copyFile(at('frames', `f${i}.png`), at('late', `${i}.png`));
    const whole = await readFile(at('late', '5.png'));
    await writeFile(at('late', '5.png'), whole.subarray(0, whole.length / 2));
    const bad = await video('late', 'late.webp', '--style', 'a.png');
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.stderr).toContain(join('late', '5.png'));
    await writeFile(at('late', '5.png'), whole);
    const good = await video('late', 'late.webp', '--style', 'a.png');
    expect(good).toMatchObject({ code: 0 });
    expect(good.stderr).toContain('going on after 2 frames');
  });

  it('leaves the frames of an earlier result where it cannot paint', async () => {
    expect(await video('pan.gif', 'kept', '--style', 'a.png')).toMatchObject({ code: 0 });
    const before = await readdir(at('kept'));
    await writeFile(at('bad.style'), 'no style');
    expect(await video('pan.gif', 'kept', '--style', 'bad.style', '--force')).toMatchObject({ code: 1 });
    expect(await readdir(at('kept'))).toEqual(before);
  });

  it.each([
    [
      ['pan.gif', '-o', 'x.avi', '-s', 'a.png'],
      2,
      'expected a folder, or the ending .mp4, .mov, .mkv, .webm, .gif, .webp',
    ],
    [['pan.gif', '-s', 'a.png'], 2, 'expected a file or a folder for --output but received nothing'],
    [['pan.gif', '-o', 'x.gif'], 2, 'for --style but received nothing'],
    [
      ['a.png', '-o', 'x.gif', '-s', 'a.png'],
      1,
      'received one picture (png); paint it with wasserfarbe stylize',
    ],
    [['none.mp4', '-o', 'x.gif', '-s', 'a.png'], 1, 'none.mp4'],
    [['pan.mp4', '-o', 'pan.gif', '-s', 'a.png'], 1, 'pan.gif, which exists'],
    [
      ['pan.gif', '-o', 'pan.gif', '-s', 'a.png', '--force'],
      2,
      'expected another place than that of the input',
    ],
    [['pan.gif', '-o', 'link.gif', '-s', 'a.png', '--force'], 2, 'received link.gif'],
    [['frames', '-o', 'frames', '-s', 'a.png', '--force'], 2, 'received frames'],
    [['pan.gif', '-o', 'x.gif', '-s', 'a.png', 'empty.png'], 1, 'empty.png but received an empty file'],
    [['sizes', '-o', 'x.gif', '-s', 'a.png'], 1, '2.png but received 40×40'],
    [['headless', '-o', 'x.gif', '-s', 'a.png'], 1, '2.png but received an empty file'],
    [
      ['pan.gif', '-o', 'x.gif', '-s', 'a.png', '--fps', '25'],
      2,
      'expected a folder of pictures for --fps but received an animation; leave it out',
    ],
    [
      ['pan.gif', '-o', 'x.gif', '-s', 'a.png', '--content-size', '100000'],
      1,
      'for x.gif but received 8 frames of 120000×100000 pixels, which take 480.0 GB; write .mp4, or a folder',
    ],
    [
      ['pan.gif', '-o', 'x.gif', '-s', 'a.png', 'late.style', '--refine', '1'],
      2,
      'expected a style picture for --refine but received the style file late.style; give the picture itself',
    ],
    [
      ['pan.gif', '-o', 'x.gif', '-s', 'a.png', 'late.style', '--preserve-color', 'coral'],
      2,
      'for --preserve-color coral but received the style file late.style; give the picture itself, or use luma',
    ],
    [
      ['pan.gif', '-o', 'full/', '-s', 'a.png'],
      1,
      'expected an empty folder for frames for full/ but received one with',
    ],
    [
      ['pan.gif', '-o', 'x.gif', '-s', 'a.png', 'b.png', '--style-starts', '3,2'],
      2,
      'expected 1 ascending times',
    ],
    [
      ['pan.gif', '-o', 'x.gif', '-s', 'a.png', 'b.png', '--style-starts', '60'],
      2,
      'expected times before the end of the clip',
    ],
  ] as const)('says in one line what is wrong with %o', async (args, code, line) => {
    await mkdir(at('full'), { recursive: true });
    await writeFile(at('full', 'mine.txt'), 'mine');
    if (!existsSync(at('link.gif'))) await symlink('pan.gif', at('link.gif'));
    await writeFile(at('empty.png'), '');
    await writeFile(at('late.style'), 'wfstyle1');
    for (const [name, second] of [
      ['sizes', 'a.png'],
      ['headless', 'empty.png'],
    ] as const) {
      await mkdir(at(name), { recursive: true });
      await copyFile(at('frames', 'f3.png'), at(name, '1.png'));
      await copyFile(at(second), at(name, '2.png'));
    }
    const before = await readFile(at('pan.gif'));
    const ended = await cli(['video', ...args, ...model], folder);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(line);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(at('x.gif'))).toBe(false);
    expect(existsSync(at('x.gif.frames'))).toBe(false);
    expect(await readFile(at('pan.gif'))).toEqual(before);
    expect(existsSync(at('full', 'mine.txt'))).toBe(true);
    expect(await readdir(at('frames'))).toHaveLength(FRAMES);
  });
});
