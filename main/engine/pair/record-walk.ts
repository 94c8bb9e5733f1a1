import type { Outcome } from '../../../shared/outcome.ts';
import type { Problem } from '../../../shared/problem.ts';
import { ruleFileName } from '../ignore/rule-file.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { nameKey } from '../ledger/pair-sql.ts';
import type { PairEntry } from '../ledger/folder-comparison.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { isSameAfterMount } from '../plan/mount-guard.ts';
import { specialProblem } from '../job/record-scan.ts';
import { placeholderDetail } from '../names/placeholder.ts';
import { failureOf } from '../progress/failure-of.ts';
import type { DeliveredFolder, LocalName, ScanBatch, ScannedEntry } from '../scan/model.ts';
import { childPath, displayPathOf, entryPath } from '../scan/raw-path.ts';

/** What a walk changed. */
export interface WalkFindings {
  /** Folders in which something waits for a plan: new, changed or back. */
  dirty: Set<number>;
  /** When a file in a folder with new or changed files was last written or moved (ms since 1970), as the file system says. */
  changedAtMs: Map<number, number>;
  /**
   * Folders that are new here, in the place of another, or readable again, or whose rule file is another one: a walk that goes no
   * deeper has not read what is in them, or by other rules.
   */
  found: { id: number; path: string }[];
  /** Whether anything is gone. */
  lost: boolean;
  /**
   * Folders that were read or are not readable, absolute, parents first: what is to be watched. Here and below, names that are no
   * text are as people see them: nobody can watch those folders, and just so they are told as what is not watched.
   */
  read: string[];
  /** Folders that are left out from now on, or gone: not to be watched any more. */
  unread: string[];
  /** Files that were left out, though on their way. */
  leftOut: number[];
}

/** The event loop stands still for about so long at a time while folders are compared. */
const turnMs = 8;

/** A folder that is no longer here. */
interface Lost {
  row: PairFolder;
  path: string | Buffer;
}

interface Walked {
  id: number;
  path: string | Buffer;
  /** It has had no row before this walk, and so nothing below it has. */
  isNew: boolean;
  /** Rows below it, by name, as they were when it was reached; those that were found are taken out. */
  children: Map<string, PairFolder>;
  /** Folders in it that were found and not read yet, by name. */
  below: Map<string, { id: number; isNew: boolean }>;
  isRead: boolean;
  /** Names seen in slices before the last; null while it is read in one. */
  seen: Set<string> | null;
  /** What keeps anything in it from being compared, whatever the slice; undefined until the first one is judged. */
  held: Problem | null | undefined;
}

/**
 * Carries what a walk of a pair finds into the ledger, folder by folder: new and changed files wait for a plan, missing ones are
 * gone, and unchanged ones are not written. Nothing is gone in a folder that could not be read.
 */
export class WalkRecorder {
  readonly findings: WalkFindings = {
    dirty: new Set(),
    changedAtMs: new Map(),
    found: [],
    lost: false,
    read: [],
    unread: [],
    leftOut: [],
  };
  readonly #ledger: Ledger;
  readonly #pair: PairRow;
  readonly #roots: ReadonlyMap<string, number>;
  readonly #onOutcome: (outcome: Outcome) => void;
  readonly #walked = new Map<number, Walked>();
  readonly #containers = new Map<number, string>();

  /** @param roots ids of the folders that the walk begins with, by their paths */
  constructor(options: {
    ledger: Ledger;
    pair: PairRow;
    roots: ReadonlyMap<string, number>;
    onOutcome: (outcome: Outcome) => void;
  }) {
    this.#ledger = options.ledger;
    this.#pair = options.pair;
    this.#roots = options.roots;
    this.#onOutcome = options.onOutcome;
  }

  /** Many folders are one write, since each costs as much as ten of them; none waits for the disk, since a walk tells it again. */
  async record(batch: ScanBatch, now: number): Promise<void> {
    for (let at = 0; at < batch.folders.length;) {
      const lost = await this.#ledger.note(() => {
        const begunAt = performance.now();
        const gone: Lost[] = [];
        do gone.push(...this.#compare(batch.folders[at++]!, now));
        while (at < batch.folders.length && performance.now() - begunAt < turnMs);
        return gone;
      });
      await this.#lose(lost, now);
    }
  }

  #compare(folder: DeliveredFolder, now: number): Lost[] {
    if (folder.parentKey !== null) return this.#folder(folder, now);
    this.#containers.set(folder.key, folder.name);
    return [];
  }

  /** Returns the folders that are no longer in it. */
  #folder(folder: DeliveredFolder, now: number): Lost[] {
    const { tree, comparison } = this.#ledger;
    const walked = this.#reach(folder);
    if (!walked) return [];
    const { id, path, children } = walked;
    const display = displayPathOf(path);
    const row = tree.folder(id)!;
    if (walked.held === undefined) walked.held = this.#unmounted(row, folder, path, now);
    const problem = folder.problem ?? walked.held;
    if (problem) {
      // Whoever watches tells why it can't be watched either, and when it is to be read again.
      if (folder.problem && problem.code !== 'local.missing') this.findings.read.push(display);
      const isNew = this.#ledger.folders.get(id)?.problem?.code !== problem.code;
      tree.setState(id, 'failed', problem);
      if (isNew) this.#onOutcome(failureOf(display, 'failed', 0, problem));
      return [];
    }
    const failedBy = row.state === 'failed' ? this.#ledger.folders.get(id)?.problem?.code : undefined;
    // What is in it was not looked at for as long as it could not be read, or its disk was away.
    const wasAway = failedBy?.startsWith('local.') || failedBy === 'pair.folder-elsewhere';
    if (wasAway) this.findings.found.push({ id, path: display });
    // One that somebody removed on Box waits for an answer, and can be read all the same.
    if (row.state === 'failed' && failedBy !== 'pair.removed-on-box') {
      tree.reopenFailed(id);
      // What is below waited for it.
      for (const waiting of tree.reopenFolder(id)) this.findings.dirty.add(waiting);
    }
    this.#leaveOut(folder, walked, now);
    for (const entry of folder.subfolders) this.#child(walked, entry, now);
    if (row.state === 'found' || row.listedAt === null) this.findings.dirty.add(id);
    if (folder.digest === null || !comparison.isSettled(id, folder.digest)) {
      this.#compareFiles(folder, walked, display, now);
    }
    if (!folder.last) return [];
    this.findings.read.push(display);
    walked.seen = null;
    walked.isRead = true;
    if (walked.below.size === 0) this.#walked.delete(folder.key);
    return [...children.values()]
      .filter((child) => child.state !== 'gone' && child.state !== 'left')
      .map((child) => ({ row: child, path: childPath(path, { name: child.name, rawName: child.nameRaw }) }));
  }

  #compareFiles(folder: DeliveredFolder, walked: Walked, display: string, now: number): void {
    const { comparison } = this.#ledger;
    const { id, isNew } = walked;
    const entries = folder.entries
      // Gone since its folder was read: not there.
      .filter(({ kind, problem }) => kind !== 'folder' && problem?.code !== 'local.missing')
      .map((entry): PairEntry => ({
        name: entry.name,
        nameRaw: entry.rawName,
        kind: entry.kind,
        facts: entry.facts,
        problem: problemOf(entry, now),
      }));
    const isOnlySlice = folder.last && walked.seen === null;
    const at = { pairId: this.#pair.id, folderId: id, isNew, now };
    const compared = comparison.compare({ ...at, whole: isOnlySlice, digest: folder.digest }, entries);
    if (!isOnlySlice) {
      walked.seen ??= new Set();
      for (const { name, nameRaw } of entries) walked.seen.add(nameKey(name, nameRaw));
    }
    const gone = isOnlySlice ? compared.gone : folder.last ? comparison.goneBut(at, walked.seen!) : [];
    if (gone.length > 0) this.findings.lost = true;
    if (compared.open.length > 0) {
      this.findings.dirty.add(id);
      this.#noteChange(id, entries);
    }
    const rules = this.#ledger.files.child(id, ruleFileName)?.id;
    if (rules !== undefined && [compared.open, gone, compared.failed].some((ids) => ids.includes(rules)))
      this.findings.found.push({ id, path: display });
    this.#tellFailed(compared.failed, display);
  }

  /** Where something was mounted and is not any more, what was in it is not gone. Asked once, with the first slice. */
  #unmounted({ id, dev }: PairFolder, folder: DeliveredFolder, path: string | Buffer, at: number): Problem | null {
    const { facts } = folder;
    if (!facts || folder.problem || dev === null || dev === facts.dev) return null;
    const { tree } = this.#ledger;
    const { entries, ignored } = folder;
    const found = new Set([...entries, ...ignored].map(({ name }) => name));
    const known = tree.names(id).map(({ name }) => name);
    if (isSameAfterMount(known, found, folder.last)) {
      tree.identify(id, facts);
      return null;
    }
    return { code: 'pair.folder-elsewhere', operation: 'scan', item: displayPathOf(path), detail: '', at };
  }

  #reach(folder: DeliveredFolder): Walked | undefined {
    const known = this.#walked.get(folder.key);
    if (known) return known;
    const { tree } = this.#ledger;
    const entry: LocalName = { name: folder.name, rawName: folder.rawName };
    const container = this.#containers.get(folder.parentKey!);
    let id: number | undefined;
    let isNew = false;
    let path: string | Buffer;
    if (container !== undefined) {
      // A root of the walk: its name, or that of a folder above it, may be no text.
      const joined = entryPath(container, folder.name);
      const isPairRoot = this.#roots.size === 1 && this.#roots.has(this.#pair.path);
      id = this.#roots.get(isPairRoot ? this.#pair.path : joined);
      const local = id === undefined ? joined : this.#ledger.folders.path(id).local;
      path = typeof local === 'string' ? joined : local;
    } else {
      const parent = this.#walked.get(folder.parentKey!);
      if (!parent) return undefined;
      path = childPath(parent.path, entry);
      const key = nameKey(entry.name, entry.rawName);
      const found = parent.below.get(key);
      parent.below.delete(key);
      id = found?.id;
      isNew = found?.isNew ?? false;
      if (parent.isRead && parent.below.size === 0) this.#walked.delete(folder.parentKey!);
    }
    // A folder that was asked for and has gone from the ledger meanwhile: its parent tells of it.
    if (id === undefined) return undefined;
    const rows = isNew ? [] : tree.children(id);
    const children = new Map(rows.map((child) => [nameKey(child.name, child.nameRaw), child]));
    const unread = { below: new Map(), isRead: false, seen: null, held: undefined };
    const walked: Walked = { id, path, isNew, children, ...unread };
    this.#walked.set(folder.key, walked);
    return walked;
  }

  #child(walked: Walked, entry: ScannedEntry, now: number): void {
    const { tree } = this.#ledger;
    const key = nameKey(entry.name, entry.rawName);
    const known = walked.children.get(key);
    walked.children.delete(key);
    const { dev, inode, birthtimeNs } = entry.facts!;
    const path = displayPathOf(childPath(walked.path, entry));
    if (!known) {
      const place = { pairId: this.#pair.id, parentId: walked.id, name: entry.name, nameRaw: entry.rawName };
      const id = tree.addFolder({ ...place, now, dev, inode, birthtimeNs });
      walked.below.set(key, { id, isNew: true });
      this.findings.dirty.add(id);
      this.findings.found.push({ id, path });
      return;
    }
    walked.below.set(key, { id: known.id, isNew: false });
    // A freed inode is given to the next folder that is made.
    const isYounger = known.birthtimeNs !== null && birthtimeNs !== null && known.birthtimeNs !== birthtimeNs;
    // On another device it may be a mount point without its disk: that is judged when it is read.
    const isElsewhere = known.dev !== null && known.dev !== dev;
    if (!isElsewhere && (known.dev !== dev || known.inode !== inode || isYounger)) {
      tree.identify(known.id, { dev, inode, birthtimeNs });
      // Another folder came in its place since the last look: what is in it is not known, and nobody watches it.
      if (known.inode !== null) this.findings.found.push({ id: known.id, path });
    }
    if (known.state !== 'gone' && known.state !== 'left') return;
    tree.setChanged(known.id, known.boxId === null ? 'found' : 'planned', now);
    // What stands there on Box was not followed while it was away.
    if (known.state === 'left') tree.setListed(known.id, null);
    this.findings.dirty.add(known.id);
    this.findings.found.push({ id: known.id, path });
  }

  /** What a rule leaves out is there and not gone: nothing on Box follows from it. */
  #leaveOut(folder: DeliveredFolder, { id, path, children }: Walked, now: number): void {
    const { comparison } = this.#ledger;
    for (const entry of folder.ignored) {
      const key = nameKey(entry.name, entry.rawName);
      const child = children.get(key);
      children.delete(key);
      if (!child) {
        this.findings.leftOut.push(...comparison.leaveOut(id, entry.name, entry.rawName, now));
      } else if (child.state !== 'left') {
        this.findings.leftOut.push(...comparison.leaveOutBelow(child.id, now));
        this.findings.unread.push(displayPathOf(childPath(path, entry)));
      }
    }
  }

  /** Folders that are no longer here, and all below them. */
  async #lose(lost: readonly Lost[], now: number): Promise<void> {
    if (lost.length === 0) return;
    this.findings.lost = true;
    for (const { path } of lost) this.findings.unread.push(displayPathOf(path));
    const { tree, comparison } = this.#ledger;
    const below = lost.map(({ row }) => row.id);
    while (below.length > 0) {
      await this.#ledger.note(() => {
        const begunAt = performance.now();
        while (below.length > 0 && performance.now() - begunAt < turnMs) {
          const id = below.pop()!;
          tree.setChanged(id, 'gone', now);
          comparison.allGone(id, now);
          this.findings.dirty.delete(id);
          const children = tree.children(id).filter(({ state }) => state !== 'gone' && state !== 'left');
          below.push(...children.map((child) => child.id));
        }
      });
    }
  }

  #noteChange(folderId: number, entries: readonly PairEntry[]): void {
    const { changedAtMs } = this.findings;
    const latest = entries.reduce((ns, { facts }) => Math.max(ns, Number(facts?.ctimeNs ?? 0)), 0) / 1e6;
    changedAtMs.set(folderId, Math.max(latest, changedAtMs.get(folderId) ?? 0));
  }

  #tellFailed(ids: readonly number[], folder: string): void {
    for (const id of ids) {
      const file = this.#ledger.files.get(id)!;
      if (!file.problem) continue;
      const outcome = file.outcome === 'special' ? 'special' : 'failed';
      this.#onOutcome(failureOf(entryPath(folder, file.name), outcome, file.facts?.sizeBytes ?? 0, file.problem));
    }
  }
}

function problemOf(entry: ScannedEntry, at: number): PairEntry['problem'] {
  const special = specialProblem(entry, at);
  if (special) return special;
  const placeholder = placeholderDetail(entry);
  return placeholder === null ? null : { code: 'local.not-regular', operation: 'scan', detail: placeholder, at };
}
