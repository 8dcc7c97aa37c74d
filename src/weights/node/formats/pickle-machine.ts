/** The stack machine that a pickle is a program for, with data as its only result. */

import { formatFault } from './fault.ts';

/** A class or function of Python, by its name such as `collections.OrderedDict`. */
export class PickledName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A value of a pickle: lists and tuples are arrays, dictionaries are maps, and what the caller's functions
 * make is theirs.
 */
export type Pickled = unknown;

export interface PickleOptions {
  /** What calls of Python's names give; the names that are allowed. Without a function, only the name is. */
  readonly names: Readonly<Record<string, ((args: readonly Pickled[]) => Pickled) | undefined>>;
  /** The value of a persistent id, by which a file refers to what is stored elsewhere in it. */
  persistent?(id: Pickled): Pickled;
  /** Name of the file, for messages. */
  readonly source: string;
}

/** Bytes of a number that Python writes at any length. The magic number of PyTorch has ten. */
const LONGEST_NUMBER = 16;

/** Bytes of a text, such as the name of a tensor. */
const LONGEST_TEXT = 65_536;

/** Bytes of a line with the name of a class. */
const LONGEST_LINE = 200;

export const pickleFault = formatFault('it is no file of tensors, or it is damaged');

/** On the stack where the values of a tuple, list or dictionary begin. */
export const MARK = Symbol('mark');

export class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: PickleOptions;
  readonly #stack: Pickled[] = [];
  readonly #memo = new Map<number, Pickled>();
  #at: number;

  constructor(bytes: Uint8Array, start: number, options: PickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#options = options;
  }

  /** The place of the next opcode. */
  get at(): number {
    return this.#at;
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }

  pop(): Pickled {
    if (this.#stack.length === 0) throw this.refusal('a value on the stack', 'none');
    return this.#stack.pop();
  }

  /** The value on top, which stays there. */
  top<T>(kind: new () => T, name: string): T {
    const value = this.#stack.at(-1);
    if (value instanceof kind) return value;
    throw this.refusal(name, 'another value');
  }

  /** The values above the last mark, which are taken off with it. */
  marked(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.refusal('a mark on the stack', 'none');
    const values = this.#stack.splice(at);
    values.shift();
    return values;
  }

  /** An unsigned number of 1, 2 or 4 bytes, little-endian. */
  unsigned(size: 1 | 2 | 4): number {
    const at = this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  signed(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  /** A length of 8 bytes. */
  long(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  float(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A whole number in two's complement. Large ones are identifiers, and lose their last digits. */
  whole(size: number): number {
    if (size > LONGEST_NUMBER) throw this.refusal(`a number of at most ${LONGEST_NUMBER} bytes`, `${size}`);
    const at = this.#skip(size);
    const digits = this.#bytes.subarray(at, at + size);
    const value = digits.reduceRight((sum, digit) => sum * 256 + digit, 0);
    return (digits.at(-1) ?? 0) < 128 ? value : value - 256 ** size;
  }

  raw(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(length: number): string {
    if (length > LONGEST_TEXT) throw this.refusal(`a text of at most ${LONGEST_TEXT} bytes`, `${length}`);
    return new TextDecoder().decode(this.raw(length));
  }

  /** Text up to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0 || end - this.#at > LONGEST_LINE) throw this.refusal('a name', 'an endless line');
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }

  remember(key = this.#memo.size): void {
    this.#memo.set(key, this.#stack.at(-1));
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) throw this.refusal('a value that was remembered', `number ${key}`);
    this.push(this.#memo.get(key));
  }

  /** A class or function, by its module and its own name. */
  name(module: Pickled, own: Pickled): void {
    // Checked first: turning nested lists into text may take for ever.
    if (typeof module !== 'string' || typeof own !== 'string' || !/^[\w.]{2,200}$/.test(module + own)) {
      throw this.refusal('the name of a class', 'something else');
    }
    const name = `${module}.${own}`;
    if (!Object.hasOwn(this.#options.names, name)) throw this.#unknown(name);
    this.push(new PickledName(name));
  }

  /** Calls what may be called with the arguments on the stack. */
  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickledName) || !Array.isArray(args)) {
      throw this.refusal('a function with a tuple', 'something else');
    }
    const make = this.#options.names[callee.name];
    if (make === undefined) throw this.#unknown(`${callee.name}()`);
    this.push(make(args));
  }

  /** The attributes of a dictionary, such as versions of modules, say nothing about its tensors. */
  build(): void {
    this.pop();
    this.top(Map, 'a dictionary that gets attributes');
  }

  persistent(): void {
    const id = this.pop();
    if (this.#options.persistent === undefined) throw this.refusal('a pickle by itself', 'a persistent id');
    this.push(this.#options.persistent(id));
  }

  protocol(): void {
    const version = this.unsigned(1);
    if (version > 5) throw this.refusal('a protocol up to 5', `${version}`);
  }

  refusal(expected: string, received: string) {
    return pickleFault(expected, `the pickle at byte ${this.#at}`, received, this.#options.source);
  }

  #unknown(name: string) {
    const remedy = 'nothing of it is executed: save only its tensors, torch.save(model.state_dict(), FILE)';
    return pickleFault('tensors, numbers and text', 'the pickle', name, this.#options.source, { remedy });
  }

  /** Moves on, and returns the place before. */
  #skip(length: number): number {
    const at = this.#at;
    if (!(length <= this.#bytes.length - at))
      throw this.refusal(`${length} bytes more`, 'the end of the file');
    this.#at += length;
    return at;
  }
}
