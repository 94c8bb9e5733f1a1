// Lists of items, in the orders and pages that Box offers.
import type { Database, Query } from './database.ts';
import type { Item, ItemKind, Version } from './item.ts';

/** One page of a list by offset. */
interface Paging {
  limit: number;
  offset?: number;
  sort?: 'name' | 'id' | 'date' | 'size' | undefined;
  descending?: boolean;
}

interface Page {
  entries: Item[];
  /** How many there are beyond the page, too. */
  total: number;
}

export class ItemLists {
  readonly #database: Database;
  readonly #prepared = new Map<string, Query<unknown>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** A folder's live entries, folders first. */
  children(folder: number, { limit, offset = 0, sort = 'name', descending = false }: Paging): Page {
    const column = { name: 'name_key', id: 'id', date: 'modified_at', size: 'size' }[sort];
    const direction = descending ? 'desc' : 'asc';
    const entries = this.#query<Item>(
      `select * from item where parent = ? and trashed_at is null
      order by kind desc, ${column} ${direction}, id limit ? offset ?`,
    ).all(folder, limit, offset);
    const total = this.#query<{ total: number }>(
      'select count(*) as total from item where parent = ? and trashed_at is null',
    );
    return { entries, total: total.get(folder)?.total ?? 0 };
  }

  /** As `children`, after a marker and ordered by id within each kind: stable while entries come and go. */
  childrenAfter(folder: number, marker: { kind: ItemKind; id: number } | undefined, limit: number): Item[] {
    const query = this.#query<Item>(`select * from item where parent = ? and kind = ? and id > ? and trashed_at is null
      order by id limit ?`);
    const isInFiles = marker?.kind === 'file';
    const folders = isInFiles ? [] : query.all(folder, 'folder', marker?.id ?? -1, limit);
    if (folders.length === limit) return folders;
    return [...folders, ...query.all(folder, 'file', isInFiles ? marker.id : -1, limit - folders.length)];
  }

  isEmpty(folder: Item): boolean {
    return !this.#query('select 1 from item where parent = ? and trashed_at is null limit 1').get(folder.id);
  }

  /** What lies in the trash by itself, folders first; what was trashed with its folder doesn't appear. */
  trashed(limit: number, offset: number): Page {
    const entries = this.#query<Item>(
      'select * from item where trashed_at is not null order by kind desc, name_key, id limit ? offset ?',
    ).all(limit, offset);
    const total = this.#query<{ total: number }>('select count(*) as total from item where trashed_at is not null');
    return { entries, total: total.get()?.total ?? 0 };
  }

  /** As `trashed`, after an id. */
  trashedAfter(id: number, limit: number): Item[] {
    const sql = 'select * from item where trashed_at is not null and id > ? order by id limit ?';
    return this.#query<Item>(sql).all(id, limit);
  }

  /** A file's past versions, newest first. A negative limit means all. */
  versions(file: Item, limit: number, offset: number): Version[] {
    const sql = 'select * from version where item = ? order by number desc limit ? offset ?';
    return this.#query<Version>(sql).all(file.id, limit, offset);
  }

  /** All live files below a folder. The index is named since SQLite would make one of all files for each folder that is asked for. */
  folderSizeBytes(folder: Item): number {
    const query = this.#query<{ bytes: number | null }>(`with recursive below(id) as (select ? union all
      select item.id from item join below on item.parent = below.id where item.kind = 'folder' and item.trashed_at is null)
      select sum(item.size) as bytes from below
      cross join item indexed by item_parent on item.parent = below.id and item.kind = 'file' and item.trashed_at is null`);
    return query.get(folder.id)?.bytes ?? 0;
  }

  #query<Row>(sql: string): Query<Row> {
    let query = this.#prepared.get(sql);
    if (!query) this.#prepared.set(sql, (query = this.#database.query(sql)));
    return query as Query<Row>;
  }
}
