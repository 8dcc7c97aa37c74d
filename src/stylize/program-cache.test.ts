import { expect, it } from 'vitest';
import type { Program } from '../runtime/runtime.ts';
import { ProgramCache } from './program-cache.ts';

/** Programs that note when they are freed. */
function factory() {
  const log: string[] = [];
  const compile = (key: string) => async (): Promise<Program> => {
    log.push(`compile ${key}`);
    return {
      inputs: [],
      run: async () => ({}),
      dispose: async () => {
        log.push(`free ${key}`);
      },
    };
  };
  return { log, compile };
}

it('keeps those used last, and frees the one used longest ago', async () => {
  const { log, compile } = factory();
  const cache = new ProgramCache(2);
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.use(key, compile(key), async () => {});
  expect(log).toEqual(['compile a', 'compile b', 'compile c', 'free b', 'compile b', 'free c']);
  expect(['a', 'b', 'c'].map((key) => cache.has(key))).toEqual([true, true, false]);
  await cache.dispose();
  expect(log.slice(6)).toEqual(['free a', 'free b']);
});

it('frees unused programs on request, and no others', async () => {
  const { log, compile } = factory();
  const cache = new ProgramCache(3);
  let finish = (): void => {};
  await cache.use('a', compile('a'), async () => {});
  const slow = cache.use('b', compile('b'), () => new Promise<void>((resolve) => (finish = resolve)));
  await cache.evictIdle();
  expect(log).toEqual(['compile a', 'compile b', 'free a']);
  expect(['a', 'b'].map((key) => cache.has(key))).toEqual([false, true]);
  finish();
  await slow;
  expect(log).toHaveLength(3);
});

it('compiles once for calls at the same time', async () => {
  const { log, compile } = factory();
  const cache = new ProgramCache(2);
  await Promise.all([1, 2, 3].map(() => cache.use('a', compile('a'), async () => {})));
  expect(log).toEqual(['compile a']);
});

it('frees nothing that is in use, but does so afterwards', async () => {
  const { log, compile } = factory();
  const cache = new ProgramCache(1);
  let finish = (): void => {};
  const slow = cache.use('a', compile('a'), () => new Promise<void>((resolve) => (finish = resolve)));
  await cache.use('b', compile('b'), async () => {});
  await cache.dispose();
  expect(log).toEqual(['compile a', 'compile b', 'free b']);
  finish();
  await slow;
  expect(log.at(-1)).toBe('free a');
});

it('forgets programs that failed to compile, and keeps those that failed to run', async () => {
  const { log, compile } = factory();
  const cache = new ProgramCache(2);
  const broken = cache.use(
    'a',
    () => Promise.reject(new Error('no device')),
    async () => {},
  );
  await expect(broken).rejects.toThrow('no device');
  expect(cache.has('a')).toBe(false);
  await expect(cache.use('a', compile('a'), () => Promise.reject(new Error('no run')))).rejects.toThrow(
    'no run',
  );
  await cache.use('a', compile('a'), async () => {});
  expect(log).toEqual(['compile a']);
});
