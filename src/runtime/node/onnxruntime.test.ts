import { listSupportedBackends } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../../test/helpers/numbers.ts';
import { root, start } from '../../../test/helpers/package.ts';
import { DeviceError, ShapeError } from '../../errors.ts';
import { sum } from '../../graph/composed.ts';
import { evaluate } from '../../graph/evaluate.ts';
import { gradients } from '../../graph/gradients.ts';
import { add, exp, mul, relu, sub } from '../../graph/ops/elementwise.ts';
import { conv, softmax } from '../../graph/ops/linear.ts';
import { constant, input } from '../../graph/ops/sources.ts';
import { maxPool, reflectPad } from '../../graph/ops/spatial.ts';
import { devices } from '../devices.ts';
import { createRuntime } from './onnxruntime.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
afterAll(() => runtime.dispose());

const x = input('x', [2, 2]);
const y = input('y', [2]);
const feeds = { x: Float32Array.of(1, 2, 3, 4), y: Float32Array.of(10, 20) };

describe('run', () => {
  it('agrees with the reference', async () => {
    const outputs = { sum: add(x, y), loss: sum(exp(mul(x, 0.1))) };
    const program = await runtime.compile(outputs);
    const results = await program.run(feeds);
    expect(Object.keys(results)).toEqual(['sum', 'loss']);
    expect(results.sum).toEqual(Float32Array.of(11, 22, 13, 24));
    expectClose(results.loss, evaluate(outputs, feeds).loss, 1e-6);
  });

  it('takes new values in every run', async () => {
    const program = await runtime.compile({ double: mul(y, 2) });
    expect(await program.run({ y: Float32Array.of(1, 2) })).toEqual({ double: Float32Array.of(2, 4) });
    expect(await program.run({ y: Float32Array.of(3, 5) })).toEqual({ double: Float32Array.of(6, 10) });
  });

  it('returns results that belong to the caller', async () => {
    const program = await runtime.compile({ same: y, two: constant([2], []) });
    const feed = { y: Float32Array.of(1, 2) };
    const first = await program.run(feed);
    first.same[0] = 9;
    first.two[0] = 9;
    expect(feed.y[0]).toBe(1);
    expect(await program.run(feed)).toEqual({ same: Float32Array.of(1, 2), two: Float32Array.of(2) });
    expect(first.same[0]).toBe(9);
  });

  it('keeps two programs apart, even when they run at once', async () => {
    const [sum, difference] = await Promise.all([
      runtime.compile({ z: add(x, y) }),
      runtime.compile({ z: sub(x, y) }),
    ]);
    const results = await Promise.all([sum.run(feeds), difference.run(feeds), sum.run(feeds)]);
    expect(results.map(({ z }) => [...z])).toEqual([
      [11, 22, 13, 24],
      [-9, -18, -7, -16],
      [11, 22, 13, 24],
    ]);
    await sum.dispose();
    expect((await difference.run(feeds)).z[0]).toBe(-9);
  });

  it('gives the same bits for the same values', async () => {
    const photo = input('photo', [2, 3, 16, 17]);
    const kernel = input('kernel', [4, 3, 3, 3]);
    const features = maxPool(relu(conv(reflectPad(photo, 1), kernel)));
    const loss = sum(softmax(mul(features, features)));
    const parameters = gradients(add(loss, sum(features)), [photo, kernel]);
    const program = await runtime.compile({ loss, ...Object.fromEntries(parameters.entries()) });
    const values = { photo: uniform(1, 2 * 3 * 16 * 17), kernel: uniform(2, 4 * 27) };
    const results = [await program.run(values), await program.run(values)];
    const again = await (await runtime.compile({ loss, ...Object.fromEntries(parameters.entries()) })).run(
      values,
    );
    expect(results[1]).toEqual(results[0]);
    expect(again).toEqual(results[0]);
  });
});

describe('feeds', () => {
  it('must be inputs of the graph', async () => {
    const program = await runtime.compile({ z: add(x, y) });
    const run = program.run({ ...feeds, z: Float32Array.of(1) });
    await expect(run).rejects.toThrow('expected one of x, y for input but received z');
    await expect(run).rejects.toThrow(ShapeError);
  });

  it('must be complete', async () => {
    const program = await runtime.compile({ z: add(x, y) });
    const run = program.run({ x: feeds.x });
    await expect(run).rejects.toThrow('expected 2 values of shape [2] for input y but received none');
    await expect(run).rejects.toThrow(ShapeError);
  });

  it('must fill their shapes', async () => {
    const program = await runtime.compile({ z: add(x, y) });
    const run = program.run({ ...feeds, x: Float32Array.of(1, 2, 3) });
    await expect(run).rejects.toThrow('expected 4 values of shape [2, 2] for input x but received 3');
  });

  it('are needed only for inputs that a result depends on', async () => {
    const [gradient = x] = gradients(sum(mul(x, y)), [x]);
    const program = await runtime.compile({ gradient });
    expect(await program.run({ y: feeds.y })).toEqual({ gradient: Float32Array.of(10, 20, 10, 20) });
    await expect(program.run(feeds)).rejects.toThrow('expected one of y for input but received x');
  });
});

describe('dispose', () => {
  it('ends a program', async () => {
    const program = await runtime.compile({ z: add(x, y) });
    await program.dispose();
    await program.dispose();
    await expect(program.run(feeds)).rejects.toThrow(DeviceError);
    await expect(program.run(feeds)).rejects.toThrow(
      'expected a live program for run but received a disposed one',
    );
  });

  it('lets running calls finish first', async () => {
    const other = createRuntime({ threads: 1 });
    const [first, second] = [await other.compile({ z: add(x, y) }), await other.compile({ z: sub(x, y) })];
    const runs = [first.run(feeds), first.run(feeds), second.run(feeds)];
    const ends = [first.dispose(), other.dispose()];
    await expect(first.run(feeds)).rejects.toThrow('a disposed one');
    const results = await Promise.all(runs);
    expect(results.map(({ z }) => z[0])).toEqual([11, 11, -9]);
    await Promise.all(ends);
  });

  it('of a runtime ends all of its own programs only', async () => {
    const other = createRuntime();
    const programs = [await other.compile({ z: add(x, y) }), await other.compile({ z: sub(x, y) })];
    const mine = await runtime.compile({ z: add(x, y) });
    await programs[0]?.dispose();
    await other.dispose();
    for (const program of programs) await expect(program.run(feeds)).rejects.toThrow('a disposed one');
    expect((await mine.run(feeds)).z[0]).toBe(11);
    await other.dispose();
  });
});

describe('denormal numbers', () => {
  // The first session of a process decides for its thread, so each case has a process of its own.
  it.each([
    ['flush', '[0,0]'],
    ['keep', '[5e-311,5.000001076526666e-40]'],
  ])('%s', async (denormals, printed) => {
    const text = `
      import { mul } from './src/graph/ops/elementwise.ts';
      import { input } from './src/graph/ops/sources.ts';
      import { createRuntime } from './src/runtime/node/onnxruntime.ts';
      const small = Number('1e-310');
      const program = await createRuntime({ denormals: '${denormals}' }).compile({ y: mul(input('x', [1]), 0.5) });
      const { y } = await program.run({ x: Float32Array.of(1e-39) });
      console.log(JSON.stringify([small * 0.5, y[0]]));`;
    const args = ['--import', 'tsx', '--input-type', 'module', '--eval', text];
    const { stdout } = await start(process.execPath, args, root).ended;
    // Compared as text: sessions in this process flush, so it would read and compare such numbers as zeros.
    expect(stdout.trim()).toBe(printed);
  });
});

describe('devices', () => {
  it('are the CPU by default', () => {
    expect(createRuntime().device).toBe('cpu');
    expect(createRuntime({ device: 'auto' }).device).toBe('cpu');
  });

  it('that this build lacks are refused with a list of those it has', () => {
    const available = listSupportedBackends().map(({ name }) => name);
    // No build has both Apple's and Microsoft's.
    const missing = devices.find((device) => device !== 'auto' && !available.includes(device)) ?? 'dml';
    expect(() => createRuntime({ device: missing })).toThrow(DeviceError);
    expect(() => createRuntime({ device: missing })).toThrow(
      `expected one of ${available.join(', ')} for device but received ${missing}; ` +
        'this build of onnxruntime-node has no such execution provider',
    );
  });

  it('that fail while running report it in one line and keep the cause', async () => {
    // 2⁴⁸ bytes exceed the address space of a process, so no machine even starts to allocate them.
    const [column, row] = [input('column', [2 ** 23, 1]), input('row', [1, 2 ** 23])];
    const program = await runtime.compile({ y: add(column, row) });
    const values = new Float32Array(2 ** 23);
    const run = program.run({ column: values, row: values });
    await expect(run).rejects.toThrow(DeviceError);
    await expect(run).rejects.toThrow(/^could not run on cpu: [^\n]+$/);
    await expect(run).rejects.toMatchObject({ cause: expect.any(Error) });
    await program.dispose();
  });

  it('that refuse a graph give the reason', async () => {
    const compile = runtime.compile({ y: exp(input('', [2])) });
    await expect(compile).rejects.toThrow(DeviceError);
    await expect(compile).rejects.toThrow(/^could not start a session on cpu: ./);
  });
});
