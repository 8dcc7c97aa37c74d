/**
 * Sources of a network's parameters: trainable inputs, constants read from a file, or
 * such constants as inputs.
 */

import { type RandomGenerator, standardNormal } from '../random.ts';
import { internal, WeightsError } from '../errors.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { elementCount, type Shape, sameShape, show } from '../graph/shape.ts';
import { isOp, type Tensor } from '../graph/tensor.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';

/**
 * Start of a parameter: `he` is normal with variance gain² · 2 / fan-in (He et al. 2015); `identity` is a 1×1
 * kernel that changes nothing.
 */
export type Initialiser =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'identity' }
  | { readonly kind: 'he'; readonly gain?: number };

/** A source of named parameters; networks ask it for each one they use. */
export interface Parameters {
  get(name: string, shape: Shape, initialiser: Initialiser): Tensor;
}

/** Parameters as graph inputs, to be trained. Repeated requests for a name give the same tensor. */
export class Variables implements Parameters {
  private readonly specs = new Map<string, { tensor: Tensor; initialiser: Initialiser }>();

  get(name: string, shape: Shape, initialiser: Initialiser): Tensor {
    const known = this.specs.get(name);
    if (known !== undefined) {
      if (!sameShape(known.tensor.shape, shape))
        throw internal(`parameter ${name} was asked for in two shapes`);
      return known.tensor;
    }
    const tensor = input(name, shape);
    this.specs.set(name, { tensor, initialiser });
    return tensor;
  }

  /** Name → graph input, in the order of first use. */
  get tensors(): ReadonlyMap<string, Tensor> {
    return new Map([...this.specs].map(([name, { tensor }]) => [name, tensor]));
  }

  /** Fresh values, the same for the same generator state. */
  initialise(random: RandomGenerator): WeightMap {
    const weights: WeightMap = new Map();
    for (const [name, { tensor, initialiser }] of this.specs) {
      weights.set(name, { shape: tensor.shape, data: initialValues(tensor.shape, initialiser, random) });
    }
    return weights;
  }
}

/** The file of a parameter, in errors, and what to do if that lacks it. */
export interface Origin {
  readonly where: string;
  readonly remedy: string;
}

/** Parameters as constants of the graph; `source` names the file in errors, or that of each parameter. */
export function frozen(weights: WeightMap, source: string | ((name: string) => Origin)): Parameters {
  const remedy = 'these are weights of another network or configuration';
  const originOf = typeof source === 'string' ? () => ({ where: source, remedy }) : source;
  const made = new Map<string, Tensor>();
  return {
    get(name, shape) {
      const known = made.get(name);
      if (known !== undefined && sameShape(known.shape, shape)) return known;
      const found = weights.get(name);
      if (found === undefined || !sameShape(found.shape, shape)) {
        throw new WeightsError({
          expected: `shape ${show(shape)}`,
          name: `tensor ${name}`,
          received: found === undefined ? 'none' : show(found.shape),
          ...originOf(name),
        });
      }
      const tensor = constant(found.data, shape);
      made.set(name, tensor);
      return tensor;
    },
  };
}

/**
 * Frozen parameters as graph inputs, for graphs that are exported without their weights. Equal tensors share
 * one input, as equal constants do, so two networks with common layers process a picture once.
 */
export class FrozenInputs {
  /** Values to feed the inputs with. */
  readonly values: WeightMap = new Map();
  private readonly inputs = new Map<string, Tensor>();
  private readonly names = new Map<string, string[]>();

  /** Registers `tensor` under `name`. Equal tensors get the same input. */
  add(name: string, tensor: WeightTensor): void {
    this.values.set(name, tensor);
    const key = `${tensor.shape}`;
    this.names.set(key, [...(this.names.get(key) ?? []), name]);
  }

  /** The constants of `source` as inputs. Constants not yet registered get `prefix` and their own name. */
  of(source: Parameters, prefix: string): Parameters {
    return {
      get: (name, shape, initialiser) => {
        const tensor = source.get(name, shape, initialiser);
        if (!isOp(tensor, 'constant')) return tensor;
        const { data } = tensor.attributes;
        const equal = this.names
          .get(`${shape}`)
          ?.find((known) => sameValues(this.values.get(known)?.data, data));
        if (equal === undefined) this.add(prefix + name, { shape, data });
        const key = equal ?? prefix + name;
        const made = this.inputs.get(key) ?? input(key, shape);
        this.inputs.set(key, made);
        return made;
      },
    };
  }
}

function sameValues(a: Float32Array | undefined, b: Float32Array): boolean {
  return a === b || (a?.length === b.length && a.every((value, i) => value === b[i]));
}

/** The same source under a name prefix, e.g. `decoder.`. */
export function scoped(parameters: Parameters, prefix: string): Parameters {
  return { get: (name, shape, initialiser) => parameters.get(prefix + name, shape, initialiser) };
}

function initialValues(shape: Shape, initialiser: Initialiser, random: RandomGenerator): Float32Array {
  const values = new Float32Array(elementCount(shape));
  switch (initialiser.kind) {
    case 'zeros':
      return values;
    case 'constant':
      return values.fill(initialiser.value);
    case 'identity': {
      const [outputs = 0, inputs = 0] = shape;
      return values.map((_, i) => (Math.floor(i / inputs) === i % inputs && i < outputs * inputs ? 1 : 0));
    }
    case 'he': {
      const fanIn = elementCount(shape.slice(1));
      const deviation = (initialiser.gain ?? 1) * Math.sqrt(2 / fanIn);
      return values.map(() => deviation * standardNormal(random));
    }
  }
}
