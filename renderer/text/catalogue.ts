import { frame as frameDe } from './de/frame.ts';
import { states as statesDe } from './de/states.ts';
import { problems as problemsDe } from './de/problems.ts';
import { frame } from './en/frame.ts';
import { problems } from './en/problems.ts';
import { states } from './en/states.ts';
import type { Translated } from './translated.ts';

/** All words of the screens, in English: the one that the other languages follow. A file for each screen. */
export const en = { frame, states, problems };

export type Catalogue = Translated<typeof en>;

export const de: Catalogue = { frame: frameDe, states: statesDe, problems: problemsDe };
