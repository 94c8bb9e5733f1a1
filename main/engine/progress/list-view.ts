import type { GroupCounts, ListBatch, ListFilter, TransferGroup } from '../../../shared/list-model.ts';
import type { TransferRow } from '../../../shared/model.ts';
import type { Batch } from '../../../shared/progress-contract.ts';
import type { Clock } from '../../platform/clock.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { groupCounts, readListed, shownGroups, type Columns } from '../ledger/transfer-list.ts';
import type { LiveBoard } from './live.ts';
import { NameSearch } from './name-search.ts';
import type { RowMaker } from './rows.ts';
import type { StateView } from './state-view.ts';

/** One slice of a search by name. */
const searchMs = 4;
/** A far place of a long list takes longer to find: it is then looked for the less often. */
const restShare = 20;

/** One row as it was made last. */
interface Kept {
  columns: Columns;
  folder: string;
  held: TransferRow['wait'];
  /** It moved then, so that it is to be made again. */
  isLive: boolean;
  row: TransferRow;
  text: string;
}

interface Window {
  counts: GroupCounts;
  from: number;
  ids: number[];
}

export interface ListViewOptions {
  ledger: Ledger;
  board: LiveBoard;
  rows: RowMaker;
  clock: Clock;
  filter: ListFilter;
  from: number;
  count: number;
}

/** A window of the sorted list of all transfers: reads again only when something was written, and sends the rows that changed. */
export class ListView implements StateView {
  readonly #options: ListViewOptions;
  readonly #search: NameSearch | null;
  #window: Window = { counts: noCounts, from: 0, ids: [] };
  /** Rows of the window. */
  #kept = new Map<number, Kept>();
  /** The text of each row as it was sent last; null: nothing was. */
  #sent: { rows: Map<number, string>; frame: string } | null = null;
  #version = -1;
  #held: TransferRow['wait'] | undefined;
  #restUntilMs = 0;
  /** The search has come further. */
  #found = false;

  constructor(options: ListViewOptions) {
    this.#options = options;
    const { ledger, clock, filter } = options;
    const text = filter.text.trim();
    this.#search =
      text === ''
        ? null
        : new NameSearch(
            { store: ledger.transferList, version: () => ledger.version, now: () => clock.monotonic() },
            text,
            filter.ownerId,
          );
  }

  get againMs(): number {
    const isBehind = this.#version !== this.#options.ledger.version;
    return isBehind ? Math.max(0, this.#restUntilMs - this.#options.clock.monotonic()) : Infinity;
  }

  work(): number {
    if (!this.#search) return Infinity;
    if (this.#search.work(searchMs)) this.#found = true;
    return this.#search.againMs(this.#options.clock.monotonic());
  }

  next(): Batch | undefined {
    const found = this.#found;
    this.#found = false;
    const { ledger, board, rows } = this.#options;
    const begunMs = this.#options.clock.monotonic();
    const isWritten = this.#version !== ledger.version && begunMs >= this.#restUntilMs;
    const isMoving = this.#window.ids.some((id) => board.get(id) !== undefined || this.#kept.get(id)?.isLive);
    if (this.#sent && !found && !isWritten && !isMoving && this.#held === rows.held) return undefined;
    if (isWritten || found || !this.#sent) {
      const { version } = ledger;
      this.#window = this.#read();
      this.#version = version;
      this.#restUntilMs = this.#options.clock.monotonic() + restShare * (this.#options.clock.monotonic() - begunMs);
    }
    this.#held = rows.held;
    this.#makeRows(isWritten || found);
    return this.#difference();
  }

  lost(): void {
    this.#sent = null;
  }

  #read(): Window {
    const { ledger, filter, count } = this.#options;
    const { transferList } = ledger;
    const states = transferList.countStates(filter.ownerId);
    const counts = this.#search?.counts ?? groupCounts(states);
    const groups = shownGroups(filter);
    const total = groups.reduce((sum, group) => sum + counts[group], 0);
    // A list that became shorter still shows its end.
    const from = this.#options.from < total ? this.#options.from : Math.max(0, total - count);
    const idsOf = (group: TransferGroup, first: number, limit: number) =>
      this.#search
        ? this.#search.ids(group, first, limit)
        : transferList.ids(group, filter.ownerId, states, first, limit);
    const ids: number[] = [];
    let skip = from;
    for (const group of groups) {
      if (ids.length >= count) break;
      if (skip < counts[group]) ids.push(...idsOf(group, skip, count - ids.length));
      skip = Math.max(0, skip - counts[group]);
    }
    return { counts: { ...counts }, from, ids };
  }

  /** @param isWritten the ledger may have changed since they were made */
  #makeRows(isWritten: boolean): void {
    const { board } = this.#options;
    const kept = new Map<number, Kept>();
    for (const id of this.#window.ids) {
      const before = this.#kept.get(id);
      const isLive = board.get(id) !== undefined;
      const isSame = before && !isWritten && !isLive && !before.isLive && before.held === this.#held;
      const row = isSame ? before : this.#make(id, before, isLive);
      if (row) kept.set(id, row);
    }
    this.#kept = kept;
    // What is gone since the search has found it.
    if (kept.size < this.#window.ids.length) this.#window.ids = this.#window.ids.filter((id) => kept.has(id));
  }

  #make(id: number, before: Kept | undefined, isLive: boolean): Kept | undefined {
    const { ledger, rows } = this.#options;
    const columns = ledger.transferList.columns(id);
    if (!columns) return undefined;
    const folderPath = ledger.folders.path(Number(columns[2]));
    const held = this.#held ?? null;
    const isSame =
      before &&
      !isLive &&
      !before.isLive &&
      before.held === held &&
      before.folder === folderPath.display &&
      columns.every((value, at) => value === before.columns[at]);
    if (isSame) return before;
    const listed = readListed(columns);
    const row = rows.row({ ...listed, path: joinPath(folderPath, listed.fileName, listed.fileNameRaw).display });
    return { columns, folder: folderPath.display, held, isLive, row, text: JSON.stringify(row) };
  }

  #difference(): Batch | undefined {
    const { counts, from, ids } = this.#window;
    const before = this.#sent;
    const rows = new Map(ids.map((id) => [id, this.#kept.get(id)!.text]));
    const frame = JSON.stringify([counts, from, ids]);
    const changed = ids.filter((id) => before?.rows.get(id) !== rows.get(id));
    if (before?.frame === frame && changed.length === 0) return undefined;
    this.#sent = { rows, frame };
    const batch: ListBatch = {
      whole: before === null,
      counts,
      from,
      ids,
      rows: changed.map((id) => this.#kept.get(id)!.row),
    };
    return { kind: 'list', ...batch };
  }
}

const noCounts: GroupCounts = { 'needs-you': 0, 'under-way': 0, waiting: 0, done: 0 };
