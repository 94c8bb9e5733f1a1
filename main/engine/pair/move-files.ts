import { nameKey, nameProblem } from '../../../shared/box-names.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { BoxError } from '../../box/box-error.ts';
import { moveFile } from '../../box/files.ts';
import type { BoxFile } from '../../box/schema/items.ts';
import { hashFile } from '../hash/hash-file.ts';
import { factsKey, identityOfKey } from '../ledger/facts.ts';
import { joinPath } from '../ledger/folders.ts';
import type { FilePlace, PairFile } from '../ledger/pair-files.ts';
import { planMoves, type Identity, type MovePlan, type MoveRow, type MoveStep } from '../plan/plan-moves.ts';
import type { PairServices } from './services.ts';
import type { FolderStands } from './stand-folder.ts';
import { entryPath } from '../scan/raw-path.ts';

/** A file that two rows of the ledger stand for: where Box has it, and where it is now. */
interface Move {
  from: PairFile;
  /** The row that stands there so far. */
  toId: number;
  to: FilePlace;
}

/** What Box has carried out. */
interface Done {
  move: Move;
  etag: string | null;
  name: string;
}

/**
 * Carries files that were moved or renamed here over to Box, one call each and no byte, swaps through a temporary name. What can't
 * be moved (its target's name is taken there, it is gone) stays as it is, and is planned as a new file and a gone one.
 * @param files gone: rows without a file; open: rows whose file is new or has changed; unripe: those of both that have not been
 *   so for long enough. A move waits for the last one that belongs to its chain.
 * @param onFreed told of folders in which something waited for a name that is free on Box now
 * @returns the files that wait so
 */
export async function moveFiles(
  services: PairServices,
  stands: FolderStands,
  { gone, open, unripe }: { gone: readonly PairFile[]; open: readonly PairFile[]; unripe: ReadonlySet<number> },
  onFreed: (folderId: number) => void,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  if (gone.length === 0 && open.length < 2) return new Set();
  const rows = new Map([...gone, ...open].map((file) => [file.id, file]));
  const unfinished = await followUnfinished(services, rows, { gone, open, unripe });
  const hashed = new Map<number, string>();
  let plan = planMoves([...rows.values()].map((file) => moveRow(file, hashed)));
  if (plan.wantDigest.length > 0) {
    for (const id of plan.wantDigest) {
      if (!unripe.has(id)) await hashOne(services, rows.get(id)!, hashed, signal);
    }
    plan = planMoves([...rows.values()].map((file) => moveRow(file, hashed)));
  }
  const held = heldBack(plan.moves, unripe, (id) => moveRow(rows.get(id)!, hashed).place!);
  const steps = plan.steps.filter(({ from }) => !held.has(from));
  await carryOut(services, stands, steps, rows, onFreed, signal);
  return new Set([...held, ...unfinished]);
}

/** The rows of all moves that hang together, by a place that one leaves and another takes, with one that is not ripe. */
function heldBack(
  moves: MovePlan['moves'],
  unripe: ReadonlySet<number>,
  placeOf: (id: number) => string,
): ReadonlySet<number> {
  const held = new Set<number>();
  const byPlace = new Map<string, MovePlan['moves']>();
  for (const move of moves) {
    for (const place of new Set([placeOf(move.from), placeOf(move.to)])) {
      byPlace.set(place, [...(byPlace.get(place) ?? []), move]);
    }
  }
  const waiting = moves.filter(({ from, to }) => unripe.has(from) || unripe.has(to));
  for (let move = waiting.pop(); move; move = waiting.pop()) {
    const { from, to } = move;
    if (held.has(from) && held.has(to)) continue;
    held.add(from).add(to);
    waiting.push(...[from, to].flatMap((id) => byPlace.get(placeOf(id)) ?? []));
  }
  return held;
}

/** What a row tells of where its file moved; `hashed` has digests that were read since. */
export function moveRow(file: PairFile, hashed: ReadonlyMap<number, string>): MoveRow {
  const { facts, syncedFacts } = file;
  const isHere = file.outcome !== 'gone' && facts !== null;
  const digestNow = facts && file.sha1Facts === factsKey(facts) ? file.sha1 : null;
  return {
    id: file.id,
    synced: file.boxId !== null && syncedFacts !== null ? syncedIdentity(file, syncedFacts) : null,
    now: isHere ? facts : null,
    sha1: file.syncedSha1,
    nowSha1: isHere ? (hashed.get(file.id) ?? digestNow) : null,
    place: `${file.folderId}:${nameKey(file.name)}`,
  };
}

/** The birth time is known only while the row still tells of that very file. */
function syncedIdentity(file: PairFile, syncedFacts: string): Identity {
  const identity = identityOfKey(syncedFacts);
  const isSame = file.facts !== null && factsKey(file.facts) === syncedFacts;
  return { ...identity, birthtimeNs: isSame ? file.facts!.birthtimeNs : null };
}

async function hashOne(
  { ledger, hashPool }: PairServices,
  file: PairFile,
  hashed: Map<number, string>,
  signal: AbortSignal,
): Promise<void> {
  const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
  try {
    const { sha1, facts } = await hashFile(hashPool, {
      path: path.local,
      displayPath: path.display,
      facts: file.facts!,
      signal,
    });
    hashed.set(file.id, sha1);
    // Whatever comes of it, it need not be read again for this. But a row that stands for a file on Box has the digest of that one:
    // by it, that file is found where it is now.
    if (file.boxId === null) await ledger.write(() => ledger.files.setDigest(file.id, sha1, factsKey(facts)));
  } catch (error) {
    signal.throwIfAborted();
    // Gone, locked or being written: it is planned by itself when it is looked at next.
    if (!(error instanceof ProblemError)) throw error;
  }
}

/**
 * A file that was renamed while it goes up, for the first time or as a version: its transfer stays, and its row takes the new
 * place. On Box it follows once it has arrived. Returns those that are to wait.
 */
async function followUnfinished(
  { ledger, scheduler }: PairServices,
  rows: Map<number, PairFile>,
  { gone, open, unripe }: { gone: readonly PairFile[]; open: readonly PairFile[]; unripe: ReadonlySet<number> },
): Promise<Set<number>> {
  const held = new Set<number>();
  const news = new Map(open.filter(({ boxId }) => boxId === null).map((file) => [identityKey(file), file]));
  for (const file of gone) {
    if (!file.facts) continue;
    const to = news.get(identityKey(file));
    if (!to || to.pairId !== file.pairId) continue;
    const live = ledger.transfers.live(file.id);
    // Of one that has not begun nothing is lost when it is planned anew.
    if (!live || (live.session === null && !scheduler.isRunning(live.id))) continue;
    news.delete(identityKey(file));
    rows.delete(file.id);
    rows.delete(to.id);
    // It may be the folder that has moved, with all that is in it.
    if (unripe.has(file.id) || unripe.has(to.id)) held.add(to.id);
    else await ledger.write(() => ledger.pairFiles.moveFiles([{ id: file.id, to: placeOf(to), box: null }]));
  }
  return held;
}

function identityKey({ facts }: PairFile): string {
  return facts ? `${facts.dev}:${facts.inode}:${facts.sizeBytes}:${facts.mtimeNs}` : '';
}

function placeOf({ pairId, folderId, name, nameRaw, facts }: PairFile): FilePlace {
  return { pairId, folderId, name, nameRaw, facts: facts! };
}

async function carryOut(
  services: PairServices,
  stands: FolderStands,
  steps: readonly MoveStep[],
  rows: ReadonlyMap<number, PairFile>,
  onFreed: (folderId: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { ledger } = services;
  const done: Done[] = [];
  const given = new Set<number>();
  const parked = new Set<number>();
  const begun = [...new Set(steps.map(({ from }) => from))];
  if (begun.length === 0) return;
  // Whatever becomes of the calls, and of us: until their outcome is known, these may stand elsewhere on Box.
  await ledger.write(() => ledger.tree.setMoving('file', begun, true));
  try {
    for (const step of steps) {
      if (given.has(step.from)) continue;
      const result = await carryOutStep(services, stands, step, rows, signal);
      if (result === 'no') {
        given.add(step.from);
        if (step.do !== 'park') given.add(step.to);
      } else if (result) done.push(result);
      else parked.add(step.from);
    }
    const moved = new Set(done.map(({ move }) => move.from.id));
    const untouched = [...given].filter((id) => !parked.has(id) && !moved.has(id));
    await ledger.write(() => ledger.tree.setMoving('file', untouched, false));
  } finally {
    // What Box has done is written down even where the rest was cut off.
    await writeDown(services, complete(done, rows), onFreed);
  }
}

/**
 * The etag of a file that was moved on Box, where it has the content there that the ledger knows. Null where somebody has changed
 * it: that version is not ours to replace, which only the etag of before can tell.
 */
export function etagOfOurs(known: Pick<PairFile, 'boxSha1'>, moved: Pick<BoxFile, 'etag' | 'sha1'>): string | null {
  return moved.sha1 === known.boxSha1 ? (moved.etag ?? null) : null;
}

/** A name out of the way of files that change places. */
export function parkedName({ id, name }: Pick<PairFile, 'id' | 'name'>): string {
  return `${name.slice(0, 200)}.boxcar-moving-${id}`;
}

async function carryOutStep(
  services: PairServices,
  stands: FolderStands,
  step: MoveStep,
  rows: ReadonlyMap<number, PairFile>,
  signal: AbortSignal,
): Promise<Done | 'no' | null> {
  const { ledger, connection, log } = services;
  const from = rows.get(step.from)!;
  if (ledger.transfers.live(from.id)) return 'no';
  try {
    if (step.do === 'park') {
      await moveFile(connection, { fileId: from.boxId!, name: parkedName(from) }, { signal });
      return null;
    }
    const to = rows.get(step.to)!;
    if (nameProblem(to.name)) return 'no';
    if (ledger.transfers.live(to.id)) return 'no';
    const parentId = await stands.stand(to.folderId, signal);
    if (parentId === undefined || !(await isProven(services, from, to, signal))) return 'no';
    const isSameFolder = from.folderId === to.folderId && !from.isMoving;
    const moved = await moveFile(
      connection,
      { fileId: from.boxId!, name: to.name, ...(isSameFolder ? {} : { parentId }) },
      { signal },
    );
    return { move: { from, toId: to.id, to: placeOf(to) }, etag: etagOfOurs(from, moved), name: moved.name };
  } catch (error) {
    signal.throwIfAborted();
    // Taken, gone, not permitted: what concerns this one file alone makes it a new file and a gone one.
    if (!(error instanceof BoxError && error.isOfItem)) throw error;
    log.info({ file: from.id, problem: error.problem }, 'a move could not be carried over');
    return 'no';
  }
}

/**
 * Whether the file is that very one. A birth time says so; where the file system keeps none, or the row tells of another file by
 * now, a reused inode with an equal size and time can't be told from it, and only its content can.
 */
export async function isProven(
  services: PairServices,
  from: PairFile,
  to: PairFile,
  signal: AbortSignal,
): Promise<boolean> {
  const born = from.facts?.birthtimeNs;
  const isGone = from.outcome === 'gone' && from.facts !== null && factsKey(from.facts) === from.syncedFacts;
  if (isGone && born && born === to.facts?.birthtimeNs && from.facts?.inode === to.facts.inode) return true;
  if (to.sha1 === from.syncedSha1 && to.facts && to.sha1Facts === factsKey(to.facts)) return true;
  const hashed = new Map<number, string>();
  await hashOne(services, to, hashed, signal);
  return hashed.get(to.id) === from.syncedSha1;
}

/**
 * Without those that took the place of a file that did not get to its own, in a change of places that was cut off: its row would be lost.
 * They are asked for again, or set to the place that they have here.
 */
function complete(done: readonly Done[], rows: ReadonlyMap<number, PairFile>): Done[] {
  let kept = [...done];
  for (let before = -1; before !== kept.length;) {
    before = kept.length;
    const moved = new Set(kept.map(({ move }) => move.from.id));
    kept = kept.filter(({ move }) => rows.get(move.toId)!.boxId === null || moved.has(move.toId));
  }
  return kept;
}

async function writeDown(
  { ledger, onEvent }: PairServices,
  done: readonly Done[],
  onFreed: (folderId: number) => void,
): Promise<void> {
  if (done.length === 0) return;
  const pathOf = (folderId: number, name: string) => entryPath(ledger.folders.path(folderId).display, name);
  const told = done.map(({ move: { from, to } }) => ({
    pairId: to.pairId,
    from: pathOf(from.folderId, from.name),
    to: pathOf(to.folderId, to.name),
  }));
  await ledger.write(() =>
    ledger.pairFiles.moveFiles(
      done.map(({ move, etag, name }) => ({ id: move.from.id, to: move.to, box: { etag, name } })),
    ),
  );
  // Something may have waited for the name that a file has left.
  const freed = await ledger.write(() =>
    done.flatMap(({ move: { from } }) => ledger.tree.reopenNamed(from.folderId, from.name)),
  );
  for (const id of freed) onFreed(id);
  for (const event of told) onEvent({ type: 'moved', kind: 'file', ...event });
}
