import { basename } from 'node:path';
import { needsYouCount, type Activity } from '../activity.ts';
import type { Show } from '../../../shared/page-contract.ts';
import type { ShellSettings } from '../../../shared/shell-model.ts';
import type { Words } from '../text/words.ts';

/** What was last told, or needed no telling. */
export interface Told {
  done: number;
  needsYou: number;
}

/** One notification, for everything of its kind since the last. */
export interface Notice {
  kind: 'done' | 'needs-you';
  title: string;
  body: string;
  /** What a click on it leads to. */
  show: Show;
}

/** How it stands now, as something that needs no telling. */
export function toldNow({ overview }: Activity): Told | null {
  return overview && { done: overview.counts.done, needsYou: needsYouCount(overview) };
}

/**
 * What is to be told of the time since the last telling. Finished files are told together, when nothing is under way any more; what
 * needs somebody as soon as there is more of it. Whoever looks at the window is told nothing.
 * @returns the notices, and what counts as told from now on; null as `told`: nothing was known before, so nothing is new.
 */
export function noticesOf(
  told: Told | null,
  activity: Activity,
  rule: ShellSettings['notifications'],
  isLooking: boolean,
  words: Words,
): { notices: Notice[]; told: Told | null } {
  const now = toldNow(activity);
  const { overview } = activity;
  if (!now || !overview || !told) return { notices: [], told: now ?? told };
  const isBusy = overview.counts['under-way'] + overview.counts.waiting > 0;
  const done = now.done - told.done;
  const needsYou = now.needsYou - told.needsYou;
  // Fewer than before: some were cleared away, or another account is shown.
  const next = { done: isBusy && done > 0 ? told.done : now.done, needsYou: now.needsYou };
  if (isLooking || rule === 'none') return { notices: [], told: { ...now } };
  const notices: Notice[] = [];
  if (needsYou > 0) notices.push(needsYouNotice(needsYou, activity, words));
  if (done > 0 && !isBusy && rule === 'all') notices.push(doneNotice(done, activity, words));
  return { notices, told: next };
}

function needsYouNotice(count: number, { needsYou }: Activity, { notice }: Words): Notice {
  const [only] = needsYou;
  const isOne = count === 1 && needsYou.length === 1 && only;
  return {
    kind: 'needs-you',
    title: isOne ? notice.needsYouOne(basename(only.path)) : notice.needsYou(count),
    body: notice.needsYouBody,
    show: isOne ? transfer(only.id) : { kind: 'screen', screen: 'problems' },
  };
}

function doneNotice(count: number, { last }: Activity, { notice }: Words): Notice {
  const [only] = last;
  const isOne = count === 1 && only;
  return {
    kind: 'done',
    title: isOne ? notice.doneOne(basename(only.path)) : notice.done(count),
    body: '',
    show: isOne ? transfer(only.id) : { kind: 'screen', screen: 'transfers' },
  };
}

function transfer(id: number): Show {
  return { kind: 'target', target: { kind: 'transfer', id } };
}
