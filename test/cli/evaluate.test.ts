import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvaluation } from '../../src/evaluation/document.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, startCli } from '../helpers/package.ts';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../helpers/pictures.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const inputs = ['--content', 'photos', '--style', 'paintings', '--contents', '2', '--styles', '2'];
const settings = ['--size', '64', '--threads', '1', '--loss-network', 'loss.safetensors'];
const bare = (...args: string[]) => cli(['evaluate', ...args], folder);
const run = (...args: string[]) => bare(...inputs, ...settings, ...args);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('photos'), 'photo', 4, { width: 80, height: 70 });
  await writePictures(at('paintings'), 'painting', 3, { seed: 9, width: 70, height: 80 });
  await writeTinyLossNetwork(at('loss.safetensors'));
  await writeRandomModel(folder);
});

afterAll(() => rm(folder, { recursive: true }));

describe('an evaluation', () => {
  it('writes document, report and pictures, and prints a table', async () => {
    const { code, stdout, stderr } = await run(
      '--model',
      'random.safetensors',
      '-o',
      'first',
      '--save-pictures',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +random\nContent loss ↓ +[\d.]+ \[/);
    expect(stdout).toMatch(/Time, style cached +\d+ ms/);
    expect(stdout).toContain('judged by loss.safetensors; 2 contents × 2 styles, 4 pairs, 64×64');
    const document = await readEvaluation(at('first/evaluation.json'));
    // What training would hold back.
    expect(document.contents.map(({ file }) => file)).toEqual(['photo-01.png', 'photo-03.png']);
    expect(document.results).toHaveLength(4);
    expect(document.methods[0]).toMatchObject({ name: 'random', kind: 'model', method: 'wasserfarbe' });
    expect(document.command).not.toContain(folder);
    expect((await readFile(at('first/report.html'), 'utf8')).match(/data:image/g)?.length).toBeGreaterThan(4);
    expect((await readdir(at('first'))).sort()).toEqual(['evaluation.json', 'pictures', 'report.html']);
    const files = (await readdir(at('first/pictures'), { recursive: true })).sort();
    expect(files.filter((file) => file.startsWith('random/'))).toHaveLength(4);
    expect(files).toContain(join('random', 'photo-01_stylized_painting-00.png'));
    expect(files).toContain(join('contents', 'photo-03.png'));
    expect(files).toContain(join('styles', 'painting-01.png'));
  });

  it('judges the pictures that it has saved as it judged the model', async () => {
    const { code } = await run(
      '--pictures',
      'random=first/pictures/random',
      '--no-timing',
      '-o',
      'again',
      '--sheet-content',
      'photos/photo-00.png',
      '--sheet-style',
      'paintings/painting-02.png',
    );
    expect(code).toBe(0);
    const [first, again] = [
      await readEvaluation(at('first/evaluation.json')),
      await readEvaluation(at('again/evaluation.json')),
    ];
    expect(again.methods).toEqual([{ name: 'random', kind: 'pictures' }]);
    expect(again.results).toEqual(
      first.results.map(({ metrics: { outside: _, ...metrics }, ...rest }) => ({ ...rest, metrics })),
    );
    // The sheet shows given pictures only: content and style in the sheet, content and detail below.
    const report = await readFile(at('again/report.html'), 'utf8');
    expect(report.match(/data:image/g)).toHaveLength(4);
  });

  it('gives the same numbers twice, and names methods by label', async () => {
    const args = ['--model', 'a=random.safetensors', 'b=random.safetensors', '--no-timing', '--pairs', '3'];
    const { code, stdout } = await run(...args, '--json', '-o', 'labels', '--style-list', 'list.txt').then(
      async (missing) => {
        expect(missing).toMatchObject({ code: 2, stdout: '' });
        expect(missing.stderr).toContain('for --style-list but received no such file (list.txt)');
        await writeFile(at('list.txt'), 'painting-00.png\npainting-02.png\n');
        return run(...args, '--json', '-o', 'labels', '--style-list', 'list.txt');
      },
    );
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toEqual(await readEvaluation(at('labels/evaluation.json')));
    const of = (name: string) =>
      document.results
        .filter((result: { method: string }) => result.method === name)
        .map(({ method: _, ...rest }: { method: string }) => rest);
    expect(of('a')).toHaveLength(3);
    expect(of('a')).toEqual(of('b'));
    expect(document.styles.map(({ file }: { file: string }) => file)).toEqual([
      'painting-00.png',
      'painting-02.png',
    ]);
  });

  it('that is interrupted leaves nothing', async () => {
    const args = [...inputs, ...settings, '--size', '256', '--model', 'random.safetensors', '-o', 'stopped'];
    const running = startCli(['evaluate', ...args, '--save-pictures'], folder);
    for (let i = 0; i < 400; i++) {
      const names = await readdir(at('stopped'), { recursive: true }).catch(() => []);
      if (names.some((name) => name.endsWith('.png'))) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(stderr).toBe('wasserfarbe: interrupted, nothing is written\n');
    expect(code).toBe(130);
    expect(await readdir(at('stopped'))).toEqual([]);
  });
});

describe('refuses, with one line,', () => {
  const model = ['--model', 'random.safetensors'];
  it.each<[string, string[], RegExp]>([
    ['no content', [...settings, '--style', 'paintings', ...model], /for --content but received nothing/],
    ['no loss network', [...inputs, ...model], /\.safetensors file of a VGG-19 for --loss-network/],
    ['no method', [...inputs, ...settings], /expected --method, --model or --pictures for evaluate/],
    [
      'one name twice',
      [...inputs, ...settings, ...model, 'random.safetensors'],
      /random twice; give them labels/,
    ],
    [
      'an old evaluation',
      [...inputs, ...settings, ...model, '-o', 'first'],
      /has evaluation\.json; add --force/,
    ],
    ['half a sheet', [...inputs, ...settings, ...model, '--sheet-style', 'paintings'], /for --sheet-content/],
    ['too small a size', [...inputs, ...model, '--size', '32'], /Expected a whole number, 64 or more/],
    [
      'missing pictures',
      [...inputs, ...settings, '--pictures', 'x=photos'],
      /expected 4 pictures named .* for --pictures x but received 0, 4 are missing/,
    ],
    ['an unknown method', [...inputs, ...settings, '--method', 'gatys'], /'gatys' is invalid/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await bare(...args);
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(message);
  });
});
