import { de, en, type Catalogue } from './catalogue.ts';

const catalogues: Record<Language, Catalogue> = { en, de };

/** The languages that are complete. */
export type Language = 'en' | 'de';

/** The words in the language of now. Read in a template (`text.now.frame.pause`), they change with it. */
class Text {
  language = $state<Language>(systemLanguage());
  readonly now = $derived(catalogues[this.language]);

  /** `system`: the first of the browser's languages that there is. */
  choose(language: Language | 'system'): void {
    this.language = language === 'system' ? systemLanguage() : language;
    document.documentElement.lang = this.language;
  }
}

function systemLanguage(): Language {
  const known = navigator.languages.map((name) => name.slice(0, 2).toLowerCase());
  return known.find((name): name is Language => name in catalogues) ?? 'en';
}

export const text = new Text();
