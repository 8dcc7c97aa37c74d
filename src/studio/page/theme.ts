/** Remembered preferences: light or dark, and the language. */

import { type Language, languages, preferredLanguage } from './i18n.ts';

export type Theme = 'light' | 'dark';

const THEME = 'wasserfarbe studio theme';
const LANGUAGE = 'wasserfarbe studio language';

/** The chosen theme, or the system's. */
export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  remember(THEME, theme);
}

/** Restores the choice of an earlier visit. */
export function recallTheme(): void {
  const theme = recall(THEME);
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}

export function recallLanguage(): Language {
  const known = recall(LANGUAGE);
  return known !== null && Object.hasOwn(languages, known) ? (known as Language) : preferredLanguage();
}

export function rememberLanguage(language: Language): void {
  remember(LANGUAGE, language);
}

/** Reads storage. If it is forbidden, the page just forgets. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Only a preference is lost.
  }
}
