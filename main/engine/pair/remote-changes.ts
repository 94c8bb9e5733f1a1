import { nameKey } from '../../../shared/box-names.ts';
import type { Problem } from '../../../shared/problem.ts';
import { BoxListing } from '../job/box-listing.ts';
import { factsKey } from '../ledger/facts.ts';
import type { FileRow } from '../ledger/files.ts';
import { compareListing, type Judged } from '../remote/compare-listing.ts';
import { awayOf, fetchFile, fetchFolder } from '../remote/fetch-item.ts';
import { judgeFile, judgeFolder } from '../remote/judge-remote.ts';
import type { RemoteEvent, RemoteItem } from '../remote/model.ts';
import type { WaitingForName } from '../ledger/pair-queries.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import type { PairRun } from './pair-run.ts';
import { ask, type PairServices } from './services.ts';
import { entryPath } from '../scan/raw-path.ts';

/** A target that is gone, and a folder that Box said is not there though it is, are looked at again after so long. */
const againMs = 5 * 60_000;

/** What other people do to the files and folders of pairs on Box. Nothing is downloaded; what is removed there is asked about. */
export class RemoteChanges {
  readonly #services: PairServices;
  readonly #run: (pairId: number) => PairRun | undefined;

  constructor(services: PairServices, run: (pairId: number) => PairRun | undefined) {
    this.#services = services;
    this.#run = run;
  }

  /** Rejects with trouble on the way to Box; the events are then told again. */
  async onEvents(events: readonly RemoteEvent[], signal: AbortSignal): Promise<void> {
    for (const { item, by } of events) {
      if (!item) continue;
      const id = this.#services.ledger.tree.boundTo(item.type, item.id);
      if (id === undefined) continue;
      if (item.type === 'file') await this.#fileEvent(id, item, by?.name ?? null, signal);
      else await this.#folderEvent(id, item, by?.name ?? null, signal);
    }
    await this.#freedBy(events);
  }

  /** What waited for a name on Box that something of another kind has may have it now: whoever left it, it need not be ours. */
  async #freedBy(events: readonly RemoteEvent[]): Promise<void> {
    const { ledger } = this.#services;
    const left = events.filter(({ type, item }) => item !== null && leaving.has(type));
    if (left.length === 0) return;
    for (const { id } of ledger.pairs.list()) {
      const waiting = ledger.pairQueries.waitingForName(id);
      await this.#tryAgain(
        id,
        waiting.filter((one) => left.some((event) => mayLeave(event, one))),
      );
    }
  }

  /** The same where events were missed: Box's listing says which names are free. */
  async #freedIn(pairId: number, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    const waiting = Map.groupBy(ledger.pairQueries.waitingForName(pairId), ({ parentBoxId }) => parentBoxId);
    for (const [parentBoxId, named] of waiting) {
      const listing = await BoxListing.read(connection, parentBoxId, signal).catch((error: unknown) => {
        if (awayOf(error) === undefined) throw error;
        return null;
      });
      const free = named.filter(({ name, takenBy }) => listing && listing.byName(name)?.type !== takenBy);
      await this.#tryAgain(pairId, free);
    }
  }

  async #tryAgain(pairId: number, waiting: readonly WaitingForName[]): Promise<void> {
    const { ledger } = this.#services;
    if (waiting.length === 0) return;
    const freed = await ledger.write(() =>
      waiting.flatMap(({ folderId, name }) => ledger.tree.reopenNamed(folderId, name)),
    );
    for (const id of freed) this.#run(pairId)?.dirty.set(id, 0);
  }

  /** Compares a pair with Box's listings: at first, at most daily, and where events were missed. */
  async compare(run: PairRun, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    await compareListing({
      ledger,
      connection,
      pair: run.row,
      signal,
      onJudged: (judged) => this.#apply(judged, null),
    });
    await this.#freedIn(run.id, signal);
  }

  /** A folder that something was to go into is not on Box any more. */
  async folderGone(run: PairRun, folderId: number): Promise<void> {
    // It, or one that it is in: the topmost is what was removed.
    const { ledger, connection } = this.#services;
    const chain: number[] = [];
    for (let folder = ledger.tree.folder(folderId); folder;) {
      chain.unshift(folder.id);
      folder = folder.parentId === null ? undefined : ledger.tree.folder(folder.parentId);
    }
    for (const id of chain) {
      const row = ledger.tree.folder(id);
      if (!row || row.boxId === null) continue;
      const fresh = await fetchFolder(connection, row.boxId, AbortSignal.timeout(60_000));
      if (typeof fresh === 'string') return this.#folderRemoved(row.id, null);
    }
    // It stands there after all: somebody has put it back, or it can't be written to at the moment.
    run.dirty.set(folderId, this.#services.clock.monotonic() + againMs);
  }

  /** The target of a pair was gone: whether it is back. Rejects with trouble on the way to Box. */
  async lookAtTarget(run: PairRun, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    const root = ledger.tree.root(run.id);
    const fresh = await fetchFolder(connection, run.row.targetFolderId, signal);
    if (typeof fresh === 'string' && root) return this.#folderRemoved(root.id, null);
    run.unblock();
    run.rescan();
  }

  async #fileEvent(id: number, item: RemoteItem, by: string | null, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    const row = ledger.files.get(id)!;
    const parent = ledger.tree.folder(row.folderId)?.boxId;
    // Our own uploads make events too, and need no look.
    const isOurs =
      !item.trashed && item.sha1 === row.box?.sha1 && item.etag === row.box?.etag && item.parentId === parent;
    const isAsked = ledger.questions.aboutFile('removed-on-box', id) !== undefined;
    if (isAsked && !item.trashed) return this.#fileRestored(row, signal);
    // Our own moves make events too: where it is then is for the move to note, or to set.
    const isMoving = ledger.pairFiles.file(id)?.isMoving === true && !item.trashed;
    if (isOurs || isMoving || !isFollowed(row)) return;
    const known = {
      boxId: item.id,
      etag: row.box!.etag,
      sha1: row.box!.sha1,
      name: row.box!.name,
      parentBoxId: parent ?? '',
    };
    const fresh = await fetchFile(connection, item.id, signal);
    const verdict = judgeFile(known, fresh);
    await this.#apply({ kind: 'file', row, verdict, fresh: typeof fresh === 'string' ? null : fresh }, by);
  }

  async #folderEvent(id: number, item: RemoteItem, by: string | null, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    const row = ledger.tree.folder(id)!;
    if (row.state === 'gone' || row.state === 'left') return;
    if (!item.trashed) return this.#folderRestored(row, signal);
    const fresh = await fetchFolder(connection, item.id, signal);
    const parentBoxId = row.parentId === null ? (typeof fresh === 'string' ? '' : (fresh.parentId ?? '')) : '';
    const verdict = judgeFolder({ boxId: item.id, name: row.name, parentBoxId }, fresh);
    if (verdict === 'removed') await this.#folderRemoved(id, by);
  }

  /** What was asked about has come back from Box's trash: it is as if nobody had removed it. */
  async #fileRestored({ id, ownerId, folderId, box }: FileRow, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    if (!box || typeof (await fetchFile(connection, box.fileId, signal)) === 'string') return;
    await ledger.write(() => {
      ledger.questions.withdraw('removed-on-box', { ownerId, fileId: id });
      ledger.pairFiles.reopen(id);
    });
    this.#run(ownerId)?.dirty.set(folderId, 0);
  }

  async #folderRestored({ id, pairId, parentId, boxId, state }: PairFolder, signal: AbortSignal): Promise<void> {
    const { ledger, connection } = this.#services;
    const run = this.#run(pairId);
    if (parentId === null) {
      if (run?.blocked?.problem.code === 'pair.target-gone') await this.lookAtTarget(run, signal);
      return;
    }
    const isAway = state === 'failed' && ledger.folders.get(id)?.problem?.code === 'pair.removed-on-box';
    if (!isAway || boxId === null || typeof (await fetchFolder(connection, boxId, signal)) === 'string') return;
    await ledger.write(() => {
      ledger.questions.withdraw('removed-on-box', { ownerId: pairId, folderId: id });
      // Some of what was in it may not have come back.
      ledger.tree.place(id, boxId, null);
      ledger.tree.reopenFailed(id);
    });
    run?.rescan();
  }

  async #apply(judged: Judged, by: string | null): Promise<void> {
    const { ledger } = this.#services;
    if (judged.kind === 'folder') {
      if (judged.verdict === 'removed') await this.#folderRemoved(judged.row.id, by);
      return;
    }
    const { row, verdict, fresh } = judged;
    if (verdict === 'removed') return this.#fileRemoved(row.id, by);
    // Content that somebody else changed: the next change here finds out by its If-Match.
    if (verdict === 'changed' || !fresh) return;
    await ledger.write(() => {
      ledger.pairFiles.setBoxFacts(row.id, fresh.etag);
      if (verdict === 'renamed') ledger.pairFiles.setOwnName(row.id, fresh.name);
    });
  }

  async #fileRemoved(id: number, by: string | null): Promise<void> {
    const { ledger } = this.#services;
    const row = ledger.files.get(id);
    if (!row?.box || !isFollowed(row) || ledger.transfers.live(id)) return;
    await ledger.write(() => this.fileGone(row, by));
  }

  /** A file of a pair is not on Box any more, and nothing is on its way there: what the pair's rule says. Within a transaction. */
  fileGone({ id, ownerId, folderId, name, box }: FileRow, by: string | null): void {
    const { ledger, clock } = this.#services;
    const pair = ledger.pairs.get(ownerId);
    if (!pair || !box) return;
    const path = entryPath(ledger.folders.path(folderId).display, name);
    const rule = pair.options.removedOnBox;
    if (rule === 'upload') {
      ledger.pairFiles.unbind(id);
      ledger.pairFiles.reopen(id);
      this.#run(pair.id)?.dirty.set(folderId, 0);
      return;
    }
    ledger.files.setOutcome(id, 'kept', removedProblem(path, by, clock.now()));
    if (rule === 'leave') return ledger.pairFiles.unbind(id);
    ask(this.#services, {
      ownerId: pair.id,
      kind: 'removed-on-box',
      fileId: id,
      folderId: null,
      path,
      text: `Removed on Box by ${by ?? 'somebody'}. Upload it again, or leave it here only?`,
      detail: { boxId: box.fileId, ...(by === null ? {} : { by }) },
    });
  }

  async #folderRemoved(id: number, by: string | null): Promise<void> {
    const { ledger, clock } = this.#services;
    const row = ledger.tree.folder(id);
    const pair = row && ledger.pairs.get(row.pairId);
    if (!pair || row.state === 'gone' || row.state === 'left') return;
    const run = this.#run(pair.id);
    const path = ledger.folders.path(id).display;
    if (row.parentId === null) {
      const problem: Problem = { ...removedProblem(path, by, clock.now()), code: 'pair.target-gone' };
      // One that is paused looks there before it goes on.
      if (run) run.block(problem, clock.monotonic() + againMs);
      else await ledger.write(() => ledger.pairs.setProblem(pair.id, problem));
      return;
    }
    const rule = pair.options.removedOnBox;
    await ledger.write(() => {
      if (rule === 'upload') {
        ledger.tree.unplaceBelow(id);
        return;
      }
      ledger.tree.setState(id, 'failed', removedProblem(path, by, clock.now()));
      if (rule === 'leave') return;
      ask(this.#services, {
        ownerId: pair.id,
        kind: 'removed-on-box',
        fileId: null,
        folderId: id,
        path,
        text: `The folder was removed on Box by ${by ?? 'somebody'}. Upload it again, or leave it here only?`,
        detail: { boxId: row.boxId! },
      });
    });
    if (rule === 'upload') run?.rescan();
  }
}

/** By these an item leaves a name. */
const leaving: ReadonlySet<string> = new Set(['ITEM_RENAME', 'ITEM_MOVE', 'ITEM_TRASH']);

/** Whether the event may have freed the name: of a rename Box tells the new name only, of a move the new place. */
function mayLeave({ type, item }: RemoteEvent, { name, parentBoxId, takenBy }: WaitingForName): boolean {
  if (item?.type !== takenBy) return false;
  return type === 'ITEM_RENAME' ? item.parentId === parentBoxId : nameKey(item.name) === nameKey(name);
}

/**
 * What is gone here or left there on purpose is nobody's loss. A change finds out by itself, but what waits without one (it came
 * back on Box, say) would be taken for what is there.
 */
function isFollowed({ outcome, facts, sha1, sha1Facts, box }: FileRow): boolean {
  if (outcome !== 'pending') return outcome === 'sent' || outcome === 'adopted' || outcome === 'unchanged';
  return facts !== null && sha1 === box?.sha1 && sha1Facts === factsKey(facts);
}

export function removedProblem(item: string, by: string | null, at: number): Problem {
  const detail = by === null ? 'somebody removed it there' : `removed by ${by}`;
  return { code: 'pair.removed-on-box', operation: 'follow Box', item, detail, at };
}
