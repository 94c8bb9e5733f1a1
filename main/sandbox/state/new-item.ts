// Rows for items that are new. The item is made of what was written: reading it back would cost as much again.
import type { Database } from './database.ts';
import type { Item } from './item.ts';
import { nameKey } from './names.ts';

const columns = `kind, parent, name, name_key, local_name, size, sha1, version_id, description, created_at, modified_at,
  content_created_at, content_modified_at, version_created_at`;

/** What is told about a new item; the rest follows from it. Times are seconds since 1970. */
export type NewItem = Pick<
  Item,
  'kind' | 'name' | 'local_name' | 'size' | 'sha1' | 'version_id' | 'description' | 'created_at'
> &
  Pick<Item, 'content_created_at' | 'content_modified_at'> & { parent: number };

/**
 * Prepares the statement that adds items.
 * @returns adds one and gives it, or undefined where a live item has the name already.
 */
export function itemInserter(database: Database): (item: NewItem) => Item | undefined {
  const insert = database.query(`insert into item (${columns}) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
    on conflict (parent, name_key) where trashed_at is null do nothing`);
  return (item) => {
    const { kind, parent, name, local_name, size, sha1, version_id, description } = item;
    const { created_at: now, content_created_at, content_modified_at } = item;
    const name_key = nameKey(name);
    const { lastId: id, changes } = insert.run(
      ...[kind, parent, name, name_key, local_name, size, sha1, version_id, description],
      ...[now, now, content_created_at, content_modified_at, now],
    );
    if (changes === 0) return undefined;
    return {
      id,
      kind,
      parent,
      name,
      name_key,
      local_name,
      etag: 0,
      size,
      sha1,
      version_id,
      version_number: 1,
      description,
      created_at: now,
      modified_at: now,
      content_created_at,
      content_modified_at,
      version_created_at: now,
      trashed_at: null,
    };
  };
}

/** Makes the root, which is its own kind of new: id 0, no parent. Once, in a transaction. */
export function insertRoot(database: Database, nowSeconds: number): void {
  database
    .query(
      `insert into item (id, ${columns}) values (0, 'folder', null, 'All Files', 'all files', '', 0, null, null, '', ?, ?, ?, ?, ?)`,
    )
    .run(nowSeconds, nowSeconds, nowSeconds, nowSeconds, nowSeconds);
  // Ids as long as Box's own, so that nobody relies on short ones.
  database.query(`update sqlite_sequence set seq = 300000000000 where name = 'item'`).run();
}
