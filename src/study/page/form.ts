/** The elements of the page, and its two scales: reading and setting them, by mouse, touch or keys. */

import type { Rating } from '../api.ts';
import { type ScaleName, scaleNames } from './html.ts';

export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`internal: no ${type.name} #${id} in the page`);
}

const form = element('rating-form', HTMLFormElement);

/** Undefined until both scales have a value. */
export function readRating(): Rating | undefined {
  const [content, style] = scaleNames.map(chosenValue);
  return content === undefined || style === undefined ? undefined : { content, style };
}

/** Shows a rating, or two empty scales, and focuses the first one. */
export function showRating(rating: Rating | undefined): void {
  form.reset();
  for (const name of scaleNames) {
    if (rating !== undefined) setValue(name, rating[name]);
  }
  focusScale('content');
}

/** Focuses the first scale without a value. */
export function focusMissing(): void {
  focusScale(scaleNames.find((name) => chosenValue(name) === undefined) ?? 'content');
}

/**
 * Returns whether the key belongs to the form. Digits rate the focused scale and move on to the second one.
 */
export function pressKey(key: string): boolean {
  const inputs = current();
  if (/^[0-9fF]$/.test(key)) {
    const name =
      inputs === undefined ? (scaleNames.find((s) => chosenValue(s) === undefined) ?? 'content') : inputs;
    setValue(name, /[0-9]/.test(key) ? Number(key) / 10 : 1);
    focusScale('style');
    return true;
  }
  if (!/^Arrow/.test(key)) return false;
  if (inputs === undefined) {
    focusMissing();
    return true;
  }
  // Browsers would wrap around in a group of radio buttons: from 1 to 0 in one step.
  const value = chosenValue(inputs);
  return key === 'ArrowRight' || key === 'ArrowDown' ? value === 1 : value === 0;
}

function current(): ScaleName | undefined {
  const scale = document.activeElement?.closest<HTMLElement>('[data-scale]')?.dataset.scale;
  return scaleNames.find((name) => name === scale);
}

function inputsOf(name: ScaleName): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)];
}

function chosenValue(name: ScaleName): number | undefined {
  const checked = inputsOf(name).find((input) => input.checked);
  return checked === undefined ? undefined : Number(checked.value);
}

function setValue(name: ScaleName, value: number): void {
  for (const input of inputsOf(name)) input.checked = Number(input.value) === value;
}

function focusScale(name: ScaleName): void {
  const inputs = inputsOf(name);
  (inputs.find((input) => input.checked) ?? inputs[0])?.focus({ preventScroll: true });
}
