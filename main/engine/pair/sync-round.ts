import { ProblemError } from '../../../shared/problem-error.ts';
import type { PairFile } from '../ledger/pair-files.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { identityOfKey } from '../ledger/facts.ts';
import { cameLately } from '../plan/came-lately.ts';
import { decideGone } from './decide-gone.ts';
import { makeRoom } from './make-room.ts';
import { moveFiles } from './move-files.ts';
import { bindMade, moveFolders, relocateFolders } from './move-folders.ts';
import type { PairRun } from './pair-run.ts';
import { relocateFiles } from './relocate-files.ts';
import type { PairServices } from './services.ts';
import { settleFolder } from './settle-folder.ts';
import type { FolderStands } from './stand-folder.ts';

/** Folders of one round: between two rounds walks have their turn. */
const foldersPerRound = 200;
const foldersAtOnce = 4;
const goneAtOnce = 10_000;
const longestGoingMs = 60_000;
/** The watcher tells of the folder that a file went to up to a second later than of the one that it came from. */
const leastGoneMs = 1500;
/** What is gone waits so long at most for what was found meanwhile. */
const mostHeldMs = 30_000;

export interface RoundOptions {
  services: PairServices;
  stands: FolderStands;
  runs: readonly PairRun[];
  /** A folder is gone on Box. */
  onFolderGone: (run: PairRun, folderId: number) => Promise<void>;
  signal: AbortSignal;
}

/**
 * One round of decisions over all pairs together, since files move across them: folders that moved, files that moved, then
 * places and plans, and only then what is gone for good. What waited is looked at in the order in which each needs the one
 * before: a file that moved is neither new nor gone.
 */
export async function syncRound(options: RoundOptions): Promise<void> {
  const { services, stands, runs, signal } = options;
  const due = await withoutWaiting(options, dueFolders(services, runs));
  const lost = runs.flatMap((run) => (run.lost ? services.ledger.tree.goneFolders(run.id) : []));
  const gone = await bindMade(services, lost, signal);
  const onFreed = (folderId: number) => {
    const pairId = services.ledger.tree.folder(folderId)?.pairId;
    runs.find(({ id }) => id === pairId)?.dirty.set(folderId, 0);
  };
  const found = foundFolders(services, due);
  const moved = await moveFolders(services, stands, { gone, found }, onFreed, signal);
  for (const { pairId, path } of moved) runs.find(({ id }) => id === pairId)?.walkDeep(path);
  // What moved along is compared first.
  if (moved.length > 0) return;
  for (const { id } of runs) await relocateFolders(services, id, signal);
  const held = await moveDueFiles(options, due, onFreed);
  for (const { id } of runs) await relocateFiles(services, stands, id, signal);
  await stands.whileNamesRest(() => settleDue(options, due, held));
  await decideLost(services, runs, signal);
}

interface DueFolder {
  run: PairRun;
  pair: PairRow;
  id: number;
}

function dueFolders({ clock }: PairServices, runs: readonly PairRun[]): DueFolder[] {
  const now = clock.monotonic();
  const due: DueFolder[] = [];
  for (const run of runs) {
    const pair = run.row;
    for (const [id, dueMs] of run.dirty) {
      if (dueMs > now) continue;
      if (due.length >= foldersPerRound) return due;
      due.push({ run, pair, id });
    }
  }
  return due;
}

/** Room is made for the folders that are due; those for which it can't be made yet wait, with what is in them. */
async function withoutWaiting(
  { services, runs, signal }: RoundOptions,
  due: readonly DueFolder[],
): Promise<DueFolder[]> {
  const { clock, ledger } = services;
  const dueIds = new Set(due.map(({ id }) => id));
  const later = runs.flatMap(({ dirty }) => [...dirty.keys()].filter((id) => !dueIds.has(id)));
  const settleMs = new Map(runs.map((run) => [run.id, run.row.options.settleMs]));
  const now = clock.now();
  const isRipe = ({ outcome, pairId, folderId, seenAt }: PairFile) =>
    outcome === 'gone' ? seenAt <= now - settleMs.get(pairId)! : dueIds.has(folderId);
  const open = () => [...dueIds, ...later.slice(0, foldersPerRound)].flatMap((id) => allOpen(services, id, false));
  const waiting = await makeRoom(services, { found: foundFolders(services, due), open, isRipe }, signal);
  if (waiting.size === 0) return [...due];
  const waits = (id: number): boolean => {
    const above = waiting.has(id) ? null : ledger.tree.folder(id)?.parentId;
    return above === null || above === undefined ? waiting.has(id) : waits(above);
  };
  for (const { run, pair, id } of due) if (waits(id)) run.dirty.set(id, clock.monotonic() + soonMs(pair));
  return due.filter(({ id }) => !waits(id));
}

/** Those that were never on Box, with the ones above: what came along in a folder that moved may be due before the folder itself. */
function foundFolders({ ledger }: PairServices, due: readonly DueFolder[]): PairFolder[] {
  const found = new Map<number, PairFolder>();
  for (const { id } of due) {
    for (let at: number | null = id; at !== null && !found.has(at);) {
      const folder = ledger.tree.folder(at);
      if (!folder || folder.state !== 'found' || folder.boxId !== null) break;
      found.set(at, folder);
      at = folder.parentId;
    }
  }
  return [...found.values()];
}

/** Returns the files that wait for another one with which they move: they are not planned by themselves in this round. */
async function moveDueFiles(
  { services, stands, runs, signal }: RoundOptions,
  due: readonly DueFolder[],
  onFreed: (folderId: number) => void,
): Promise<ReadonlySet<number>> {
  const { clock, ledger } = services;
  const gone: PairFile[] = [];
  const unripe = new Set<number>();
  for (const run of runs.filter(({ lost }) => lost)) {
    const before = clock.now() - run.row.options.settleMs;
    for (const file of ledger.pairFiles.goneFiles(run.id, 0, goneAtOnce)) {
      gone.push(file);
      if (file.seenAt > before) unripe.add(file.id);
    }
  }
  // Where nothing is gone only files that are on Box can have changed places, but for what is told of late.
  const isQuick = runs.some((run) => run.row.options.settleMs < leastGoneMs);
  const isBound = gone.length === 0 && !isQuick;
  const open = due.flatMap(({ id }) => allOpen(services, id, isBound));
  const before = clock.now() - leastGoneMs;
  const late = isQuick ? open.filter((file) => isLate(file, before)).map(({ id }) => id) : [];
  for (const id of late) unripe.add(id);
  const dueIds = new Set(due.map(({ id }) => id));
  const later = runs.flatMap(({ dirty }) => [...dirty.keys()].filter((id) => !dueIds.has(id)));
  for (const file of later.slice(0, foldersPerRound).flatMap((id) => allOpen(services, id, isBound))) {
    open.push(file);
    unripe.add(file.id);
  }
  const held = await moveFiles(services, stands, { gone, open, unripe }, onFreed, signal);
  return new Set([...held, ...late]);
}

function isLate({ facts, boxId, syncedFacts, seenAt }: PairFile, before: number): boolean {
  const synced = boxId === null || syncedFacts === null ? null : identityOfKey(syncedFacts);
  return facts !== null && cameLately(facts, synced, { seenAt, before, marginMs: leastGoneMs });
}

function allOpen({ ledger }: PairServices, folderId: number, isBound: boolean): PairFile[] {
  const files: PairFile[] = [];
  for (let after = 0; ;) {
    const slice = ledger.pairFiles.openFiles(folderId, after, 1000, isBound);
    if (slice.length === 0) return files;
    files.push(...slice);
    after = slice.at(-1)!.id;
  }
}

async function settleDue(
  { services, stands, onFolderGone, signal }: RoundOptions,
  due: readonly DueFolder[],
  held: ReadonlySet<number>,
): Promise<void> {
  const { clock, ledger } = services;
  const holding = new Set([...held].map((id) => ledger.pairFiles.file(id)?.folderId));
  const queue = [...due];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { run, pair, id } = next;
      const dueMs = run.dirty.get(id);
      try {
        if (await settleFolder(services, stands, pair, id, held, signal)) holding.add(id);
      } catch (error) {
        signal.throwIfAborted();
        const code = error instanceof ProblemError ? error.problem.code : '';
        if (code !== 'target.not-found' && code !== 'target.trashed') throw error;
        await onFolderGone(run, id);
      }
      // One that changed again meanwhile has a time of its own.
      if (run.dirty.get(id) !== dueMs) continue;
      if (holding.has(id)) run.dirty.set(id, clock.monotonic() + soonMs(pair));
      else run.dirty.delete(id);
    }
  };
  await Promise.all(Array.from({ length: foldersAtOnce }, work));
}

async function decideLost(services: PairServices, runs: readonly PairRun[], signal: AbortSignal): Promise<void> {
  const { ledger, clock } = services;
  for (const run of runs) {
    if (!run.lost || run.lostDueMs > clock.monotonic()) continue;
    const pair = run.row;
    if (mayYetMove(services, runs, run)) {
      run.lostDueMs = clock.monotonic() + soonMs(pair);
      continue;
    }
    const before = clock.now() - Math.max(pair.options.settleMs, leastGoneMs);
    const files = ledger.pairFiles.goneFiles(run.id, 0, goneAtOnce);
    const folders = ledger.tree.goneFolders(run.id);
    // While more goes away, as in the deletion of a large tree, it is judged together: but not for ever.
    const isGoing = files.some(({ seenAt }) => seenAt > before);
    const isLong = files.some(({ seenAt }) => seenAt <= before - longestGoingMs);
    const dueFiles = isGoing && !isLong ? [] : files.filter(({ seenAt }) => seenAt <= before);
    const dueFolders = folders.filter(({ changedAt }) => changedAt <= before);
    const freed = await decideGone(services, pair, dueFiles, dueFolders, 'ask', signal);
    for (const id of freed) run.dirty.set(id, 0);
    const isLeft = dueFiles.length < files.length || dueFolders.length < folders.length || files.length === goneAtOnce;
    run.lost = isLeft;
    run.lostHeldMs = null;
    if (isLeft) run.lostDueMs = clock.monotonic() + soonMs(pair);
  }
}

/** Whether something that was found is still to be looked at, in any pair: it may be what is gone. Not for ever, where files come all the time. */
function mayYetMove({ clock }: PairServices, runs: readonly PairRun[], run: PairRun): boolean {
  if (runs.every(({ dirty }) => dirty.size === 0)) return false;
  const now = clock.monotonic();
  run.lostHeldMs ??= now;
  return now - run.lostHeldMs < Math.max(mostHeldMs, 4 * run.row.options.settleMs);
}

function soonMs({ options }: PairRow): number {
  return Math.max(50, options.settleMs / 4);
}
