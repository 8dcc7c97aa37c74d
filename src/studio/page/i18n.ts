/** The language of the page, and the texts that follow it. */

import type { Store } from './store.ts';
import { en, type Strings } from './strings/en.ts';
import { zh } from './strings/zh.ts';

export const languages = { en, zh };
export type Language = keyof typeof languages;

/** Words that are looked up when they are shown, and again when the language changes. */
export type Text = (strings: Strings) => string;

let language: Language = 'en';
const followers: (() => void)[] = [];
let isFleeting = false;

/** Runs now and whenever the language changes. */
export function follow(run: (strings: Strings) => void): void {
  if (!isFleeting) followers.push(() => run(languages[language]));
  run(languages[language]);
}

/** Builds what goes before the language can change, such as a dialog: nothing of it stays. */
export function fleeting<T>(build: () => T): T {
  isFleeting = true;
  try {
    return build();
  } finally {
    isFleeting = false;
  }
}

/** Builds what goes while the page stays: its texts follow the language until `forget`. */
export function passing<T>(build: () => T): { readonly built: T; forget(): void } {
  const before = followers.length;
  const built = build();
  const own = new Set(followers.slice(before));
  return { built, forget: () => followers.splice(0, Infinity, ...followers.filter((one) => !own.has(one))) };
}

/** The words at this moment. */
export function say(text: Text): string {
  return text(strings());
}

/** For words that also depend on the state: runs now, and when a picked value or the language changes. */
export function describe<S, T extends unknown[] | []>(
  store: Store<S>,
  pick: (state: S) => T,
  run: (strings: Strings, ...picked: NoInfer<T>) => void,
): void {
  store.watch(pick, (...picked) => run(strings(), ...picked));
  followers.push(() => run(strings(), ...pick(store.get())));
}

function strings(): Strings {
  return languages[language];
}

export function currentLanguage(): Language {
  return language;
}

export function setLanguage(next: Language): void {
  language = next;
  document.documentElement.lang = next === 'zh' ? 'zh-Hans' : 'en';
  document.title = strings().title;
  tellAgain();
}

/** Shows all texts again, when a name that they hold has changed. */
export function tellAgain(): void {
  for (const run of followers) run();
}

/** The first of the browser's languages that the page has. */
export function preferredLanguage(): Language {
  for (const tag of navigator.languages) {
    const name = tag.slice(0, 2).toLowerCase();
    if (name === 'en' || name === 'zh') return name;
  }
  return 'en';
}
