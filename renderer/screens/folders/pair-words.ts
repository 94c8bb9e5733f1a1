import type { PairSummary, PairWatchReport } from '../../../shared/pair-model.ts';
import type { Catalogue } from '../../text/catalogue.ts';
import { bytes, count, moment } from '../../text/format.ts';

type Words = Catalogue['folders'];

/** What a pair is doing and why, in one line. */
export function pairStateWords(pair: PairSummary, words: Words, problemTitles: Catalogue['problems']): string {
  const { state, pausedUntil, problem, scan, counts, totalBytes, syncedBytes } = pair;
  const said = words.state;
  switch (state) {
    case 'stopped':
      return said.stopped;
    case 'scanning':
      return scan
        ? said.scanningSoFar(
            said.inFolders(
              words.files(scan.files, count(scan.files)),
              words.folderCount(scan.folders, count(scan.folders)),
            ),
          )
        : said.scanning;
    case 'syncing': {
      if (counts.pending === 0) return said.syncing;
      const left = Math.max(0, totalBytes - syncedBytes);
      return said.syncingLeft([words.files(counts.pending, count(counts.pending)), bytes(left)].join(' · '));
    }
    case 'synced':
      return needsSomebody(pair) ? said.syncedNeedsYou : said.synced;
    case 'paused':
      return pausedUntil === null ? said.paused : said.pausedUntil(moment(pausedUntil));
    case 'blocked':
      return problem ? said.blockedBy(problemTitles[problem.code].title) : said.blocked;
  }
}

/** Whether something of a pair waits for a person. */
export function needsSomebody({ counts, questions }: PairSummary): boolean {
  return counts.failed + counts.failedFolders + questions > 0;
}

/** How much of a pair is on Box, 0 to 1: by its bytes, or by its files where these have none. */
export function shareOnBox({ totalBytes, syncedBytes, counts }: PairSummary): number {
  if (totalBytes > 0) return Math.min(1, syncedBytes / totalBytes);
  return counts.files > 0 ? Math.min(1, counts.synced / counts.files) : 1;
}

/** How a pair is watched, in a few words. */
export function watchWords(report: PairWatchReport | null, words: Words): string {
  if (!report) return words.watch.none;
  const watched = words.folderCount(report.watches, count(report.watches));
  return report.mode === 'polling' ? words.watch.polling : words.watch[report.mode](watched);
}
