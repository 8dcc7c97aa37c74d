import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvaluation } from '../../src/evaluation/node/evaluation-files.ts';
import { tinyGenerator, writeRandomModel } from '../helpers/model.ts';
import { readWeights, writeWeights } from '../../src/weights/node/weights-file.ts';
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
    expect(stdout).toMatch(
      /^ +random\nStrokes ↑ +[−-]?[\d.]+ \[.*\nNew structure ↑ .*\nTones ↓ .*\nContent loss ↓ +[\d.]+ \[/,
    );
    expect(stdout).toMatch(/Time, style cached +\d+ ms/);
    expect(stdout).toContain('judged by loss.safetensors; 2 contents × 2 styles, 4 pairs, 64×64');
    const document = await readEvaluation(at('first/evaluation.json'));
    // The pictures that training would hold back.
    expect(document.contents.map(({ file }) => file)).toEqual(['photo-01.png', 'photo-03.png']);
    expect(document.results).toHaveLength(4);
    expect(document.methods[0]).toMatchObject({ name: 'random', kind: 'model', method: 'wasserfarbe' });
    expect(document.command).not.toContain(folder);
    expect(document.environment.threads).toBe(1);
    expect(document.protocol.timing).toMatch(
      /^photo-0\d\.png in the style of painting-0\d\.png, both in memory/,
    );
    expect((await readFile(at('first/report.html'), 'utf8')).match(/data:image/g)?.length).toBeGreaterThan(4);
    expect((await readdir(at('first'))).sort()).toEqual(['evaluation.json', 'pictures', 'report.html']);
    const files = (await readdir(at('first/pictures'), { recursive: true })).sort();
    expect(files.filter((file) => file.startsWith('random/'))).toHaveLength(4);
    expect(files).toContain(join('random', 'photo-01_stylized_painting-00.png'));
    expect(files).toContain(join('contents', 'photo-03.png'));
    expect(files).toContain(join('styles', 'painting-01.png'));
  });

  it('refines the pictures of the first model in rows of their own', async () => {
    const refining = ['--refine-method', 'gatys', '--refine-steps', '2'];
    const { code, stdout, stderr } = await run(
      ...['--model', 'random.safetensors', '--pairs', '2', '-o', 'refined', ...refining],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ +random +random\+gatys\n/);
    const { methods, results } = await readEvaluation(at('refined/evaluation.json'));
    const names = ['random', 'random+gatys'];
    expect(methods.map(({ name }) => name)).toEqual(names);
    expect(methods[1]).toMatchObject({ refined: { from: 'random', method: 'gatys', steps: 2 } });
    expect(methods[1]?.timing?.styleCached).toBeGreaterThan(methods[0]?.timing?.styleCached ?? 0);
    const style = (name: string) =>
      results.filter(({ method }) => method === name).map(({ metrics }) => metrics.style);
    expect(new Set(names.map((name) => style(name).join())).size).toBe(2);
    const { stderr: refused } = await run('--pictures', 'x=photos', '-o', 'no', ...refining);
    expect(refused).toContain('expected --method or --model');
  });

  it('judges its saved pictures like the model', async () => {
    const { code, stdout, stderr } = await run(
      '--pictures',
      'random=first/pictures/random',
      '--no-timing',
      '--table',
      'csv',
      '-o',
      'again',
      '--sheet-content',
      'photos/photo-00.png',
      '--sheet-style',
      'paintings/painting-02.png',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^method,measure,median,low,high\n(random,\w+(,-?[\d.e-]+){3}\n)+$/);
    expect(stderr).toBe('again/report.html\n');
    const [first, again] = [
      await readEvaluation(at('first/evaluation.json')),
      await readEvaluation(at('again/evaluation.json')),
    ];
    expect(again.methods).toEqual([{ name: 'random', kind: 'pictures' }]);
    expect(again.protocol).not.toHaveProperty('timing');
    expect(again.results).toEqual(
      first.results.map(({ metrics: { outside: _, ...metrics }, ...rest }) => ({ ...rest, metrics })),
    );
    // The sheet shows only given pictures: content and style in the sheet, content and detail below.
    const report = await readFile(at('again/report.html'), 'utf8');
    expect(report.match(/data:image/g)).toHaveLength(4);
  });

  it('gives the same numbers twice and names methods by label', async () => {
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

  it('replaces an earlier one by force, pictures included, but not pictures that it reads', async () => {
    const args = ['--no-timing', '--pairs', '1', '--force', '-o', 'old'];
    const saved = await run('--model', 'random.safetensors', '--save-pictures', ...args);
    expect(saved).toMatchObject({ code: 0, stderr: '' });
    const refused = await run('--pictures', 'x=old/pictures/random', ...args);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /for --output but received old, whose pictures\/ would be removed \(old\/pictures\/random\)\n$/,
    );
    const pictures = await run('--pictures', 'x=first/pictures/random', ...args);
    expect(pictures).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(at('old'))).sort()).toEqual(['evaluation.json', 'report.html']);
    // Pictures without an evaluation belong to somebody else.
    await mkdir(at('mine/pictures'), { recursive: true });
    const mine = ['--model', 'random.safetensors', '--pairs', '1', '--force', '-o', 'mine'];
    expect((await run(...mine, '--save-pictures')).stderr).toMatch(
      /which has pictures; move pictures\/ away/,
    );
    expect(await run(...mine, '--no-timing')).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(at('mine'))).sort()).toEqual(['evaluation.json', 'pictures', 'report.html']);
    expect(await run(...mine, '--no-timing')).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(at('mine'))).sort()).toEqual(['evaluation.json', 'pictures', 'report.html']);
  });

  it('prints its results even if they cannot be written', async () => {
    await mkdir(at('blocked/evaluation.json'), { recursive: true });
    const args = ['--model', 'random.safetensors', '--no-timing', '--pairs', '1', '--force', '-o', 'blocked'];
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stdout).toContain('judged by loss.safetensors');
    expect(stdout).not.toContain('report.html');
    expect(stderr).toMatch(/^wasserfarbe: expected a folder to write into for --output [^\n]*\(blocked\)\n$/);
  });

  const few = ['--pairs', '2', '--no-timing'];

  it('reuses the numbers of models that an earlier one judged in the same way', async () => {
    await writeRandomModel(folder, tinyGenerator, { name: 'other', seed: 7 });
    const [one, two] = ['old=random.safetensors', 'new=other.safetensors'];
    expect(await run('--model', one, ...few, '-o', 'alone')).toMatchObject({ code: 0 });
    const both = ['--model', two, 'same=random.safetensors', ...few, '--reuse', 'alone', '-o', 'both'];
    expect(await run(...both)).toMatchObject({ code: 0, stderr: '' });
    const [alone, together] = await Promise.all(
      ['alone', 'both'].map((name) => readEvaluation(at(`${name}/evaluation.json`))),
    );
    expect(together?.summary.same).toEqual(alone?.summary.old);
    expect(together?.summary.new).not.toEqual(alone?.summary.old);
    expect(together?.results).toHaveLength(4);
    // As if another version had painted them.
    const changed = JSON.parse(await readFile(at('alone/evaluation.json'), 'utf8'));
    changed.results[0].metrics.ssim *= 0.9;
    await writeFile(at('changed.json'), JSON.stringify(changed));
    const refused = await run('--model', one, ...few, '--reuse', 'changed.json', '-o', 'changed');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /numbers that this version repeats .* where ssim of old for \S+ and \S+ is/,
    );
  });

  it('judges changed models anew and refuses numbers judged in another way', async () => {
    const two = 'new=other.safetensors';
    const alone = await readEvaluation(at('alone/evaluation.json'));
    // The same weights with another configuration are another model.
    const card = JSON.parse(await readFile(at('random.json'), 'utf8'));
    card.configuration.palette = 'none';
    card.file = 'plain.safetensors';
    await writeFile(at('plain.json'), JSON.stringify(card));
    await writeFile(at('plain.safetensors'), await readFile(at('random.safetensors')));
    await run('--model', 'plain.safetensors', ...few, '--reuse', 'alone', '-o', 'plain');
    const plain = await readEvaluation(at('plain/evaluation.json'));
    expect(plain.results[0]?.metrics).not.toEqual(alone.results[0]?.metrics);
    const other = await run('--model', two, '--pairs', '1', '--reuse', 'alone', '-o', 'fewer');
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toMatch(/for --reuse but received alone, whose protocol \(pictures\) differs/);
    const old = JSON.parse(await readFile(at('alone/evaluation.json'), 'utf8'));
    for (const name of ['strokes', 'newStructure', 'tones', 'eye', 'eyeSha256']) delete old.protocol[name];
    await writeFile(at('older.json'), JSON.stringify(old));
    const older = await run('--model', two, ...few, '--reuse', 'older.json', '-o', 'older');
    expect(older).toMatchObject({ code: 2, stdout: '' });
    expect(older.stderr).toMatch(
      /^wasserfarbe: .* for --reuse but received older\.json, whose protocol \(no strokes: [^\n]* differs\n$/,
    );
    const saved = await run('--model', two, '--reuse', 'alone', '--save-pictures', '-o', 'saved');
    expect(saved.stderr).toContain('expected one of --reuse and --save-pictures');
  });

  it('measures strokes through an eye of its own, without a loss network', async () => {
    const { tensors } = await readWeights(at('loss.safetensors'));
    const shallow = [...tensors].filter(([name]) => !/conv([45]_|3_[234])/.test(name));
    await writeWeights(at('eye.safetensors'), new Map(shallow));
    const model = ['--model', 'a=random.safetensors', 'b=other.safetensors', '--no-timing', '--pairs', '2'];
    const alone = [...inputs, '--size', '64', '--threads', '1', ...model, '--eye', 'eye.safetensors'];
    const { code, stdout, stderr } = await bare(...alone, '--against', 'b', '-o', 'eyed');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('strokes seen by eye.safetensors; ');
    expect(stdout).not.toContain('judged by');
    expect(stdout).toContain('multiples of b, pair by pair');
    const { protocol, comparison, results } = await readEvaluation(at('eyed/evaluation.json'));
    expect(protocol).toMatchObject({ eye: 'eye.safetensors' });
    expect(protocol).not.toHaveProperty('lossNetwork');
    expect(comparison).toMatchObject({ against: 'b', ratios: { a: { ssim: { pairs: 2 } } } });
    expect(results[0]?.metrics).toHaveProperty('strokes');
    expect(results[0]?.metrics).not.toHaveProperty('style');
    const own = await bare(...alone.slice(0, -2), '-o', 'own');
    expect(own.stdout).toContain('strokes seen by eye.safetensors (eye: not for claims); ');
    const loss = await bare(...alone, '--loss-network', 'eye.safetensors', '-o', 'shallow');
    expect(loss).toMatchObject({ code: 2, stdout: '' });
    expect(loss.stderr).toMatch(
      /expected a VGG-19 up to relu5_1 for --loss-network .* name it with --eye\n$/,
    );
  });

  it('leaves nothing behind when interrupted', async () => {
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

describe('refuses in one line', () => {
  const model = ['--model', 'random.safetensors'];
  const bad = ['--content', 'bad', '--style', 'paintings', '--contents', '9', '--styles', '1', ...settings];

  beforeAll(async () => {
    await writePictures(at('bad'), 'bad', 2);
    await Promise.all([4, 5, 6, 7].map((i) => writeFile(at(`bad/bad-0${i}.png`), 'text')));
    await writePictures(at('named/contents'), 'x', 2);
    await writePictures(at('named/styles'), 'x', 2);
    for (const [from, to] of [
      ['contents/x-00', 'contents/a'],
      ['contents/x-01', 'contents/a_stylized_b'],
      ['styles/x-00', 'styles/c'],
      ['styles/x-01', 'styles/b_stylized_c'],
    ]) {
      await rename(at(`named/${from}.png`), at(`named/${to}.png`));
    }
  });

  it.each<[string, string[], RegExp]>([
    ['no content', [...settings, '--style', 'paintings', ...model], /for --content but received nothing/],
    [
      'a comparison with nobody',
      [...inputs, ...settings, ...model, '--against', 'x'],
      /expected one of random for --against but received x/,
    ],
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
    [
      'damaged pictures, a few named',
      [...bad, ...model],
      /but received 4 faults: [^;]* for bad\/bad-04\.png [^;]*; [^;]*-05\.png [^;]*; [^;]*-06\.png [^;]*; and 1 more/,
    ],
    [
      'a damaged picture of the sheet',
      [...inputs, ...settings, ...model, '--sheet-content', 'bad/bad-04.png', '--sheet-style', 'paintings'],
      /expected a whole picture file for bad\/bad-04\.png but received a file of another kind/,
    ],
    [
      'pictures of another size',
      [...inputs, ...settings, '--size', '96', '--pictures', 'x=first/pictures/random'],
      /pictures of 96×96 pixels for --pictures x but received [^;]* of 64×64, and 1 more .*stylize the squares/,
    ],
    [
      'pairs of one name',
      ['--content', 'named/contents', '--style', 'named/styles', ...settings, ...model, '--save-pictures'],
      /received a_stylized_b_stylized_c for both .* and .*; rename one of them/,
    ],
    [
      'a file for a folder',
      [...inputs, ...settings, ...model, '-o', 'loss.safetensors'],
      /expected a folder to write into for --output but received a path through a file that is no folder/,
    ],
    [
      'a folder in a file',
      [...inputs, ...settings, ...model, '-o', 'loss.safetensors/x', '--force'],
      /expected a folder to write into for --output but received a path through a file that is no folder/,
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
