/** Escaping for HTML. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element contents and quoted attributes. */
export function escapeHtml(text: string | number): string {
  // Control characters are invalid in HTML even when escaped.
  return `${text}`.replace(/\p{Cc}/gu, ' ').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
