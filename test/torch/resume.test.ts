/** Runs moved from Node to PyTorch and back: checkpoints, logs, signals, a distillation's scales. */

import { existsSync, readFileSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/files/lock.ts';
import { readImage } from '../../src/images/node/image-file.ts';
import { resampleImage } from '../../src/images/resample.ts';
import { loadStylizer } from '../../src/node.ts';
import { createRuntime } from '../../src/runtime/node/onnxruntime.ts';
import { readCheckpoint } from '../../src/training/node/checkpoint.ts';
import { parseTrainingConfig, type TrainingSettings } from '../../src/training/config.ts';
import { exportStep } from '../../src/training/node/export-step.ts';
import { packPictures, readSmall } from '../../src/training/node/pack.ts';
import { train } from '../../src/training/node/trainer.ts';
import { readWeights, writeWeights } from '../../src/weights/node/weights-file.ts';
import { root } from '../helpers/package.ts';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../helpers/pictures.ts';
import { python, runPython, startPython, trainScript, unlessTorch, until } from '../helpers/torch.ts';

const runtime = createRuntime({ device: 'cpu', threads: 1 });
let folder = '';
const at = (name: string): string => join(folder, name);

function settings(run: string, changed: Partial<TrainingSettings> = {}) {
  return parseTrainingConfig({
    ...{ stage: 'style', method: 'adain', init: join(root, 'models', 'adain-slim.safetensors') },
    ...{
      contentDir: at('content'),
      styleDir: at('style'),
      saveDir: at(run),
      lossNetwork: at('vgg.safetensors'),
    },
    ...{
      iterations: 6,
      batchSize: 2,
      cropSize: 32,
      regionMin: 24,
      regionMax: 40,
      gridWeight: 0,
      steadinessWeight: 0,
    },
    ...{ holdoutContents: 1, holdoutStyles: 2, logEvery: 1, sampleEvery: 4 },
    ...changed,
  });
}

/** Arguments of the loop for run `run`, whose step is in folder `step`. */
function loop(step: string, run: string, ...more: string[]): string[] {
  return [
    trainScript,
    at(step),
    '--content',
    at('content'),
    '--style',
    at('style'),
    '--out',
    at(run),
    ...more,
  ];
}

async function steps(run: string): Promise<number[]> {
  const text = await readFile(at(`${run}/log.jsonl`), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).step);
}

afterAll(() => runtime.dispose());

describe.runIf(python)('a run', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const [kind, count] of [
      ['content', 5],
      ['style', 6],
    ] as const) {
      await writePictures(at(`${kind} files`), kind, count, { seed: count });
      await packPictures({ folder: at(`${kind} files`), output: at(kind), shortSide: 40, quality: 90 });
    }
    await writeTinyLossNetwork(at('vgg.safetensors'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('goes from Node to PyTorch and back', { timeout: 120_000 }, async () => {
    const stop = new AbortController();
    const events = { onStep: ({ step }: { step: number }) => step === 2 && stop.abort() };
    await train({ config: settings('run'), runtime, signal: stop.signal, events: { onStep: events.onStep } });
    const begun = await readCheckpoint(at('run/checkpoint.safetensors'));
    await exportStep({ config: settings('run'), folder: at('step'), split: false, previous: begun });

    // No step is left to do, and all tensors come back unchanged.
    expect(await runPython(loop('step', 'run', '--resume', '--iterations', '2'), folder)).toMatchObject({
      ...{ code: 0, stderr: '' },
    });
    const same = await readCheckpoint(at('run/checkpoint.safetensors'));
    expect([...same.states.keys()].sort()).toEqual([...begun.states.keys()].sort());
    for (const [name, { data }] of begun.states) expect(same.states.get(name)?.data, name).toEqual(data);
    expect(same).toMatchObject({ step: 2, history: begun.history });

    const ended = await runPython(loop('step', 'run', '--resume', '--iterations', '4'), folder);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/\nstep 4\/4, [\d.e+-]+ steps\/s, 0 min left, content [\d.e+-]+ moments/);
    expect(existsSync(at('run/samples/step-0000004.png'))).toBe(true);
    const left = await readCheckpoint(at('run/checkpoint.safetensors'));
    expect(left).toMatchObject({ step: 4, pictures: 16, config: { ...settings('run'), iterations: 4 } });
    expect(left.hours).toBeGreaterThan(begun.hours);
    expect(Object.keys(left.losses).sort()).toEqual(Object.keys(begun.losses).sort());
    const moved = (kind: string) => left.states.get(`${kind}/decoder.conv1_1.weight`)?.data;
    for (const kind of ['parameter', 'average', 'moment1', 'moment2']) {
      expect(moved(kind), kind).not.toEqual(begun.states.get(`${kind}/decoder.conv1_1.weight`)?.data);
    }

    const result = await train({ config: settings('run'), runtime, resume: true });
    expect(result).toMatchObject({ step: 6, interrupted: false });
    expect(await steps('run')).toEqual([1, 2, 3, 4, 5, 6]);
    const stylizer = await loadStylizer({ model: at('run/model.safetensors') });
    const painting = await stylizer.prepareStyle(at('style files/style-00.png'), { size: 32 });
    const { width, height } = await stylizer.stylize(at('content files/content-00.png'), painting);
    await stylizer.dispose();
    expect([width, height]).toEqual([48, 40]);
  });

  it('refuses a checkpoint of another stage, or of other parameters, as in Node', {
    timeout: 120_000,
  }, async () => {
    await train({ config: settings('frozen', { iterations: 1 }), runtime });
    for (const [name, changed, expected, received] of [
      ['alone', { stage: 'single' }, 'stage single', 'one of stage style'],
      ['whole', { trainEncoder: true }, 'moment1/encoder.conv1_1.weight of shape [16, 3, 3, 3]', 'none'],
    ] as const) {
      await exportStep({ config: settings('frozen', changed), folder: at(`${name} step`), split: false });
      const { code, stderr } = await runPython(loop(`${name} step`, 'frozen', '--resume'), folder);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^expected [^\n]* begin a new run from the checkpoint by --init\n$/);
      expect(stderr).toContain(expected);
      expect(stderr).toContain(`for --resume but received ${received};`);
    }
  });

  it('keeps no averages that it does not update', { timeout: 120_000 }, async () => {
    const checkpoint = at('averaged/checkpoint.safetensors');
    const averages = async () =>
      [...(await readCheckpoint(checkpoint)).states].filter(([name]) => name.startsWith('average/'));
    await train({ config: settings('averaged', { iterations: 1 }), runtime });
    expect(await averages()).not.toEqual([]);
    const previous = await readCheckpoint(checkpoint);
    for (const ema of [0, 0.999]) {
      const config = settings('averaged', { iterations: 2, ema });
      await exportStep({ config, folder: at(`step of ${ema}`), split: false, previous });
    }
    const without = await runPython(loop('step of 0', 'averaged', '--resume'), folder);
    expect(without).toMatchObject({ code: 0, stderr: '' });
    expect(await averages()).toEqual([]);

    // Averages begin anew as their parameters, not as those of the export.
    await runPython(loop('step of 0.999', 'averaged', '--resume'), folder);
    const { states } = await readCheckpoint(checkpoint);
    expect(await averages()).not.toEqual([]);
    for (const [name, { data }] of await averages()) {
      expect(data, name).toEqual(states.get(name.replace('average/', 'parameter/'))?.data);
    }
  });

  it('goes on with a log whose last line a power loss has torn', { timeout: 120_000 }, async () => {
    await exportStep({ config: settings('torn', { iterations: 2 }), folder: at('torn step'), split: false });
    expect((await runPython(loop('torn step', 'torn'), folder)).code).toBe(0);
    const log = at('torn/log.jsonl');
    const [first = '', second = ''] = (await readFile(log, 'utf8')).split('\n');
    // Of a later step, of one that the checkpoint has, and a line that lacks only its end.
    for (const torn of ['{"step":40,"ho', '{"step":2,"ho', `${second.slice(0, 30)}\0\0`, second]) {
      await writeFile(log, `${first}\n${torn}`);
      const { code, stderr } = await runPython(loop('torn step', 'torn', '--resume'), folder);
      expect([code, stderr]).toEqual([0, '']);
      expect(await readFile(log, 'utf8')).toBe(`${first}\n${torn === second ? `${second}\n` : ''}`);
    }
    expect((await readdir(at('torn'))).sort()).toEqual(['checkpoint.safetensors', 'log.jsonl']);
  });

  it('is saved in a form that Node reads even before its first step', { timeout: 60_000 }, async () => {
    await exportStep({ config: settings('none'), folder: at('no step'), split: false });
    const { code, stdout } = await runPython(loop('no step', 'none yet', '--minutes', '0'), folder);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/ --resume --save-dir '\S+none yet'\n$/)]);
    expect(await readCheckpoint(at('none yet/checkpoint.safetensors'))).toMatchObject({
      step: 0,
      losses: {},
    });
  });

  it('measures a distillation’s scales, and becomes a loss network when Node finishes it', {
    timeout: 120_000,
  }, async () => {
    const distil = {
      stage: 'distil',
      method: 'wasserfarbe',
      init: undefined,
      saveDir: at('distil'),
    } as const;
    const config = settings('distil', { ...distil, iterations: 2 });
    await exportStep({ config, folder: at('distil step'), split: false });
    expect(await runPython(loop('distil step', 'distil'), folder)).toMatchObject({ code: 0, stderr: '' });
    const { states, step } = await readCheckpoint(at('distil/checkpoint.safetensors'));
    expect(step).toBe(2);
    const [scale = 0] = states.get('parameter/distil.scale.relu2_1')?.data ?? [];
    expect(scale).toBeGreaterThan(0);
    expect(Number.isFinite(scale)).toBe(true);
    const result = await train({ config: { ...config, iterations: 3 }, runtime, resume: true });
    expect(result.step).toBe(3);
  });

  it('ends when three sheets in a row show only one colour', { timeout: 120_000 }, async () => {
    const init = at('blank.safetensors');
    const { tensors } = await readWeights(join(root, 'models', 'adain-slim.safetensors'));
    const [last, one] = ['weight', 'bias'].map((part) => tensors.get(`decoder.conv1_1.${part}`)?.data);
    last?.fill(0);
    one?.fill(0.5);
    await writeWeights(init, tensors);
    const config = settings('blank', { init, iterations: 20, sampleEvery: 2, learningRate: 1e-12 });
    await exportStep({ config, folder: at('blank step'), split: false });
    const { code, stderr } = await runPython(loop('blank step', 'blank'), folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^expected pictures for the samples at step 6 but received one colour each, as on the 2 sheets before: .*\n$/,
    );
    expect(await readdir(at('blank/samples'))).toHaveLength(3);
  });

  it('saves at SIGTERM and keeps its last checkpoint when killed', { timeout: 120_000 }, async () => {
    const config = settings('long', { iterations: 100_000, saveMinutes: 1e-6 });
    await exportStep({ config, folder: at('long step'), split: false });
    const first = startPython(loop('long step', 'long'), folder);
    await until(() => existsSync(at('long/log.jsonl')) && existsSync(at('long/checkpoint.safetensors')));
    first.kill('SIGTERM');
    const ended = await first.ended;
    expect(ended.code).toBe(143);
    expect(ended.stdout).toMatch(/wasserfarbe train --resume --save-dir \S+long\n$/);
    const { step } = await readCheckpoint(at('long/checkpoint.safetensors'));
    expect(step).toBeGreaterThan(0);
    expect((await steps('long')).at(-1)).toBe(step);

    const refused = await runPython(loop('long step', 'long'), folder);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^expected a folder without a run for --out but received [^\n]*--resume, or --force\n$/,
    );

    const second = startPython(loop('long step', 'long', '--resume'), folder);
    const before = await readFile(at('long/checkpoint.safetensors'));
    await until(() => !before.equals(readFileSync(at('long/checkpoint.safetensors'))));
    second.kill('SIGKILL');
    expect((await second.ended).code).toBe('SIGKILL');
    expect((await readCheckpoint(at('long/checkpoint.safetensors'))).step).toBeGreaterThan(step);
  });

  it('leaves an earlier run whole until it begins, then nothing of it', { timeout: 120_000 }, async () => {
    const config = settings('kept', { iterations: 2 });
    await exportStep({ config, folder: at('kept step'), split: false });
    expect((await runPython(loop('kept step', 'kept'), folder)).code).toBe(0);
    const files = ['kept/checkpoint.safetensors', 'kept/log.jsonl'].map(at);
    const before = await Promise.all(files.map((file) => readFile(file)));
    const refused = await runPython(loop('kept step', 'kept', '--force', '--content', at('nothing')), folder);
    expect(refused.stderr).toContain('expected a folder of wasserfarbe dataset pack for --content');
    expect(await Promise.all(files.map((file) => readFile(file)))).toEqual(before);
    // It ends before its first step, and its own checkpoint says so.
    await runPython(loop('kept step', 'kept', '--force', '--minutes', '0'), folder);
    expect((await readCheckpoint(at('kept/checkpoint.safetensors'))).step).toBe(0);
    expect(await steps('kept')).toEqual([]);
  });

  /** Runs the loop with a line of Python before it, in which `train` is the module. */
  function runWith(line: string, args: readonly string[]) {
    const [script, ...flags] = args;
    const source = `import sys; sys.path.insert(0, ${JSON.stringify(dirname(script ?? ''))})\nimport train\n${line}`;
    return runPython(['-c', source, ...flags], folder);
  }

  it('that is interrupted after a loss that is no number leaves the checkpoint from before', {
    timeout: 120_000,
  }, async () => {
    const config = settings('spoilt', { iterations: 2, logEvery: 50 });
    await exportStep({ config, folder: at('spoilt step'), split: false });
    expect((await runPython(loop('spoilt step', 'spoilt'), folder)).code).toBe(0);
    const before = await readFile(at('spoilt/checkpoint.safetensors'));
    const spoil = `see = train.Watch.see
def spoilt(self, losses):
    see(self, losses * float("nan"))
    import os, signal; os.kill(os.getpid(), signal.SIGTERM)
train.Watch.see = spoilt; train.main()`;
    const ended = await runWith(spoil, loop('spoilt step', 'spoilt', '--resume', '--iterations', '9'));
    expect(ended.stderr).toMatch(/^expected a finite number for loss \S+ at step 3 but received nan; .*\n$/);
    expect((await readFile(at('spoilt/checkpoint.safetensors'))).equals(before)).toBe(true);
  });

  it('refuses a folder in use, and a pack of fewer pictures than are held back', {
    timeout: 120_000,
  }, async () => {
    const config = settings('used', { holdoutStyles: 6 });
    await exportStep({ config, folder: at('used step'), split: false });
    const few = await runPython(loop('used step', 'few'), folder);
    expect(few.stderr).toMatch(
      /^expected more than 6 pictures for \S+ but received 6; lower --holdout-styles and export the step again\n$/,
    );
    expect(existsSync(at('few/run.lock'))).toBe(false);
    const words = { expected: 'a folder in which nothing else trains', name: '--save-dir' };
    const lock = await takeLock(at('few/run.lock'), words);
    const refused = await runPython(loop('used step', 'few'), folder);
    expect(refused.stderr).toMatch(
      /^expected a folder in which nothing else trains for --out but received one/,
    );
    await lock.release();
  });

  it('of a single painting refuses several, as in Node', { timeout: 60_000 }, async () => {
    const config = settings('several', { stage: 'single', holdoutStyles: 0 });
    await exportStep({ config, folder: at('single step'), split: false });
    const { code, stderr } = await runPython(loop('single step', 'several'), folder);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `expected one painting for stage single for ${at('style')} but received 6; ` +
        'pack a folder with the painting alone, or its name in a --list\n',
    );
  });

  it('takes over the lock of a process that has ended, also if its number has come again, and no other', {
    timeout: 60_000,
  }, async () => {
    const words = { expected: 'a folder in which nothing else trains', name: '--save-dir' };
    const lock = await takeLock(at('node.lock'), words);
    const { began } = JSON.parse(await readFile(at('node.lock'), 'utf8'));
    await lock.release();
    const tries = `import json, os, socket
from pathlib import Path
path = Path("run.lock")
def found(text):
    path.write_text(text)
    try:
        train.lock(Path("."))
        print("taken")
    except SystemExit as refusal:
        print(refusal)
def left(**holder):
    found(json.dumps({"host": socket.gethostname(), "token": "other", **holder}))
left(pid=os.getpid())
left(pid=2**22 + 1)
left(pid=os.getppid(), began="1")
print(path.read_text())
left(pid=os.getppid())
left(pid=os.getppid(), began=train.began(os.getppid()))
left(pid=1, host="elsewhere")
found('{"pid": 1}')
found("torn")
print(train.began(os.getppid()))`;
    const ended = await runWith(tries, [trainScript]);
    expect(ended.stderr).toBe('');
    const lines = ended.stdout.trimEnd().split('\n');
    const refusal = (by: string) =>
      `expected a folder in which nothing else trains for --out but received one in use by ${by}; ` +
      'end that process, or delete run.lock if there is none';
    const isLinux = process.platform === 'linux';
    const again = isLinux ? 'taken' : refusal(`process ${process.pid}`);
    expect(lines.slice(0, 3)).toEqual(['taken', 'taken', again]);
    expect(lines.slice(4, 9)).toEqual([
      refusal(`process ${process.pid}`),
      refusal(`process ${process.pid}`),
      refusal('process 1 of another computer'),
      refusal('another process'),
      refusal('another process'),
    ]);
    if (!isLinux) return;
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({
      token: 'train.py',
      began: expect.stringMatching(/^\d+$/),
    });
    expect(lines[9]).toBe(began);
  });

  it('leaves the lock of a process that comes first while both begin', { timeout: 60_000 }, async () => {
    const tries = `import json, os, socket
from pathlib import Path
path = Path("raced") / "run.lock"
path.parent.mkdir()
began = train.began
def slow(process):
    if not path.exists():
        path.write_text(json.dumps({"pid": os.getppid(), "host": socket.gethostname(), "token": "first"}))
    return began(process)
train.began = slow
try:
    train.lock(path.parent)
    print("taken")
except SystemExit as refusal:
    print(refusal)
print(json.loads(path.read_text())["token"], os.listdir(path.parent))`;
    const ended = await runWith(tries, [trainScript]);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(
      /^expected a folder in which nothing else trains .*\nfirst \['run\.lock'\]\n$/,
    );
  });

  it('reduces packed pictures to the size of the settings, as in Node', { timeout: 60_000 }, async () => {
    const { plan } = await exportStep({
      ...{ config: settings('small', { cacheSize: 30 }), folder: at('small step'), split: false },
    });
    const file = join(at('content files'), (await readdir(at('content files')))[0] ?? '');
    const { width, height } = await readSmall(file, 30);
    const shape = `print(list(train.decode(open(${JSON.stringify(file)}, "rb").read(), ${JSON.stringify(plan.crops)}).shape))`;
    const ended = await runWith(shape.replaceAll(/\b(true|false)\b/g, '0'), [trainScript]);
    expect(ended).toMatchObject({ code: 0, stdout: `[3, ${height}, ${width}]\n` });
  });

  it('enlarges packed pictures to squares by the filter of Node', { timeout: 60_000 }, async () => {
    const config = settings('squares', { cacheSize: 56, resize: 'square' });
    const { plan } = await exportStep({ config, folder: at('squares step'), split: false });
    const file = join(at('content files'), (await readdir(at('content files')))[0] ?? '');
    // libvips moves what it enlarges by half a pixel, which is no matter of the filter.
    const { data } = resampleImage(await readImage(file), { width: 56, height: 56 }, { centred: true });
    const pixels = `print(train.decode(open(${JSON.stringify(file)}, "rb").read(), {"square": ${plan.crops.square}}).flatten().tolist())`;
    const ended = await runWith(pixels, [trainScript]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const made: number[] = JSON.parse(ended.stdout);
    const apart = made.map((value, i) => Math.abs(value - 255 * (data[i] ?? Number.NaN)));
    expect(apart.reduce((sum, value) => sum + value, 0) / apart.length).toBeLessThan(0.7);
  });

  it('saves between two lines of its log too', { timeout: 120_000 }, async () => {
    const config = settings('saved', { iterations: 3, logEvery: 50, saveMinutes: 1e-6 });
    await exportStep({ config, folder: at('saved step'), split: false });
    const counted = `write = train.write_tensors
def counted(path, tensors, metadata=None):
    print("saved", train.json.loads(metadata[train.CHECKPOINT_KEY])["step"])
    write(path, tensors, metadata)
train.write_tensors = counted; train.main()`;
    const { stdout, stderr } = await runWith(counted, loop('saved step', 'saved'));
    expect(stderr).toBe('');
    expect(stdout.match(/^saved \d$/gm)).toEqual(['saved 1', 'saved 2', 'saved 3', 'saved 3']);
  });

  it('goes on without a sheet of samples, and says in a line that its end cannot be saved', {
    timeout: 120_000,
  }, async () => {
    const config = settings('filled', { iterations: 2, sampleEvery: 1 });
    await exportStep({ config, folder: at('filled step'), split: false });
    const full = `import errno, os
def full(*_): raise OSError(errno.ENOSPC, "No space left on device")
train.square = os.fsync = full; train.cut_log = lambda *_: None; train.main()`;
    const { code, stdout, stderr } = await runWith(full, loop('filled step', 'filled'));
    expect(stdout).toContain(
      'step 1: the sheet of samples failed: [Errno 28] No space left on device; the run goes on',
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^expected a place to write for [^\n]* device; make room[^\n]*\n$/),
    ]);
    expect(await readdir(at('filled'))).toEqual(['log.jsonl']);
  });

  it('names the shard that a pack lacks', { timeout: 60_000 }, async () => {
    await exportStep({ config: settings('lacking'), folder: at('lacking step'), split: false });
    await cp(at('content'), at('lacking content'), { recursive: true });
    await rm(at('lacking content/00000.tar'));
    const { code, stderr } = await runPython(
      [...loop('lacking step', 'lacking'), '--content', at('lacking content')],
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^expected a picture of the pack for [^\n]*00000\.tar but received [^\n]*; fetch or pack it again\n$/,
    );
  });

  it('that ends early while its losses rise leaves the checkpoint from before', {
    timeout: 120_000,
  }, async () => {
    const config = settings('rising', { iterations: 2 });
    await exportStep({ config, folder: at('rising step'), split: false });
    expect((await runPython(loop('rising step', 'rising'), folder)).code).toBe(0);
    const before = await readFile(at('rising/checkpoint.safetensors'));
    const more = ['--resume', '--iterations', '9', '--minutes', '0'];
    const rising = 'train.Watch.healthy = lambda self: False; train.main()';
    const { stdout } = await runWith(rising, loop('rising step', 'rising', ...more));
    expect(stdout).toContain('losses are well above their best; the checkpoint of step 2 stays');
    expect((await readFile(at('rising/checkpoint.safetensors'))).equals(before)).toBe(true);
  });
});

it.skipIf(python)(`resuming${unlessTorch}`, () => {});
