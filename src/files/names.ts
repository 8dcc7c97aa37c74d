/** Names of files, from their paths. Works in Node and browsers alike. */

/** The name without folders. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}

/** The name without folders and ending. */
export function stemOf(path: string): string {
  return baseName(path).replace(/(?<=.)\.[^.]*$/, '');
}

/** What `stylize` calls the picture of a content in a style, without ending. */
export function outputStem(content: string, style: string): string {
  return `${content}_stylized_${style}`;
}
