/**
 * Python's pickles (protocols 2 to 5), as data: nothing in them is executed. The few classes that a file of
 * tensors needs are given by the caller; any other class, and any other opcode, is an error that names it.
 */

import { Machine, MARK, type Pickled, pickleFault, type PickleOptions } from './pickle-machine.ts';

/** A pickle's value, and the place after it. */
export interface ReadPickle {
  readonly value: Pickled;
  readonly end: number;
}

/** Files of tensors have a few dozen opcodes for each tensor. */
const MOST_OPCODES = 1_000_000;

/**
 * Reads the pickle that begins at `start`.
 *
 * @throws WeightsError for an unknown opcode or class, a pickle that ends early, or one that is too long
 */
export function readPickle(bytes: Uint8Array, start: number, options: PickleOptions): ReadPickle {
  const machine = new Machine(bytes, start, options);
  for (let count = 0; count < MOST_OPCODES; count++) {
    const opcode = machine.unsigned(1);
    if (opcode === STOP) return { value: machine.pop(), end: machine.at };
    const act = opcodes[opcode];
    if (act === undefined) {
      throw machine.refusal('an opcode of a file of tensors', `0x${opcode.toString(16).padStart(2, '0')}`);
    }
    act(machine);
  }
  throw pickleFault(`at most ${MOST_OPCODES} opcodes`, 'the pickle', 'more', options.source);
}

const STOP = 0x2e;

function fill(map: Map<Pickled, Pickled>, values: readonly Pickled[]): void {
  for (let i = 0; i + 1 < values.length; i += 2) map.set(values[i], values[i + 1]);
}

/** Puts the last `count` values into a tuple. */
function tuple(machine: Machine, count: number): void {
  const values = Array.from({ length: count }, () => machine.pop());
  machine.push(values.reverse());
}

/** What opcodes do, by their codes as in Python's pickletools. */
const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
  /** PROTO, FRAME */
  128: (m) => m.protocol(),
  149: (m) => m.long(),
  /** MARK, POP, POP_MARK */
  40: (m) => m.push(MARK),
  48: (m) => m.pop(),
  49: (m) => m.marked(),
  /** EMPTY_DICT, DICT, SETITEM, SETITEMS */
  125: (m) => m.push(new Map()),
  100: (m) => {
    const map = new Map();
    fill(map, m.marked());
    m.push(map);
  },
  115: (m) => {
    const [value, key] = [m.pop(), m.pop()];
    m.top(Map, 'a dictionary').set(key, value);
  },
  117: (m) => {
    const values = m.marked();
    fill(m.top(Map, 'a dictionary'), values);
  },
  /** EMPTY_LIST, LIST, APPEND, APPENDS */
  93: (m) => m.push([]),
  108: (m) => m.push(m.marked()),
  97: (m) => {
    const value = m.pop();
    m.top(Array, 'a list').push(value);
  },
  101: (m) => {
    const values = m.marked();
    const list = m.top(Array, 'a list');
    for (const value of values) list.push(value);
  },
  /** EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3 */
  41: (m) => m.push([]),
  116: (m) => m.push(m.marked()),
  133: (m) => tuple(m, 1),
  134: (m) => tuple(m, 2),
  135: (m) => tuple(m, 3),
  /** NONE, NEWTRUE, NEWFALSE */
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  /** BININT, BININT1, BININT2, LONG1, BINFLOAT */
  74: (m) => m.push(m.signed()),
  75: (m) => m.push(m.unsigned(1)),
  77: (m) => m.push(m.unsigned(2)),
  138: (m) => m.push(m.whole(m.unsigned(1))),
  71: (m) => m.push(m.float()),
  /** BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, BINSTRING, SHORT_BINSTRING */
  88: (m) => m.push(m.text(m.unsigned(4))),
  140: (m) => m.push(m.text(m.unsigned(1))),
  141: (m) => m.push(m.text(m.long())),
  84: (m) => m.push(m.text(m.unsigned(4))),
  85: (m) => m.push(m.text(m.unsigned(1))),
  /** BINBYTES, SHORT_BINBYTES */
  66: (m) => m.push(m.raw(m.unsigned(4))),
  67: (m) => m.push(m.raw(m.unsigned(1))),
  /** BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET */
  113: (m) => m.remember(m.unsigned(1)),
  114: (m) => m.remember(m.unsigned(4)),
  148: (m) => m.remember(),
  104: (m) => m.recall(m.unsigned(1)),
  106: (m) => m.recall(m.unsigned(4)),
  /** GLOBAL, STACK_GLOBAL */
  99: (m) => m.name(m.line(), m.line()),
  147: (m) => {
    const [name, module] = [m.pop(), m.pop()];
    m.name(module, name);
  },
  /** REDUCE, NEWOBJ, BUILD, BINPERSID */
  82: (m) => m.call(),
  129: (m) => m.call(),
  98: (m) => m.build(),
  81: (m) => m.persistent(),
};
