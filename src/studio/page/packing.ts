/**
 * A value with its heavy parts apart, so that each is stored once and only when it is new. Parts are never
 * changed, always replaced. What is one object in several places stays one.
 */

import type { MaskPlane } from './settings.ts';

/** Files, pictures in memory, masks. */
export type Part = Blob | ImageData | MaskPlane;

interface Reference {
  readonly part: number;
}

/** @param numberOf the number of a part, which is to be stored under it */
export function pack(value: unknown, numberOf: (part: Part) => number): unknown {
  return copied(value, (object) => (isPart(object) ? { part: numberOf(object) } : undefined));
}

/** @throws Error if a part is missing */
export function unpack(value: unknown, parts: ReadonlyMap<number, Part>): unknown {
  return copied(value, (object) => {
    if (!isReference(object)) return undefined;
    const part = parts.get(object.part);
    if (part === undefined) throw new Error(`internal: part ${object.part} of the session is missing`);
    return part;
  });
}

/** A deep copy in which some objects are replaced. */
function copied(value: unknown, replaced: (object: object) => object | undefined): unknown {
  const copies = new Map<object, object>();
  function copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = copies.get(value) ?? replaced(value);
    if (known !== undefined) {
      copies.set(value, known);
      return known;
    }
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      copies.set(value, list);
      for (const item of value) list.push(copy(item));
      return list;
    }
    const fields: Record<string, unknown> = {};
    copies.set(value, fields);
    for (const [name, field] of Object.entries(value)) fields[name] = copy(field);
    return fields;
  }
  return copy(value);
}

function isPart(object: object): object is Part {
  return object instanceof Blob || ('data' in object && ArrayBuffer.isView(object.data));
}

function isReference(object: object): object is Reference {
  return 'part' in object && typeof object.part === 'number';
}
