/** What commands print: names of files may hold anything, but a terminal is never told to do something. */

import { visibleJson, visibleLines } from '../../visible.ts';

/** A result, on stdout. */
export function say(text: string): void {
  console.log(visibleLines(text));
}

/** A document, on stdout. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${visibleJson(value)}\n`);
}

/** A document in a line of its own, on stdout. */
export function sayJsonLine(value: unknown): void {
  process.stdout.write(`${visibleJson(value, 0)}\n`);
}

/** A notice or an error, on stderr. */
export function tell(text: string): void {
  console.error(visibleLines(text));
}
