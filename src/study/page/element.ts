/** Elements of the document by id, with their type. */

export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`internal: no ${type.name} #${id} in the page`);
}
