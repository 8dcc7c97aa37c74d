import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { openAnswers, readAnswers } from './answers.ts';

let folder = '';
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

it('keeps one rating for each rater and item, and marks revisions', async () => {
  const store = await openAnswers(folder);
  await Promise.all([
    store.save('Anna', 'x', { content: 0.1, style: 0.2 }),
    store.save('Berta', 'x', { content: 0.3, style: 0.4 }),
    store.save('Anna', 'x', { content: 1, style: 0 }),
    // A repeated rating, as after a lost reply.
    store.save('Anna', 'x', { content: 1, style: 0 }),
  ]);
  expect([...store.ratingsOf('Anna')]).toEqual([['x', { content: 1, style: 0 }]]);
  expect(store.ratingsOf('Nobody').size).toBe(0);
  await store.close();
  expect(
    (await readAnswers(folder)).map(({ rater, content, revision }) => [rater, content, revision]),
  ).toEqual([
    ['Anna', 0.1, undefined],
    ['Berta', 0.3, undefined],
    ['Anna', 1, true],
  ]);
  const again = await openAnswers(folder);
  expect(again.ratingsOf('Anna').get('x')).toMatchObject({ content: 1, style: 0 });
  await again.close();
  expect(await readdir(folder)).toEqual(['answers.jsonl']);
});

it('ignores half a line at the end and cuts it off before the next', async () => {
  const store = await openAnswers(folder);
  await store.save('Änne', 'x', { content: 0.1, style: 0.2 });
  await store.close();
  const whole = await readFile(at('answers.jsonl'), 'utf8');
  await appendFile(at('answers.jsonl'), whole.slice(0, 60));
  expect(await readAnswers(folder)).toHaveLength(1);
  expect(await readFile(at('answers.jsonl'), 'utf8')).toBe(whole + whole.slice(0, 60));
  const again = await openAnswers(folder);
  await again.save('Änne', 'y', { content: 0.5, style: 0.5 });
  await again.close();
  expect((await readAnswers(folder)).map(({ item }) => item)).toEqual(['x', 'y']);
  expect(await readFile(at('answers.jsonl'), 'utf8')).toMatch(/^[^\n]+\n[^\n]+\n$/);
});

it('names a damaged line', async () => {
  await writeFile(at('answers.jsonl'), '{"rater": "Anna"}\n');
  await expect(readAnswers(folder)).rejects.toThrow('answers.jsonl, line 1');
  await writeFile(at('answers.jsonl'), 'Anna\n');
  await expect(openAnswers(folder)).rejects.toThrow('expected JSON for an answer');
  expect(await readdir(folder)).toEqual(['answers.jsonl']);
});

it('belongs to one process at a time', async () => {
  const store = await openAnswers(folder);
  await expect(openAnswers(folder)).rejects.toThrow(
    `expected a study that nobody else serves for the study folder but received one in use by process ${process.pid}`,
  );
  // Another process has taken over by force.
  await writeFile(at('rating.lock'), JSON.stringify({ pid: 1, host: hostname(), token: 'other' }));
  await expect(store.save('Anna', 'x', { content: 0, style: 0 })).rejects.toThrow('in use by process 1;');
  await store.close();
  expect(await readdir(folder)).toContain('rating.lock');
});

it('takes over the lock of an ended process, and no other', async () => {
  const holder = { pid: 2 ** 22 + 1, host: hostname(), token: 'old' };
  await writeFile(at('rating.lock'), JSON.stringify(holder));
  await (await openAnswers(folder)).close();
  await writeFile(at('rating.lock'), JSON.stringify({ ...holder, pid: process.pid }));
  await (await openAnswers(folder)).close();
  await writeFile(at('rating.lock'), JSON.stringify({ ...holder, host: 'elsewhere' }));
  await expect(openAnswers(folder)).rejects.toThrow(`process ${holder.pid} of another computer;`);
  await writeFile(at('rating.lock'), '');
  await expect(openAnswers(folder)).rejects.toThrow('delete ');
});
