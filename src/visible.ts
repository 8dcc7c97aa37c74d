/** Text for terminals and logs, whatever names of files hold. Works in Node and browsers. */

/** Control characters, and those that turn the direction of text or break lines. Halves of pairs too. */
const HIDDEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;

/** The text with characters that a terminal would obey or hide shown as `\x1b`, in one line. */
export function visible(text: string): string {
  return text.replace(HIDDEN, shown);
}

/** {@link visible} for text of several lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** A JSON text that a terminal shows as it is, in one line for an indent of 0. */
export function visibleJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(
    /[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/gu,
    (character) => {
      return `\\u${hex(character, 4)}`;
    },
  );
}

function shown(character: string): string {
  if (character === '\n') return '\\n';
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, '0');
}
