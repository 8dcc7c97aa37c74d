/** Names of files, from their paths. Works in Node and browsers alike. */

/** The name without folders. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** The name without folders and ending. */
export function stemOf(path: string): string {
  return baseName(path).replace(/(?<=.)\.[^.]*$/, '');
}

/** The name, without ending, that `stylize` gives to the picture of a content in a style. */
export function outputStem(content: string, style: string): string {
  return `${content}_stylized_${style}`;
}
