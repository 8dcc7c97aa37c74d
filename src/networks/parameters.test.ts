import { describe, expect, it } from 'vitest';
import { expectClose } from '../../test/helpers/numbers.ts';
import { WeightsError } from '../errors.ts';
import { evaluate } from '../graph/evaluate.ts';
import { isOp } from '../graph/tensor.ts';
import { stream } from '../random.ts';
import { frozen, scoped, Variables } from './parameters.ts';

const he = { kind: 'he' } as const;

describe('Variables', () => {
  it('gives the same input for a name, in the order of first use', () => {
    const variables = new Variables();
    const b = variables.get('b', [2, 3], he);
    const a = variables.get('a', [4], { kind: 'zeros' });
    expect(variables.get('b', [2, 3], he)).toBe(b);
    expect([...variables.tensors]).toEqual([
      ['b', b],
      ['a', a],
    ]);
    expect(isOp(b, 'input') && b.attributes.name).toBe('b');
  });

  it('refuses two shapes for one name', () => {
    const variables = new Variables();
    variables.get('w', [2, 3], he);
    expect(() => variables.get('w', [3, 2], he)).toThrow(/internal: parameter w/);
  });

  it('starts as its initialisers say, the same for the same stream', () => {
    const variables = new Variables();
    variables.get('zeros', [5], { kind: 'zeros' });
    variables.get('constant', [3], { kind: 'constant', value: 0.45 });
    variables.get('identity', [3, 3, 1, 1], { kind: 'identity' });
    variables.get('wide', [2, 3, 1, 1], { kind: 'identity' });
    variables.get('he', [64, 32, 3, 3], he);
    variables.get('small', [64, 32, 3, 3], { kind: 'he', gain: 0.1 });
    const weights = variables.initialise(stream(1, 'test'));
    const values = (name: string) => Array.from(weights.get(name)?.data ?? []);
    expect(values('zeros')).toEqual([0, 0, 0, 0, 0]);
    expectClose(values('constant'), [0.45, 0.45, 0.45], 1e-6);
    expect(values('identity')).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(values('wide')).toEqual([1, 0, 0, 0, 1, 0]);
    // 18,432 samples: the standard deviation is known to about 0.5 %.
    const deviation = (v: number[]) => Math.sqrt(v.reduce((s, x) => s + x * x, 0) / v.length);
    const wanted = Math.sqrt(2 / (32 * 9));
    expect(deviation(values('he')) / wanted).toBeCloseTo(1, 1);
    expect(deviation(values('small')) / wanted).toBeCloseTo(0.1, 2);
    const mean = values('he').reduce((a, b) => a + b, 0) / 18_432;
    expect(Math.abs(mean)).toBeLessThan(0.05 * wanted);
    expect(variables.initialise(stream(1, 'test'))).toEqual(weights);
    expect(variables.initialise(stream(2, 'test'))).not.toEqual(weights);
  });
});

describe('frozen', () => {
  const weights = new Map([['w', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]);

  it('gives constants with the values of the file, one per name', () => {
    const parameters = frozen(weights, 'file.safetensors');
    const w = parameters.get('w', [2, 2], he);
    expect(w.op).toBe('constant');
    expect(parameters.get('w', [2, 2], he)).toBe(w);
    expectClose(evaluate({ w }).w, [1, 2, 3, 4], 0);
  });

  it('names the missing tensor, the shapes and the file', () => {
    const parameters = frozen(weights, 'file.safetensors');
    expect(() => parameters.get('v', [3], he)).toThrow(WeightsError);
    expect(() => parameters.get('v', [3], he)).toThrow(
      'expected shape [3] for tensor v but received none (file.safetensors); these are weights of another network or configuration',
    );
    expect(() => parameters.get('w', [4], he)).toThrow(
      'expected shape [4] for tensor w but received [2, 2] (file.safetensors)',
    );
  });

  it('refuses another shape for a name it has already given', () => {
    const parameters = frozen(weights, 'file.safetensors');
    parameters.get('w', [2, 2], he);
    expect(() => parameters.get('w', [4], he)).toThrow('expected shape [4] for tensor w');
  });
});

it('scoped puts a prefix before each name', () => {
  const variables = new Variables();
  scoped(scoped(variables, 'a.'), 'b.').get('w', [1], he);
  expect([...variables.tensors.keys()]).toEqual(['a.b.w']);
});
