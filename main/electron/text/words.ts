import type { ShellSettings } from '../../../shared/shell-model.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import type { Words } from './translated.ts';

export type { Words } from './translated.ts';

const catalogues: Record<Exclude<ShellSettings['language'], 'system'>, Words> = { en: english, de: german };

/** The words in the language that was chosen; `system`: the first of the system's languages that there is. */
export function wordsIn(language: ShellSettings['language'], systemLanguages: readonly string[]): Words {
  if (language !== 'system') return catalogues[language];
  const known = systemLanguages.map((name) => name.slice(0, 2).toLowerCase());
  const first = known.find((name): name is keyof typeof catalogues => Object.hasOwn(catalogues, name));
  return catalogues[first ?? 'en'];
}
