import { setImmediate as turn } from 'node:timers/promises';
import { describeProblem } from '../../../shared/describe-problem.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { RuleDescription } from '../ignore/model.ts';
import type { BoxListing } from '../job/box-listing.ts';
import type { BoundFile } from '../ledger/pair-queries.ts';
import { nameKey as rowKey } from '../ledger/pair-sql.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import { workThrough } from '../remote/work-through.ts';
import type { LocalName, ScannedEntry, ScannedFolder } from '../scan/model.ts';
import { compareFile, missingDetail, type FileOnBoth } from './compare-file.ts';
import { countBelow } from './count-below.ts';
import { leftOutIn } from './left-out.ts';
import type { VerifyOptions } from './model.ts';
import { movedOnBox } from './moved-on-box.ts';
import type { Tally } from './tally.ts';
import type { BothSides, BothVisitor } from './walk-both.ts';
import { entryPath } from '../scan/raw-path.ts';

/** A folder while it is compared. */
interface Compared {
  /** Its row; null for one that the ledger doesn't know. */
  row: PairFolder | null;
  /** Rows of the folders in it, by their names. */
  children: Map<string, PairFolder>;
  /** Where they stand on Box. */
  places: Map<string, string | null>;
  /** Items of Box that something here is compared with. */
  taken: Set<string>;
  /** Those and all others that are not extra. */
  claimed: Set<string>;
}

type Folder = BothSides<Compared>;
type Known = Pick<FileOnBoth, 'entry' | 'row'>;

const filesAtOnce = 4;
const entriesPerTurn = 500;
const digestsPerNote = 200;

/** Compares folder by folder what the walk finds with what Box lists. */
export class VerifyVisitor implements BothVisitor<Compared> {
  readonly #options: VerifyOptions;
  readonly #rules: RuleDescription;
  readonly #tally: Tally;

  constructor(options: VerifyOptions, rules: RuleDescription, tally: Tally) {
    this.#options = options;
    this.#rules = rules;
    this.#tally = tally;
  }

  open(parent: Folder | null, name: LocalName): Compared {
    const { tree } = this.#options.ledger;
    const row = parent
      ? (parent.state.children.get(rowKey(name.name, name.rawName)) ?? null)
      : (tree.root(this.#options.pair.id) ?? null);
    if (parent) this.#tally.folders += 1;
    const children = row ? tree.children(row.id) : [];
    return {
      row,
      children: new Map(children.map((child) => [rowKey(child.name, child.nameRaw), child])),
      places: new Map(),
      taken: new Set(),
      claimed: new Set(),
    };
  }

  async slice(folder: Folder, slice: ScannedFolder): Promise<void> {
    for (const { name } of slice.ignored) claimName(folder, name);
    const toCompare: FileOnBoth[] = [];
    for (const { entry, row } of await this.#inOrder(folder, slice.entries)) {
      if (entry.kind === 'folder') await this.#placeFolder(folder, entry);
      else if (entry.kind === 'file') toCompare.push(...this.#claimFile(folder, entry, row));
      else this.#noFile(folder, entry);
    }
    await turn();
    await this.#compareFiles(toCompare, folder.listing !== null);
    this.#options.onProgress?.(this.#tally.progress);
  }

  async close(folder: Folder, problem: Problem | null): Promise<void> {
    if (problem) return this.#tally.add('unreadable', folder.path.display, describeProblem(problem));
    if (folder.listing) await this.#findExtra(folder, folder.listing);
  }

  childOnBox({ state }: Folder, child: LocalName): string | null {
    return state.places.get(rowKey(child.name, child.rawName)) ?? null;
  }

  /** Those that the ledger binds first, and among the others exact names: two names may be one to Box. */
  async #inOrder(folder: Folder, entries: readonly ScannedEntry[]): Promise<Known[]> {
    const ranks: Known[][] = [[], [], []];
    for (let n = 0; n < entries.length; n += entriesPerTurn) {
      const some = entries.slice(n, n + entriesPerTurn);
      const rows = this.#rowsOf(folder, some);
      for (const entry of some) {
        const row = rows.get(rowKey(entry.name, entry.rawName)) ?? null;
        ranks[rank(folder, entry, row)]!.push({ entry, row });
      }
      await turn();
    }
    return ranks.flat();
  }

  #rowsOf({ state }: Folder, entries: readonly ScannedEntry[]): Map<string, BoundFile> {
    if (!state.row) return new Map();
    const names = entries.filter(({ kind }) => kind !== 'folder').map(({ name }) => name);
    if (names.length === 0) return new Map();
    const rows = this.#options.ledger.pairQueries.filesNamed(state.row.id, names);
    return new Map(rows.map((row) => [rowKey(row.name, row.nameRaw), row]));
  }

  async #placeFolder(folder: Folder, entry: ScannedEntry): Promise<void> {
    const { listing, state } = folder;
    const key = rowKey(entry.name, entry.rawName);
    const bound = state.children.get(key)?.boxId;
    const item = listing && ((bound && listing.byId(bound)) || listing.byName(entry.name));
    claimName(folder, entry.name);
    if (item?.type === 'folder' && !state.taken.has(item.id)) {
      take(state, item.id);
      state.places.set(key, item.id);
      return;
    }
    state.places.set(key, null);
    const path = entryPath(folder.path.display, entry.name);
    const moved = listing && bound && !item ? await this.#movedTo('folder', bound) : null;
    this.#tally.add('missing', path, moved ?? missingDetail(entry, null, item, 'folder'));
  }

  /** Whoever finds something missing, and extra elsewhere, is told that it is the same. */
  #movedTo(kind: 'file' | 'folder', id: string): Promise<string | null> {
    const { connection, signal } = this.#options;
    return movedOnBox(connection, { kind, id }, signal);
  }

  /** What stands for the file on Box, if it is to be compared with it. */
  #claimFile(folder: Folder, entry: ScannedEntry, row: BoundFile | null): FileOnBoth[] {
    const { listing, state, path } = folder;
    this.#tally.result.files += 1;
    const bound = (row?.box && listing?.byId(row.box.fileId)) ?? null;
    if (bound) take(state, bound.id);
    claimName(folder, entry.name);
    if (row && stays.has(row.outcome) && !this.#isAsked(row)) return [];
    const named = listing?.byName(entry.name) ?? null;
    if (!bound && named && this.#isTaken(folder, named.id, row)) {
      return [{ entry, row, folder: path, item: null, twin: named }];
    }
    const item = bound ?? named;
    if (item) take(state, item.id);
    return [{ entry, row, folder: path, item, twin: null }];
  }

  /** Whether it is here only until somebody says what becomes of it. */
  #isAsked({ id }: BoundFile): boolean {
    return this.#options.ledger.questions.aboutFile('removed-on-box', id) !== undefined;
  }

  /** Whether something else here stands for the item: another name that is the same to Box. */
  #isTaken({ state }: Folder, itemId: string, row: BoundFile | null): boolean {
    if (state.taken.has(itemId)) return true;
    const bound = this.#options.ledger.pairQueries.filesBoundTo(itemId);
    return bound.some((other) => other.id !== row?.id && other.folderId === state.row?.id && !away.has(other.outcome));
  }

  /** @param isListed their folder stands on Box: what is not in it may have been moved out of it */
  async #compareFiles(files: readonly FileOnBoth[], isListed: boolean): Promise<void> {
    const { ledger, signal } = this.#options;
    const digests: { id: number; sha1: string; facts: string }[] = [];
    await workThrough(files, filesAtOnce, signal, async (file) => {
      const compared = await compareFile(this.#options, file);
      if (compared.isHashed) this.#tally.result.hashed += 1;
      if (compared.what === 'equal') this.#tally.result.equal += 1;
      else if (compared.what !== 'vanished') {
        const bound = isListed && compared.what === 'missing' && !file.item && !file.twin ? file.row?.box : null;
        const moved = bound ? await this.#movedTo('file', bound.fileId) : null;
        this.#tally.add(compared.what, entryPath(file.folder.display, file.entry.name), moved ?? compared.detail);
      } else this.#tally.result.files -= 1;
      if (compared.digest && file.row) digests.push({ id: file.row.id, ...compared.digest });
      return [];
    });
    while (digests.length > 0) {
      const some = digests.splice(0, digestsPerNote);
      await ledger.note(() => {
        for (const { id, sha1, facts } of some) ledger.files.setDigest(id, sha1, facts);
      });
    }
  }

  #noFile(folder: Folder, entry: ScannedEntry): void {
    // Gone since its folder was read.
    if (entry.problem?.code === 'local.missing') return;
    claimName(folder, entry.name);
    if (entry.problem && entry.kind !== 'link') {
      this.#tally.add('unreadable', entryPath(folder.path.display, entry.name), describeProblem(entry.problem));
    }
  }

  async #findExtra({ path, state }: Folder, listing: BoxListing): Promise<void> {
    const { connection, signal } = this.#options;
    const unclaimed = [...listing.entries()].filter(({ id, type }) => type !== 'web_link' && !state.claimed.has(id));
    if (unclaimed.length === 0) return;
    const isLeftOut = await leftOutIn(this.#rules, path.local);
    for (const [n, item] of unclaimed.entries()) {
      if (n % entriesPerTurn === entriesPerTurn - 1) await turn();
      signal.throwIfAborted();
      const isFolder = item.type === 'folder';
      if (this.#isLeft(state, item.id, isFolder) || isLeftOut(item.name, isFolder)) continue;
      const detail = isFolder ? await countBelow(connection, item.id, signal) : 'only on Box';
      this.#tally.add('extra', entryPath(path.display, item.name), detail);
    }
  }

  /** Whether it stays on Box by the pair's rule or by a decision, although it went away here. */
  #isLeft(state: Compared, itemId: string, isFolder: boolean): boolean {
    const { ledger, pair } = this.#options;
    const keeps = pair.options.deletions === 'keep';
    if (!isFolder) {
      const bound = ledger.pairQueries.filesBoundTo(itemId).filter(({ folderId }) => folderId === state.row?.id);
      return bound.some(({ outcome }) => keeps || outcome === 'left');
    }
    const rows = [...state.children.values()].filter(({ boxId }) => boxId === itemId);
    return rows.some((row) => keeps || row.state === 'left');
  }
}

/** Here only, by somebody's choice. */
const stays: ReadonlySet<string> = new Set(['kept', 'aborted']);
const away: ReadonlySet<string> = new Set(['gone', 'left']);

function take(state: Compared, itemId: string): void {
  state.taken.add(itemId);
  state.claimed.add(itemId);
}

/** Under the name of something here nothing on Box is extra: where it isn't what stands for it, it is somebody else's. */
function claimName({ listing, state }: Folder, name: string): void {
  const item = listing?.byName(name);
  if (item) state.claimed.add(item.id);
}

function rank({ listing, state }: Folder, entry: ScannedEntry, row: BoundFile | null): number {
  const boxId =
    entry.kind === 'folder' ? state.children.get(rowKey(entry.name, entry.rawName))?.boxId : row?.box?.fileId;
  if (boxId && listing?.byId(boxId)) return 0;
  return listing?.byName(entry.name)?.name === entry.name ? 1 : 2;
}
