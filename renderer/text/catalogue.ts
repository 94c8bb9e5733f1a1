import * as german from './de/index.ts';
import * as english from './en/index.ts';
import type { Translated } from './translated.ts';

/** All words of the screens, in English: the one that the other languages follow. A file for each screen. */
export const en = english;

export type Catalogue = Translated<typeof english>;

export const de: Catalogue = german;
