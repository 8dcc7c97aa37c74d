/** Names of files, from their paths. Works in Node and browsers alike. */

/** Elsewhere than on Windows a backslash is a character like others. */
const onWindows = (globalThis as { process?: { platform?: string } }).process?.platform === 'win32';
const separators = onWindows ? /[\\/]/ : /\//;

/** The name without folders. */
export function baseName(path: string): string {
  return path.split(separators).findLast((part) => part !== '') ?? path;
}

/** The name without folders and ending. */
export function stemOf(path: string): string {
  return baseName(path).replace(/(?<=.)\.[^.]*$/, '');
}

/** The name, without ending, that `stylize` gives to the picture of a content in a style. */
export function outputStem(content: string, style: string): string {
  return `${content}_stylized_${style}`;
}

/** Most bytes of a name on all usual file systems. */
export const LONGEST_NAME = 255;

/** The name, cut at its end to `bytes` of UTF-8. */
export function cutName(name: string, bytes: number): string {
  const letters = [...name];
  while (letters.length > 0 && new TextEncoder().encode(letters.join('')).length > bytes) letters.pop();
  return letters.join('');
}
