import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { takeLock } from './lock.ts';

/** Called before a file gets another name. */
const on = vi.hoisted(() => ({ rename: async () => {} }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const rename: typeof real.rename = async (from, to) => {
    await on.rename();
    await real.rename(from, to);
  };
  return { ...real, rename };
});

let folder = '';
const words = { expected: 'a folder for one', name: 'the folder' };
const lock = () => takeLock(join(folder, 'run.lock'), words);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-lock-'));
});

afterEach(async () => {
  vi.useRealTimers();
  on.rename = async () => {};
  await rm(folder, { recursive: true });
});

async function left(holder: object): Promise<void> {
  await writeFile(join(folder, 'run.lock'), JSON.stringify({ host: hostname(), token: 'other', ...holder }));
}

describe('a lock', () => {
  it('is held by one at a time, also among many that ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, lock));
    const held = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(held).toHaveLength(1);
    const [refused] = asked.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused.message).toMatch(
      /^expected a folder for one for the folder but received one in use by process \d+; end that process, or delete/,
    );
    await held[0]?.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lock()).release();
  });

  it('of an ended process is taken over, also if its number has come again', async () => {
    await left({ pid: 2 ** 22 + 1 });
    await (await lock()).release();
    // An earlier process of this number, as after a restart in a container.
    await left({ pid: process.pid });
    await (await lock()).release();
    await left({ pid: process.ppid });
    await expect(lock()).rejects.toThrow(`in use by process ${process.ppid};`);
    if (process.platform !== 'linux') return;
    await left({ pid: process.ppid, began: '1' });
    await (await lock()).release();
  });

  it('that is left behind is taken over by one of many that ask at once, also if it is slow', async () => {
    let first = true;
    on.rename = async () => {
      if (!first) return;
      first = false;
      await new Promise((resume) => setTimeout(resume, 100));
    };
    await left({ pid: 2 ** 22 + 1 });
    const asked = await Promise.allSettled(Array.from({ length: 8 }, lock));
    const held = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(held).toHaveLength(1);
    await held[0]?.check();
    await held[0]?.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of another machine, or of nobody known, is left to its owner', async () => {
    await left({ pid: 1, host: 'elsewhere' });
    await expect(lock()).rejects.toThrow('of another computer');
    await writeFile(join(folder, 'run.lock'), '');
    await expect(lock()).rejects.toThrow('another process');
  });

  it('of another machine that has not been touched for a minute is taken over, whatever the clock here', async () => {
    const path = join(folder, 'run.lock');
    const untouched = async (seconds: number) => {
      const then = (Date.now() - 1000 * seconds) / 1000;
      await utimes(path, then, then);
    };
    await left({ pid: 1, host: 'elsewhere', touched: true });
    await untouched(30);
    await expect(lock()).rejects.toThrow('end that process, or try again in a minute if it has ended');
    await untouched(90);
    await (await lock()).release();
    // One that was never touched tells nothing by its age.
    await left({ pid: 1, host: 'elsewhere' });
    await untouched(1e6);
    await expect(lock()).rejects.toThrow('of another computer');
    await left({ pid: 1, host: 'elsewhere', touched: true });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    await expect(lock()).rejects.toThrow('of another computer');
  });

  it('is touched as long as it is held, and only then', async () => {
    const path = join(folder, 'run.lock');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const onLost = vi.fn();
    const held = await takeLock(path, words, { touched: true, onLost });
    const content = await readFile(path, 'utf8');
    await utimes(path, 1, 1);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(async () => expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000));
    expect(await readFile(path, 'utf8')).toBe(content);
    expect(onLost).not.toHaveBeenCalled();
    // Another has taken it over while this process stood still.
    await left({ pid: 1, host: 'elsewhere', touched: true });
    await utimes(path, 1, 1);
    vi.advanceTimersByTime(20_000);
    await new Promise((resume) => setTimeout(resume, 100));
    expect((await stat(path)).mtimeMs).toBe(1000);
    expect(onLost).toHaveBeenCalledOnce();
    expect(onLost.mock.calls[0]?.[0].message).toContain('in use by process 1 of another computer');
    await held.release();
    expect(vi.getTimerCount()).toBe(0);
  });
});
