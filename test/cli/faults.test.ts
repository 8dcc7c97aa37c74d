/** Odd files, names and places, on the command line: one line each, no waiting, nothing else touched. */

import { execFileSync, spawn } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, type Ended, root, start } from '../helpers/package.ts';
import { quarters, sharpOf, temporaryFolder, writePictures } from '../helpers/pictures.ts';
import { chrm, P3, withChunks } from '../helpers/tagged.ts';

const main = join(root, 'dist', 'cli', 'main.js');
let folder = '';
let model: string[] = [];
const at = (...names: string[]): string => join(folder, ...names);
const run = (...args: string[]) => cli([...args, ...model], folder);
/** Strength 0 is the quickest that writes a picture. */
const paint = (...args: string[]) =>
  run('stylize', '--strength', '0', '--style-size', '32', '--style', 's.png', ...args);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = ['--model', await writeRandomModel(folder), '--threads', '1'];
  const [name = ''] = await writePictures(folder, 'p', 1, { width: 32, height: 32 });
  await copyFile(at(name), at('p.png'));
  await copyFile(at(name), at('s.png'));
  await rm(at(name));
});

afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(process.platform === 'win32')('a named pipe, wherever a path is named', () => {
  it('is refused or skipped, and never waited for', { timeout: 60_000 }, async () => {
    await mkdir(at('styles'));
    await copyFile(at('s.png'), at('styles', 'a.png'));
    execFileSync('mkfifo', [
      at('styles', 'pipe.jpg'),
      at('pipe.style'),
      at('pipe.json'),
      at('pipe.safetensors'),
    ]);
    const needed = ['--stage', 'distil', '--content-dir', '.', '--style-dir', '.', '--save-dir', 'run'];
    const line = 'but received a named pipe';
    const runs: [Promise<Ended>, number, RegExp][] = [
      [
        run('stylize', '--content', 'p.png', '--style', 'styles', '-o', 'out', '--style-size', '32'),
        1,
        /^out\/p_stylized_a\.jpg/,
      ],
      [
        run(
          'sheet',
          '--content',
          'p.png',
          '--style',
          'styles',
          '-o',
          'sheet.png',
          '--cell',
          '32',
          '--size',
          '32',
          '--style-size',
          '32',
        ),
        1,
        /^sheet\.png/,
      ],
      [run('style', 'encode', 'styles', '-o', 'encoded', '--style-size', '32'), 1, /^encoded\/a\.style/],
      [cli(['style', 'info', 'pipe.style'], folder), 1, /^$/],
      [cli(['train', ...needed, '--config', 'pipe.json'], folder), 2, /^$/],
      [cli(['train', ...needed, '--loss-network', 'pipe.safetensors'], folder), 1, /./],
      [cli(['dataset', 'pack', 'styles', 'packed', '--list', 'pipe.json'], folder), 2, /^$/],
      [
        cli(['stylize', '-c', 'p.png', '-s', 's.png', '-o', 'x.png', '--model', 'pipe.safetensors'], folder),
        1,
        /^$/,
      ],
    ];
    for (const [running, code, stdout] of runs) {
      const ended = await running;
      expect(ended.stderr).toContain(line);
      expect(ended).toMatchObject({ code, stdout: expect.stringMatching(stdout) });
      expect(ended.stderr).not.toContain('internal');
    }
  });
});

describe.skipIf(process.platform === 'win32')('whose file it is', () => {
  it('with --force: permissions stay, and links; without, a link to nowhere is not written through', async () => {
    await writeFile(at('private.png'), 'old');
    await chmod(at('private.png'), 0o600);
    await writeFile(at('target.png'), 'old');
    await symlink('target.png', at('link.png'));
    await symlink('nowhere/else.png', at('dangling.png'));
    expect((await paint('--content', 'p.png', '-o', 'private.png', '--force')).code).toBe(0);
    expect((await stat(at('private.png'))).mode & 0o777).toBe(0o600);
    expect((await paint('--content', 'p.png', '-o', 'link.png', '--force')).code).toBe(0);
    expect((await lstat(at('link.png'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('target.png'))).toEqual(await readFile(at('private.png')));
    const refused = await paint('--content', 'p.png', '-o', 'dangling.png');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('but received dangling.png, which exists; add --force');
    expect((await lstat(at('dangling.png'))).isSymbolicLink()).toBe(true);
  });

  it('two trainings in one folder: the second ends with a line', { timeout: 60_000 }, async () => {
    await mkdir(at('set'));
    for (let i = 0; i < 3; i++) await copyFile(at('p.png'), at('set', `${i}.png`));
    const flags = [
      '--stage',
      'distil',
      '--content-dir',
      'set',
      '--style-dir',
      'set',
      '--save-dir',
      'run/one',
    ];
    const small = ['--crop-size', '32', '--region-min', '24', '--batch-size', '1', '--threads', '1'];
    const held = ['--holdout-contents', '1', '--holdout-styles', '1', '--log-every', '1'];
    const args = ['train', ...flags, ...small, ...held];
    const first = start(process.execPath, [main, ...args, '--iterations', '100000'], folder);
    const end = async (): Promise<void> => {
      first.kill('SIGKILL');
      await first.ended;
    };
    onTestFinished(end);
    const log = at('run/one', 'log.jsonl');
    while (!(await readFile(log, 'utf8').catch(() => '')).includes('\n')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const second = await cli([...args, '--seed', '2', '--force'], folder);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(
        `^wasserfarbe: expected a folder in which nothing else trains for --save-dir but received one in use by process ${first.pid};[^\n]*\n$`,
      ),
    );
    await end();
    const steps = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).step);
    expect(steps).toEqual(steps.map((_, i) => i + 1));
    // The lock of a killed process is nobody's.
    const third = await cli([...args, '--iterations', '1'], folder);
    expect(third).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(at('run/one'))).not.toContain('run.lock');
  });
});

describe.skipIf(process.platform === 'win32')('names', () => {
  it('are kept, and shown as text', async () => {
    const names = ['back\\slash.png', 'esc\u001b[31mred.png', 'new\nline.png', '\uffff.png'];
    await mkdir(at('names'));
    for (const name of names) await copyFile(at('p.png'), at('names', name));
    const { code, stdout, stderr } = await paint('--content', 'names', '-o', 'named', '--format', 'png');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout
        .replace(/ {2}32×32 {2}[\d.]+ s/g, '')
        .split('\n')
        .slice(0, -1)
        .sort(),
    ).toEqual([
      'named/back\\slash_stylized_s.png',
      'named/esc\\x1b[31mred_stylized_s.png',
      'named/new\\nline_stylized_s.png',
      'named/\uffff_stylized_s.png',
    ]);
    expect((await readdir(at('named'))).sort()).toEqual(
      names.map((name) => name.replace('.png', '_stylized_s.png')).sort(),
    );
    const json = await paint('--content', 'names', '-o', 'named', '--format', 'png', '--force', '--json');
    expect(json.stdout).not.toMatch(/[^\P{Cc}\n]/u);
    expect(JSON.parse(json.stdout).results).toHaveLength(4);
    const sheet = await run(
      'sheet',
      '--content',
      'names',
      '--style',
      's.png',
      '-o',
      'names.png',
      '--cell',
      '32',
      '--size',
      '32',
      '--style-size',
      '32',
    );
    expect(sheet).toMatchObject({ code: 0, stderr: '' });
  });

  it('of 255 bytes can be written, and longer ones are not made', async () => {
    const long = `${'x'.repeat(251)}.png`;
    expect((await paint('--content', 'p.png', '-o', long)).code).toBe(0);
    const { code, stderr } = await paint('--content', long, '-o', 'cut', '--format', 'webp');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [made = ''] = await readdir(at('cut'));
    expect(made).toMatch(/^x{200,}\.webp$/);
  });
});

describe.skipIf(process.platform === 'win32')('a pattern', () => {
  it('gives its other files if one leads nowhere', async () => {
    await mkdir(at('many'));
    for (const name of ['a.png', 'b.png']) await copyFile(at('p.png'), at('many', name));
    await symlink('nowhere.png', at('many', 'dangling.png'));
    const { code, stdout, stderr } = await paint('--content', 'many/*.png', '-o', 'matched');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^matched\/a_stylized_s\.jpg .*\nmatched\/b_stylized_s\.jpg .*\n$/);
    expect(stderr).toContain('expected a picture file for many/dangling.png but received no such file');
  });
});

describe('colours that are not shown as a file names them', () => {
  it('give one line each, of contents and of styles', async () => {
    await writeFile(
      at('named.png'),
      withChunks(await sharpOf(quarters(32, 32), 32, 32).png().toBuffer(), chrm(...P3)),
    );
    const line =
      'wasserfarbe: named.png names colours that are not known here (cHRM without a curve): its values are taken as sRGB\n';
    const styled = run(
      'stylize',
      '--style',
      'named.png',
      '--content',
      'p.png',
      '-o',
      'styled.png',
      '--strength',
      '0',
      '--style-size',
      '32',
    );
    expect(await styled).toMatchObject({ code: 0, stderr: line });
    expect(await paint('--content', 'named.png', '-o', 'contents.png')).toMatchObject({
      code: 0,
      stderr: line,
    });
    const encoded = run('style', 'encode', 'named.png', '-o', 'named.style', '--style-size', '32');
    expect(await encoded).toMatchObject({ code: 0, stderr: line });
    const sheet = run(
      'sheet',
      '--content',
      'p.png',
      '--style',
      'named.png',
      '-o',
      'named-sheet.png',
      '--cell',
      '32',
      '--size',
      '32',
      '--style-size',
      '32',
    );
    expect(await sheet).toMatchObject({ code: 0, stderr: line });
  });
});

describe('places', () => {
  it.skipIf(process.platform !== 'linux')('a full standard output is one line', async () => {
    for (const json of [[], ['--json']]) {
      const full = await open('/dev/full', 'w');
      const flags = ['--strength', '0', '--style-size', '32', '--force', ...json, ...model];
      const args = [main, 'stylize', '--content', 'p.png', '--style', 's.png', '-o', 'full.png', ...flags];
      const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', full.fd, 'pipe'] });
      let stderr = '';
      child.stderr?.on('data', (text) => {
        stderr += text;
      });
      const code = await new Promise((resolve) => child.on('close', resolve));
      await full.close();
      expect(stderr).toBe('wasserfarbe: expected room for standard output but received a full disk\n');
      expect(code).toBe(1);
      expect((await stat(at('full.png'))).size).toBeGreaterThan(100);
    }
  });

  it('nothing appears beside the output, in the home folder least of all', async () => {
    for (const home of [true, false]) {
      const [house, work] = [at(`home-${home}`), at(`work-${home}`)];
      await mkdir(house);
      await mkdir(work);
      for (const name of ['p.png', 's.png', 'random.safetensors', 'random.json'])
        await cp(at(name), join(work, name));
      const env = { PATH: process.env.PATH, HOME: home ? house : '/nonexistent', TMPDIR: house };
      const flags = ['--style', 's.png', '--style-size', '32', '--model', './random.safetensors'];
      const args = [main, 'stylize', '--content', 'p.png', '-o', 'a.png', ...flags];
      expect(await start(process.execPath, args, work, env).ended).toMatchObject({ code: 0, stderr: '' });
      expect(await readdir(house)).toEqual([]);
      expect((await readdir(work)).sort()).toEqual([
        'a.png',
        'p.png',
        'random.json',
        'random.safetensors',
        's.png',
      ]);
    }
  });

  it('whoever wants the telemetry of ONNX Runtime keeps it; everyone else has it off', async () => {
    const library = JSON.stringify(join(root, 'dist', 'node.js'));
    const program = `const { createRuntime } = await import(${library});
      await createRuntime({ threads: 1 }).dispose();
      console.log(process.env.ORT_DISABLE_TELEMETRY)`;
    const told = async (env: NodeJS.ProcessEnv) =>
      (await start(process.execPath, ['--input-type=module', '-e', program], folder, env).ended).stdout;
    expect(await told({})).toBe('1\n');
    expect(await told({ ORT_DISABLE_TELEMETRY: '0' })).toBe('0\n');
  });

  it('ONNX Runtime is loaded in one place, which turns it off', async () => {
    const files = await readdir(join(root, 'src'), { recursive: true });
    const loading: string[] = [];
    for (const name of files.filter((file) => /(?<!\.test)\.ts$/.test(file))) {
      const text = await readFile(join(root, 'src', name), 'utf8');
      const imports = text.replace(/^import type .*$/gm, '');
      if (/(from|import\(|require\(|\)\()\s*'onnxruntime-node'/.test(imports)) loading.push(name);
    }
    expect(loading).toEqual([join('runtime', 'node', 'load.ts')]);
  });
});

describe('files that users name', () => {
  /** These read what the package itself has made or brings along. */
  const own = [
    'export-model.ts',
    'export-network.ts',
    'studio/node/files.ts',
    'studio/node/server.ts',
    'study/node/server.ts',
  ];

  it('are opened in one way', async () => {
    const files = (await readdir(join(root, 'src'), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    const others: string[] = [];
    for (const name of files.filter((file) => !file.endsWith('.test.ts'))) {
      const text = await readFile(join(root, 'src', name), 'utf8');
      // A stream of a file that is open already is no second way.
      const reads =
        /\breadFile\(|(?<!\bfile\.)createReadStream\(|\bopen\([\w.]+\)|\bopen\([\w.]+, 'r'\)/.test(text);
      if (reads && /from 'node:fs(\/promises)?'/.test(text)) others.push(name);
    }
    const unknown = others.filter((name) => !own.some((ending) => name.endsWith(ending)));
    // Those open temporary files of their own.
    expect(unknown.sort()).toEqual(['files/regular.ts', 'images/node/pixel-file.ts']);
  });
});
