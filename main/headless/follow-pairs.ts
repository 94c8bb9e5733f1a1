import type { Boxcar } from '../app/open-boxcar.ts';
import { orAborted } from '../platform/wait.ts';
import { CallError } from '../../shared/call-error.ts';
import type { PairEvent, PairSummary, PairWatchReport } from '../../shared/pair-model.ts';
import { batchSchema } from '../../shared/progress-contract.ts';
import type { PairsReporter } from './report/pairs-reporter.ts';

/** Tells the moment from which all pairs are watched, once. Reports come quicker than summaries, so both count. */
export class WatchedPairs {
  #pairs: PairSummary[] = [];
  #reports = new Map<number, PairWatchReport>();
  #isTold = false;

  /** @returns the pairs, at the moment when all that are kept are watched or read again each minute; else undefined. */
  take(pairs: PairSummary[]): PairSummary[] | undefined {
    // Anew each time: the reports of an app that has ended are no longer true.
    this.#reports = new Map(pairs.flatMap(({ id, watch }) => (watch ? [[id, watch]] : [])));
    this.#pairs = pairs;
    return this.#judge();
  }

  takeReport(pairId: number, report: PairWatchReport): PairSummary[] | undefined {
    this.#reports.set(pairId, report);
    return this.#judge();
  }

  #judge(): PairSummary[] | undefined {
    const pairs = this.#pairs.map((pair) => ({ ...pair, watch: this.#reports.get(pair.id) ?? null }));
    if (this.#isTold || pairs.length === 0 || !pairs.every(isWatched)) return undefined;
    this.#isTold = true;
    return pairs;
  }
}

function isWatched({ state, watch }: PairSummary): boolean {
  if (state === 'paused' || state === 'blocked') return true;
  return state !== 'stopped' && watch !== null && watch.mode !== 'starting';
}

/** The event that was told before somebody followed: in an app that runs already nothing may be left to do. */
function syncedAlready(pairs: readonly PairSummary[]): PairEvent | undefined {
  const kept = pairs.filter(({ state }) => state !== 'paused' && state !== 'blocked');
  if (kept.length === 0 || kept.some(({ state }) => state !== 'synced')) return undefined;
  const sum = (of: (pair: PairSummary) => number) => kept.reduce((all, pair) => all + of(pair), 0);
  return {
    type: 'synced',
    pairs: kept.length,
    files: sum(({ counts }) => counts.synced),
    questions: sum(({ questions }) => questions),
    failed: sum(({ counts }) => counts.failed),
  };
}

export interface FollowPairsOptions {
  reporter: PairsReporter;
  watched: WatchedPairs;
  /** Told when there are no pairs, each time that this becomes so. */
  onNoPairs: () => void;
  signal: AbortSignal;
}

/**
 * Has the pairs kept up to date and shows them, until `signal` is aborted, whose reason it rejects with.
 * @throws CallError `link-lost` when the app that was attached to is gone, `internal` when the engine can't be kept running.
 */
export async function followPairs(boxcar: Boxcar, options: FollowPairsOptions): Promise<never> {
  const { reporter, watched, onNoPairs, signal } = options;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  boxcar.over.catch((error: unknown) => failed.reject(error));
  const tellWatched = (pairs: PairSummary[] | undefined) => pairs && reporter.watching(pairs);
  let pairCount = -1;
  let lost = 0;

  const onBatch = (unopened: unknown) => {
    const parsed = batchSchema.safeParse(unopened);
    if (!parsed.success) {
      failed.reject(new CallError('internal', `Progress is not understood: ${parsed.error.message}`));
      return;
    }
    const batch = parsed.data;
    if (batch.kind === 'pairs') {
      const { pairs } = batch.progress;
      const synced = pairCount < 0 && syncedAlready(pairs);
      if (pairs.length === 0 && pairCount !== 0) onNoPairs();
      pairCount = pairs.length;
      reporter.progress(batch.progress, batch.rule);
      tellWatched(watched.take(pairs));
      if (synced) reporter.events([synced]);
    } else if (batch.kind === 'pair-events') {
      reporter.events(batch.events);
      for (const event of batch.events) {
        if (event.type === 'watching') tellWatched(watched.takeReport(event.pairId, event.report));
      }
      if (batch.lost > lost)
        reporter.note(`${batch.lost - lost} events were not taken in time; receipts has all uploads.`);
      lost = batch.lost;
    }
  };
  const open = async () => {
    // Before the pairs are started: nothing of them is to be missed.
    await boxcar.subscribe({ kind: 'pair-events' }, onBatch);
    await boxcar.subscribe({ kind: 'pairs' }, onBatch);
    await boxcar.commands.startPairs({});
  };
  await orAborted(Promise.race([open(), failed.promise]), signal);
  return orAborted(failed.promise, signal);
}
