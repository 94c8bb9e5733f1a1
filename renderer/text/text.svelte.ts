import { de, en, type Catalogue } from './catalogue.ts';

const catalogues: Record<Language, Catalogue> = { en, de };

/** The languages that are complete. */
export type Language = 'en' | 'de';

/** The words in the language of now. Read in a template (`text.now.frame.pause`), they change with it. */
class Text {
  language = $state<Language>(systemLanguage());
  readonly now = $derived(catalogues[this.language]);
  /** The language as it is written where the person lives: whether the clock has twelve hours, and what stands first in a date. */
  readonly region = $derived(navigator.languages.find((name) => languageOf(name) === this.language) ?? this.language);

  /** `system`: the first of the browser's languages that there is. */
  choose(language: Language | 'system'): void {
    this.language = language === 'system' ? systemLanguage() : language;
    document.documentElement.lang = this.language;
  }
}

function systemLanguage(): Language {
  const known = navigator.languages.map(languageOf);
  return known.find((name): name is Language => name in catalogues) ?? 'en';
}

function languageOf(name: string): string {
  return name.slice(0, 2).toLowerCase();
}

export const text = new Text();
