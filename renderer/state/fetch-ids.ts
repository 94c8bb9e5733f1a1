import { maxWindowRows, type ListFilter } from '../../shared/list-model.ts';
import type { Session } from './session.svelte.ts';

/** At most so many can be named in one command. */
export const maxNamed = 10_000;

/** A list that became shorter meanwhile is waited for no longer than this. */
const patienceMs = 2000;

/**
 * The ids of a stretch of the list, both ends included and `total` being its length, window by window: a range may reach far
 * beyond what is in sight. A search gives its rows little by little, so each window is waited for until it is full.
 */
export async function fetchIds(
  session: Pick<Session, 'watch'>,
  filter: ListFilter,
  range: { first: number; last: number; total: number },
): Promise<number[]> {
  const ids: number[] = [];
  const end = Math.min(range.last + 1, range.first + maxNamed, range.total);
  for (let from = range.first; from < end; from += maxWindowRows) {
    ids.push(...(await windowOf(session, filter, from, Math.min(maxWindowRows, end - from))));
  }
  return [...new Set(ids)];
}

function windowOf(session: Pick<Session, 'watch'>, filter: ListFilter, from: number, count: number): Promise<number[]> {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  let found: number[] = [];
  const close = session.watch({ kind: 'list', filter, from, count }, (batch) => {
    if (batch.kind !== 'list') return;
    // A list that became shorter answers with its end, which nobody asked for.
    found = batch.from === from ? batch.ids : [];
    if (found.length >= count) resolve(found);
  });
  const timer = setTimeout(() => resolve(found), patienceMs);
  return promise.finally(() => {
    clearTimeout(timer);
    close();
  });
}
