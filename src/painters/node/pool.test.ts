/** Painters in processes of their own: pictures as in one process, and every way in which one can end. */

import { copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeRandomModel } from '../../../test/helpers/model.ts';
import { root, start } from '../../../test/helpers/package.ts';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { writeImage } from '../../images/node/image-file.ts';
import { loadStylizer } from '../../stylize/node/stylizer.ts';
import { PainterPool } from './pool.ts';
import { PainterProcess, residentBytes } from './process.ts';
import type { PaintTask, TaskProgress } from './task.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder = '';
let model = '';
let pool: PainterPool;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = await writeRandomModel(folder);
  await writeImage(drawnImage(1, 61, 43), at('photo.png'));
  await writeImage(drawnImage(2, 50, 40), at('painting.png'));
  pool = new PainterPool({
    ...{ painters: 2, queue: 3, memory: 2e9, limitPixels: 1e6 },
    model: { model, threads: 1 },
  });
  await pool.ready();
});

afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

const usual = { seconds: 60 };

function painting(output: string, changes: Partial<PaintTask> = {}): PaintTask {
  const styles = [{ path: at('painting.png') }];
  return {
    ...{ do: 'paint', content: at('photo.png'), styles, output: at(output), options: { styleSize: 64 } },
    ...changes,
  };
}

/** A task that goes on until it is ended, and whether it has begun. */
function endless(output: string, options: { seconds?: number; signal?: AbortSignal } = {}) {
  let begun = () => {};
  const began = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const long = { refine: true, seconds: 600, styleSize: 64 };
  const onProgress = ({ phase }: TaskProgress) => phase === 'refine' && begun();
  const result = pool.run(painting(output, { options: long }), { ...usual, onProgress, ...options });
  result.catch(() => {});
  return { began, result };
}

describe('a picture', () => {
  it('is that of one process, and so is one by a style file', async () => {
    const stylizer = await loadStylizer({ model, threads: 1 });
    const style = await stylizer.prepareStyle(at('painting.png'), { size: 64 });
    await (await stylizer.stylize(at('photo.png'), style)).toFile(at('expected.png'));
    await stylizer.dispose();
    const expected = await sharp(at('expected.png')).raw().toBuffer();
    expect(await pool.run(painting('a.png'), usual)).toMatchObject({ width: 61, height: 43, warnings: [] });
    expect((await sharp(at('a.png')).raw().toBuffer()).equals(expected)).toBe(true);

    const encoding = { do: 'style', picture: at('painting.png'), size: 64, output: at('p.style') } as const;
    expect(await pool.run(encoding, usual)).toMatchObject({ height: 64 });
    await pool.run(painting('b.png', { styles: [{ path: at('p.style'), weight: 2 }] }), usual);
    const painted = await sharp(at('b.png')).raw().toBuffer();
    expect(Math.max(...painted.map((value, i) => Math.abs(value - (expected[i] ?? 0))))).toBeLessThan(4);
  });

  it('comes with its progress', async () => {
    const phases = new Set<string>();
    const onProgress = ({ phase }: TaskProgress) => phases.add(phase);
    await pool.run(painting('c.png'), { ...usual, onProgress });
    expect([...phases]).toEqual(expect.arrayContaining(['read', 'run', 'done']));
  });
});

describe('refusals', () => {
  it.each([
    ['text', 'kind', Buffer.from('no picture')],
    ['SVG', 'kind', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a damaged one', 'picture', Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1')],
    [
      'too many pixels',
      'pixels',
      sharp({ create: { width: 1100, height: 1000, channels: 3, background: '#fff' } }),
    ],
  ])('of a file with %s: %s', async (_, reason, content) => {
    const bytes = Buffer.isBuffer(content) ? content : await content.png().toBuffer();
    await writeFile(at('odd.png'), bytes);
    await expect(pool.run(painting('d.png', { content: at('odd.png') }), usual)).rejects.toMatchObject({
      reason,
    });
    const styles = [{ path: at('odd.png') }];
    for (const needsPicture of [{}, { preserveColor: 'coral' }, { refine: true, steps: 1 }] as const) {
      const task = painting('d.png', { styles, options: { styleSize: 64, ...needsPicture } });
      await expect(pool.run(task, usual)).rejects.toMatchObject({ reason });
    }
    expect(await readdir(folder)).not.toContain('d.png');
  });

  it('of results and styles with too many pixels, and of settings', async () => {
    const tooLarge = [
      { contentSize: 5000 },
      { styleSize: 5000 },
      { styleSize: 5000, preserveColor: 'coral' },
      { styleSize: 5000, refine: true, steps: 1 },
    ] as const;
    for (const options of tooLarge) {
      const large = pool.run(painting('d.png', { options }), usual);
      await expect(large).rejects.toMatchObject({ reason: 'pixels' });
    }
    const encoding = { do: 'style', picture: at('painting.png'), size: 5000, output: at('q.style') } as const;
    await expect(pool.run(encoding, usual)).rejects.toMatchObject({ reason: 'pixels' });
    const odd = painting('d.png', { options: { strength: 2 } });
    await expect(pool.run(odd, usual)).rejects.toMatchObject({ reason: 'setting' });
  });
});

it('tells that decoding or encoding takes too much memory', async () => {
  await sharp(at('photo.png')).webp().toFile(at('photo.webp'));
  const setup = { model: { model, threads: 1 }, maxMemory: 2e4, limitPixels: 1e6 };
  const painter = new PainterProcess({ setup, memory: 2e9, remedy: '', threads: 1 });
  for (const [task, message] of [
    [painting('k.avif'), /k\.avif .*; write JPEG, PNG or TIFF$/],
    [
      painting('k.png', { content: at('photo.webp') }),
      /photo\.webp .*; convert it to TIFF or plain PNG first$/,
    ],
  ] as const) {
    await expect(painter.paint({ task, seconds: 60 })).rejects.toMatchObject({
      ...{ reason: 'memory', message: expect.stringMatching(message) },
    });
  }
  painter.end();
  await painter.gone;
});

describe('the end of a painter', () => {
  it('by a crash: the task is done by another, and fails if that one crashes too', async () => {
    const [first, second] = (await pool.state()).pids;
    const tasks = [painting('e.png'), painting('f.png')].map((task) => pool.run(task, usual));
    for (const pid of [first, second]) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await Promise.all(tasks);
    expect(await sharp(at('e.png')).metadata()).toMatchObject({ width: 61 });

    const long = { refine: true, seconds: 600, styleSize: 64 };
    const kill = async (phase: string) => {
      if (phase === 'read') for (const pid of (await pool.state()).pids) process.kill(pid, 'SIGKILL');
    };
    const onProgress = ({ phase }: TaskProgress) => void kill(phase);
    const doomed = pool.run(painting('g.png', { options: long }), { seconds: 100, onProgress });
    await expect(doomed).rejects.toMatchObject({ reason: 'crash' });
    await pool.run(painting('h.png'), usual);
  });

  it('by a crash, where nothing else holds the process: it goes on to the second try', async () => {
    const task = JSON.stringify(painting('s.png', { options: { styleSize: 64, refine: true, seconds: 3 } }));
    const program = `
      import { PainterPool } from ${JSON.stringify(join(root, 'src/painters/node/pool.ts'))};
      const model = { model: ${JSON.stringify(model)}, threads: 1 };
      const pool = new PainterPool({ painters: 1, queue: 1, memory: 2e9, model });
      let isKilled = false;
      const onProgress = async ({ phase }) => {
        if (phase !== 'refine' || isKilled) return;
        isKilled = true;
        for (const pid of (await pool.state()).pids) process.kill(pid, 'SIGKILL');
      };
      const { width } = await pool.run(${task}, { seconds: 100, onProgress });
      await pool.close();
      console.log(isKilled, width);`;
    await writeFile(at('program.mts'), program);
    const ended = await start(process.execPath, ['--import', 'tsx', at('program.mts')], root).ended;
    expect(ended).toMatchObject({ code: 0, stdout: 'true 61\n' });
  });

  it('by its deadline, and the next picture is painted', async () => {
    await expect(endless('i.png', { seconds: 2 }).result).rejects.toMatchObject({ reason: 'late' });
    await pool.run(painting('j.png'), usual);
    expect(await readdir(folder)).not.toContain('i.png');
  });

  it('by its memory', async () => {
    const setup = { model: { model, threads: 1 }, maxMemory: 1e9, limitPixels: 1e6 };
    const painter = new PainterProcess({ setup, memory: 30e6, remedy: 'wait', threads: 1 });
    await expect(painter.ready).rejects.toMatchObject({
      ...{ reason: 'memory', message: expect.stringMatching(/more than 30 MB; wait$/) },
    });
    await painter.gone;
    expect(await residentBytes(painter.pid)).toBe(0);
    expect(await residentBytes(process.pid)).toBeGreaterThan(30e6);
  });

  it('that cannot load its model is said once', async () => {
    await copyFile(at('photo.png'), at('no.safetensors'));
    const broken = new PainterPool({
      painters: 1,
      queue: 1,
      memory: 2e9,
      model: { model: at('no.safetensors') },
    });
    await expect(broken.ready()).rejects.toMatchObject({ reason: 'setting' });
    await broken.close();
  });
});

it('without a painter that can load its model refuses what waits, and goes on when it is there again', async () => {
  const files = ['.safetensors', '.json'].map((ending) => model.replace(/\.safetensors$/, ending));
  const own = new PainterPool({ painters: 1, queue: 9, memory: 2e9, model: { model, threads: 1 } });
  await own.ready();
  for (const file of files) await rename(file, `${file}.away`);
  for (const pid of (await own.state()).pids) process.kill(pid, 'SIGKILL');
  const refused = { reason: 'closed', message: expect.stringContaining('received none that can load it') };
  await expect(own.run(painting('q.png'), usual)).rejects.toMatchObject(refused);
  await expect(own.run(painting('q.png'), usual)).rejects.toMatchObject(refused);
  for (const file of files) await rename(`${file}.away`, file);
  await vi.waitFor(() => own.run(painting('q.png'), usual), { timeout: 60_000, interval: 500 });
  await own.close();
});

describe('the queue', () => {
  it('refuses what is too much, forgets what is aborted, and goes on', async () => {
    const abort = new AbortController();
    const working = [1, 2].map((i) => endless(`k${i}.png`, { signal: abort.signal, seconds: 100 }));
    await Promise.all(working.map(({ began }) => began));
    const gone = new AbortController();
    const waiting = [0, 1, 2].map((i) => pool.run(painting(`l${i}.png`), { ...usual, signal: gone.signal }));
    for (const task of waiting) task.catch(() => {});
    expect(pool.isFull).toBe(true);
    expect(pool.wait).toBeGreaterThan(0);
    await expect(pool.run(painting('m.png'), usual)).rejects.toMatchObject({ reason: 'full' });
    gone.abort();
    for (const task of waiting) await expect(task).rejects.toThrow('aborted');
    expect(pool.isFull).toBe(false);
    abort.abort();
    for (const { result } of working) await expect(result).rejects.toThrow('aborted');
    await pool.run(painting('m.png'), usual);
  });

  it('is done when the pool closes, as far as there is time', async () => {
    const own = new PainterPool({ painters: 1, queue: 9, memory: 2e9, model: { model, threads: 1 } });
    const tasks = ['n.png', 'o.png'].map((name) => own.run(painting(name), usual));
    await own.close(60);
    await Promise.all(tasks);
    await expect(own.run(painting('p.png'), usual)).rejects.toMatchObject({ reason: 'closed' });
  });
});
