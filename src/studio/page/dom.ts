/** Making elements whose words follow the language. */

import { follow, type Text } from './i18n.ts';

interface Properties {
  readonly class?: string;
  readonly id?: string;
  /** The element's content, instead of children. */
  readonly text?: Text;
  /** For screen readers; on buttons it is the tooltip too. */
  readonly label?: Text;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, id, text, label, attributes = {} }: Properties = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  if (id !== undefined) element.id = id;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  if (text !== undefined) {
    follow((strings) => {
      element.textContent = text(strings);
    });
  }
  if (label !== undefined) setLabel(element, label);
  return element;
}

/** A button that shows an icon, words, or both. */
export function makeButton(
  press: () => void,
  properties: Properties & { readonly icon?: Node },
): HTMLButtonElement {
  const { icon, text, ...rest } = properties;
  const button = make('button', rest);
  button.type = 'button';
  if (icon !== undefined) button.append(icon);
  if (text !== undefined) button.append(make('span', { text }));
  button.addEventListener('click', press);
  return button;
}

function setLabel(element: HTMLElement, label: Text): void {
  follow((strings) => {
    element.ariaLabel = label(strings);
    if (element instanceof HTMLButtonElement) element.title = label(strings);
  });
}

/** A hidden file input, opened by the returned function. */
export function filePicker(accept: string, take: (file: File) => void): () => void {
  const input = make('input', { attributes: { type: 'file', accept } });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) take(file);
    // Lets the same file be chosen again.
    input.value = '';
  });
  return () => input.click();
}
