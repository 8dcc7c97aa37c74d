import { appendFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defined } from '../../defined.ts';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { writeEvaluation } from '../../../test/helpers/study.ts';
import { sha256 } from '../../weights/sha256.ts';
import { readKey, readStudy } from './folder.ts';
import { makeStudy } from './make.ts';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  return { ...actual, rename: vi.fn(actual.rename) };
});

let folder = '';
const at = (...path: string[]): string => join(folder, ...path);
const make = (signal?: AbortSignal) =>
  makeStudy({
    evaluation: at('evaluation'),
    output: at('study'),
    pairs: 2,
    force: true,
    ...defined({ signal }),
  });

/** A signal that is never aborted. Its second check, during the encoding of pictures, calls `work`. */
function during(work: () => void): AbortSignal {
  const { signal } = new AbortController();
  let asked = 0;
  vi.spyOn(signal, 'throwIfAborted').mockImplementation(() => {
    if (++asked === 2) work();
  });
  return signal;
}

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeEvaluation(at('evaluation'), { contents: 2, styles: 1 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('makeStudy', () => {
  it('replaces a study without answers and names its evaluation by checksum', async () => {
    const first = await make();
    const second = await make();
    expect(second.id).not.toBe(first.id);
    expect(await readStudy(at('study'))).toEqual(second);
    expect((await readdir(at('study'))).sort()).toEqual(['key.json', 'pictures', 'study.json']);
    expect(await readdir(folder)).toEqual(['evaluation', 'study']);
    const text = await readFile(at('evaluation', 'evaluation.json'));
    expect((await readKey(at('study'))).evaluation).toBe(await sha256(Uint8Array.from(text)));
  });

  it('keeps ratings that arrive during encoding', async () => {
    const { items } = await make();
    const line = `${JSON.stringify({
      time: '2025-01-31T00:00:00Z',
      rater: 'Anna',
      item: items[0]?.id,
      content: 0,
      style: 1,
    })}\n`;
    const making = make(during(() => appendFileSync(at('study', 'answers.jsonl'), line)));
    await expect(making).rejects.toThrow('but received a study with answers (1)');
    expect(await readFile(at('study', 'answers.jsonl'), 'utf8')).toBe(line);
    expect(await readdir(folder)).toEqual(['evaluation', 'study']);
  });

  it('keeps a study that is served meanwhile', async () => {
    const study = await make();
    const holder = JSON.stringify({ pid: process.ppid, host: hostname(), token: 'server' });
    const making = make(during(() => writeFileSync(at('study', 'rating.lock'), holder)));
    await expect(making).rejects.toThrow(`in use by process ${process.ppid};`);
    expect(await readStudy(at('study'))).toEqual(study);
    expect(await readFile(at('study', 'rating.lock'), 'utf8')).toBe(holder);
    expect(await readdir(folder)).toEqual(['evaluation', 'study']);
  });

  it('puts the old study back if the new one cannot take its place', async () => {
    const study = await make();
    const actual = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    const moves: string[] = [];
    vi.mocked(rename).mockImplementation(async (from, to) => {
      if (from === at('study')) moves.push('away');
      if (to === at('study')) moves.push(`${from}`.endsWith('.old') ? 'back' : 'new');
      if (moves.at(-1) === 'new') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      await actual.rename(from, to);
    });
    await expect(make()).rejects.toThrow(
      `expected a place to write for --output but received a full disk (${at('study')})`,
    );
    vi.mocked(rename).mockImplementation(actual.rename);
    expect(moves).toEqual(['away', 'new', 'back']);
    expect(await readStudy(at('study'))).toEqual(study);
    expect((await readdir(at('study'))).sort()).toEqual(['key.json', 'pictures', 'study.json']);
    expect(await readdir(folder)).toEqual(['evaluation', 'study']);
  });

  it('leaves nothing behind when it is aborted', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const check = signal.throwIfAborted.bind(signal);
    let asked = 0;
    vi.spyOn(signal, 'throwIfAborted').mockImplementation(() => {
      if (++asked === 3) controller.abort(Object.assign(new Error('enough'), { code: 130 }));
      check();
    });
    await expect(make(signal)).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual(['evaluation']);
  });
});
