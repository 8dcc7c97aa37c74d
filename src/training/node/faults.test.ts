/** What must not end a training, or must end it before any picture is read. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../../../test/helpers/pictures.ts';
import type { Outputs } from '../../graph/tensor.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { readWeights, writeWeights } from '../../weights/node/weights-file.ts';
import { parseTrainingConfig, type TrainingSettings } from '../config.ts';
import { CHECKPOINT_FILE, MODEL_FILE } from './run-folder.ts';
import { type Progress, type TrainingOptions, train } from './trainer.ts';

const runtime = createRuntime({ device: 'cpu', threads: 1 });
let folder = '';
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), 'content', 4, { seed: 1 });
  await writePictures(at('style'), 'style', 4, { seed: 100 });
  await writeTinyLossNetwork(at('vgg.safetensors'));
});

afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

function settings(saveDir: string, changed: Partial<TrainingSettings> = {}) {
  return parseTrainingConfig({
    stage: 'distil',
    contentDir: at('content'),
    styleDir: at('style'),
    saveDir: at(saveDir),
    lossNetwork: at('vgg.safetensors'),
    iterations: 1,
    batchSize: 1,
    cropSize: 48,
    regionMin: 24,
    regionMax: 40,
    holdoutContents: 1,
    holdoutStyles: 1,
    logEvery: 1,
    ...changed,
  });
}

/** Trains, and gives the messages. */
async function messagesOf(
  options: Omit<TrainingOptions, 'runtime'>,
  on: Runtime = runtime,
): Promise<string[]> {
  const messages: string[] = [];
  const events = { ...options.events, onMessage: (text: string) => void messages.push(text) };
  await train({ ...options, runtime: on, events });
  return messages;
}

/** The message of the error with which a training ends, and whether it has begun to read pictures. */
async function refusal(config: ReturnType<typeof settings>): Promise<{ message: string; read: boolean }> {
  const messages: string[] = [];
  const message = await train({ config, runtime, events: { onMessage: (text) => messages.push(text) } }).then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
  return { message, read: messages.some((text) => /pictures in/.test(text)) };
}

describe('odd entries of a folder', () => {
  it.skipIf(process.platform === 'win32')('are skipped, each with a line', async () => {
    await cp(at('content'), at('odd'), { recursive: true });
    await symlink('nowhere.jpg', at('odd', 'dangling.jpg'));
    await symlink('loop.jpg', at('odd', 'loop.jpg'));
    await symlink('.', at('odd', 'folder.jpg'));
    execFileSync('mkfifo', [at('odd', 'pipe.jpg')]);
    await mkdir(at('odd', 'inner.jpg'));
    await writeFile(at('odd', 'esc\u001b[31m.jpg'), '');
    const misnamed = Buffer.concat([Buffer.from(at('odd', 'caf')), Buffer.from([0xe9]), Buffer.from('.jpg')]);
    const written = await writeFile(misnamed, '').then(
      () => true,
      // Some file systems have names in UTF-8 only.
      () => false,
    );
    const messages = await messagesOf({ config: settings('run', { contentDir: at('odd') }) });
    const skipped = messages.filter((text) => text.startsWith('skipped ')).join('\n');
    for (const [name, reason] of [
      ['dangling.jpg', 'no such file'],
      ['loop.jpg', 'links that lead in a circle'],
      ['folder.jpg', 'a folder'],
      ['pipe.jpg', 'a named pipe'],
      ['esc\\x1b[31m.jpg', 'an empty file'],
      ...(written ? [['caf\ufffd.jpg', 'a name that is not UTF-8']] : []),
    ] as const) {
      expect(skipped).toContain(`skipped ${name}: `);
      expect(skipped.split('\n').find((line) => line.startsWith(`skipped ${name}:`))).toContain(
        `received ${reason}`,
      );
    }
    expect(messages).toContainEqual(expect.stringMatching(/^4 content pictures in/));
  });
});

describe('the cache of pictures', () => {
  const statesOf = async (run: string) => {
    const { tensors } = await readWeights(at(run, 'run', CHECKPOINT_FILE));
    const hash = createHash('sha256');
    for (const name of [...tensors.keys()].sort()) hash.update(name).update(tensors.get(name)?.data ?? '');
    return `${tensors.size} ${hash.digest('hex')}`;
  };
  const isAboutIt = (text: string) => /cache|decoded/.test(text);

  it('without room is said once, and changes nothing but the time, resumed or not', {
    timeout: 60_000,
  }, async () => {
    await cp(at('style'), at('styles'), { recursive: true });
    const whole = await readFile(at('style', 'style-00.png'));
    await writeFile(at('styles', 'broken.png'), whole.subarray(0, whole.length - 500));
    const own = (run: string, changed: Partial<TrainingSettings> = {}) =>
      settings(join(run, 'run'), { iterations: 5, styleDir: at('styles'), ...changed });
    const large = await messagesOf({ config: own('large') });
    expect(large.filter(isAboutIt)).toEqual([]);
    expect(large.filter((text) => text.startsWith('skipped broken.png: '))).toHaveLength(1);
    const small: string[] = [];
    const stop = new AbortController();
    const onStep = ({ step }: Progress) => step === 2 && stop.abort();
    const events = { onMessage: (text: string) => small.push(text), onStep };
    await train({ config: own('small', { cacheLimit: '20kB' }), runtime, signal: stop.signal, events });
    expect(small.filter(isAboutIt)).toEqual([
      '49 % of the pictures fit into the cache; the others are decoded whenever they are drawn (all: --cache-limit 1GB)',
    ]);
    await messagesOf({ config: own('small', { cacheLimit: '0' }), resume: true });
    const kept = await readdir(at('small', 'cache', 'pictures'), { recursive: true });
    expect(kept.filter((name) => name.endsWith('.rgb'))).toHaveLength(3);
    await mkdir(at('none'));
    await writeFile(at('none', 'cache'), 'no folder');
    const none = await messagesOf({ config: own('none') });
    expect(none.filter(isAboutIt)).toEqual([
      `pictures are decoded whenever they are drawn: the cache ${at('none', 'cache', 'pictures')} is a path through a file that is no folder`,
    ]);
    const states = await statesOf('large');
    for (const run of ['none', 'small']) expect(await statesOf(run)).toBe(states);
  });
});

describe('a folder for one run at a time', () => {
  it('is refused to a second run, which changes nothing, and free afterwards', async () => {
    let second: Promise<string> | undefined;
    let log = '';
    await train({
      config: settings('shared', { iterations: 3 }),
      runtime,
      events: {
        onStep: ({ step }) => {
          if (step !== 2) return;
          second = train({ config: settings('shared', { seed: 2 }), runtime, overwrite: true }).then(
            () => 'no error',
            (error: unknown) => (error instanceof Error ? error.message : ''),
          );
        },
      },
    });
    log = await readFile(at('shared', 'log.jsonl'), 'utf8');
    expect(await second).toBe(
      `expected a folder in which nothing else trains for --save-dir but received one in use by process ${process.pid}; end that process, or delete ${at('shared', 'run.lock')} if there is none`,
    );
    expect(
      log
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).step),
    ).toEqual([1, 2, 3]);
    expect(await readdir(at('shared'))).not.toContain('run.lock');
    await messagesOf({ config: settings('shared', { iterations: 4 }), resume: true });
  });
});

describe('before pictures are read', () => {
  it('a loss network that ends too early is refused', async () => {
    const { tensors } = await readWeights(at('vgg.safetensors'));
    const short = new Map([...tensors].filter(([name]) => !/^conv[45]/.test(name)));
    await writeWeights(at('short.safetensors'), short);
    const { message, read } = await refusal(settings('early', { lossNetwork: at('short.safetensors') }));
    expect(message).toMatch(/conv4_1/);
    expect(message).toContain('short.safetensors');
    expect(read).toBe(false);
  });

  it('missing files are called by the setting that names them', async () => {
    const gone = at('gone.safetensors');
    for (const [changed, name] of [
      [{ stage: 'autoencode', encoder: gone }, '--encoder'],
      [{ stage: 'autoencode', init: gone }, '--init'],
      [{ lossNetwork: gone }, 'the loss network'],
    ] as const) {
      const { message, read } = await refusal(settings('none', changed));
      expect(message).toBe(
        `expected a file that can be read for ${name} but received no such file (${gone})`,
      );
      expect(read).toBe(false);
    }
  });

  it('what is no training is refused', async () => {
    const any = (value: unknown) => value as never;
    for (const [options, line] of [
      [undefined, 'expected training settings for config but received undefined'],
      [
        { config: settings('none') },
        'expected a runtime from createRuntime for runtime but received undefined',
      ],
      [{ config: { stage: 'distil', iteratons: 3 }, runtime }, /^training setting /],
    ] as const) {
      await expect(train(any(options))).rejects.toThrow(line);
    }
  });

  it('an encoder of another width is called by its own name', async () => {
    const own = { stage: 'autoencode', preset: 'paper' } as const;
    const config = settings('wide', { ...own, encoder: at('vgg.safetensors') });
    const { message, read } = await refusal(config);
    expect(message).toMatch(/tensor encoder\.conv1_1\.weight .*vgg\.safetensors\).*name another --encoder$/);
    expect(read).toBe(false);
  });
});

describe('a finished run', () => {
  it('has a checkpoint if its model cannot be written, and resuming writes it', async () => {
    await mkdir(at('full', MODEL_FILE), { recursive: true });
    const { message } = await refusal(settings('full'));
    expect(message).toMatch(
      /^expected a model that can be written for .*model\.safetensors but received .*a folder/,
    );
    expect(message).toContain('the run is finished and its checkpoint saved: wasserfarbe train --resume');
    expect(existsSync(at('full', CHECKPOINT_FILE))).toBe(true);
    await rm(at('full', MODEL_FILE), { recursive: true });
    await messagesOf({ config: settings('full'), resume: true });
    expect(existsSync(at('full', MODEL_FILE))).toBe(true);
  });

  it('has its weights although units cannot be counted, nor the log be written', async () => {
    const isMeasuring = (name: string) => name.endsWith('.error') || /conv\d_\d$/.test(name);
    const failing: Runtime = {
      ...runtime,
      async compile<K extends string>(outputs: Readonly<Record<K, Outputs[string]>>) {
        if (Object.keys(outputs).some(isMeasuring)) throw new Error('no memory');
        return runtime.compile(outputs);
      },
    };
    // The log can no longer be written, once the run has begun.
    const events = { onStep: () => void mkdirSync(at('failing', 'log.jsonl'), { recursive: true }) };
    const messages = await messagesOf({ config: settings('failing'), events }, failing);
    expect(existsSync(at('failing', MODEL_FILE))).toBe(true);
    expect(messages).toContainEqual(
      expect.stringMatching(/^step 1: its line in the log failed: EISDIR.*; the run goes on$/),
    );
    expect(messages).toContain(
      'step 1: measuring the network for its card failed: no memory; the run goes on',
    );
    expect(messages).toContain(
      'step 1: the search for units that never fire failed: no memory; the run goes on',
    );
  });
});
