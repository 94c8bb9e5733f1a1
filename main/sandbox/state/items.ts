// Files, folders, versions and the trash: the questions and changes behind the routes.
import { BoxError, notFound } from '../http/box-error.ts';
import type { SandboxSettings } from '../options.ts';
import { randomHex } from '../random-hex.ts';
import type { Query } from './database.ts';
import { ItemLists } from './item-lists.ts';
import { nameKey } from './names.ts';
import { insertRoot, itemInserter, type NewItem } from './new-item.ts';
import { chooseLocalName } from './place.ts';
import { fileBody, folderBody, miniItem } from './representation.ts';
import { stateFolderName, type Effects, type State } from './state.ts';
import type { Arrived, ContentTimes, EventType, Item, ItemChange, ItemKind, VersionOptions } from './item.ts';

const rootId = 0;
/** Version ids are reserved in the state so many at a time; those left at the end are never given. */
const reservedVersions = 1000;
const descendants = `with recursive below(id) as (select ? union all select item.id from item join below on item.parent = below.id)`;

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export class Items {
  readonly state: State;
  readonly settings: SandboxSettings;
  readonly lists: ItemLists;
  /** Called inside the transaction of each change, with the item as it now is. */
  record: (type: EventType, item: Item) => void = () => undefined;
  usedBytes: number;
  readonly #folders = new Map<number, Item>();
  readonly #byId: Query<Item>;
  readonly #byName: Query<Item>;
  readonly #insert: (item: NewItem) => Item | undefined;
  readonly #nextVersion: Query<unknown>;
  readonly #update: Query<unknown>;
  readonly #addVersion: Query<unknown>;
  #versionId: number;
  /** Version ids up to here are this process's. */
  #reservedTo: number;
  /** Bodies of items made or shown since the last change; void after any other. */
  #shown = new WeakMap<Item, Record<string, unknown>>();

  constructor(state: State, settings: SandboxSettings) {
    this.state = state;
    this.settings = settings;
    const { database } = state;
    this.lists = new ItemLists(database);
    this.#byId = database.query('select * from item where id = ?');
    this.#byName = database.query('select * from item where parent = ? and name_key = ? and trashed_at is null');
    this.#insert = itemInserter(database);
    this.#nextVersion = database.query(`insert or replace into meta (key, value) values ('version-id', ?)`);
    this.#update =
      database.query(`update item set parent = ?, name = ?, name_key = ?, local_name = ?, etag = ?, size = ?, sha1 = ?,
      version_id = ?, version_number = ?, description = ?, modified_at = ?, content_created_at = ?, content_modified_at = ?,
      version_created_at = ?, trashed_at = ? where id = ?`);
    this.#addVersion = database.query(
      'insert into version (id, item, number, name, size, sha1, created_at, modified_at) values (?,?,?,?,?,?,?,?)',
    );
    if (!this.#byId.get(rootId)) database.transaction(() => insertRoot(database, nowSeconds()));
    const version = database.query<{ value: string }>(`select value from meta where key = 'version-id'`).get();
    this.#versionId = version ? Number(version.value) : 1_000_000_000;
    const used = database.query<{ bytes: number }>(
      'select (select coalesce(sum(size), 0) from item) + (select coalesce(sum(size), 0) from version) as bytes',
    );
    this.usedBytes = used.get()?.bytes ?? 0;
    this.#reservedTo = this.#versionId;
    let usedBefore = this.usedBytes;
    state.onChange = () => {
      this.#shown = new WeakMap();
      usedBefore = this.usedBytes;
    };
    state.onRollback = () => {
      this.#folders.clear();
      this.#shown = new WeakMap();
      this.usedBytes = usedBefore;
      // The reservation may be undone too.
      this.#reservedTo = this.#versionId;
    };
  }

  byId(id: number): Item | undefined {
    const cached = this.#folders.get(id);
    if (cached) return cached;
    const item = this.#byId.get(id);
    if (item?.kind === 'folder') this.#folders.set(id, item);
    return item;
  }

  /** Ancestors from the root down, without the item itself. */
  ancestors(item: Item): Item[] {
    const path: Item[] = [];
    for (let { parent } = item; parent !== null;) {
      const folder = this.byId(parent);
      if (!folder) break;
      path.unshift(folder);
      parent = folder.parent;
    }
    return path;
  }

  /** Trashed itself or inside a trashed folder. */
  isTrashed(item: Item): boolean {
    return item.trashed_at !== null || this.ancestors(item).some((folder) => folder.trashed_at !== null);
  }

  /**
   * An item that isn't in the trash.
   * @throws BoxError 405 for an id that is no number, 404 not_found, 404 trashed
   */
  live(kind: ItemKind, id: string): Item {
    const item = this.any(kind, id);
    if (this.isTrashed(item)) throw new BoxError(404, 'trashed', 'Item is trashed', { errors: [] });
    return item;
  }

  /** As `live`, but the item may be in the trash. */
  any(kind: ItemKind, id: string): Item {
    if (!/^\d{1,15}$/.test(id)) throw new BoxError(405, 'method_not_allowed', 'Method Not Allowed');
    const item = this.byId(Number(id));
    if (!item || item.kind !== kind) throw notFound(`${kind === 'file' ? 'f' : 'd'}_${id}`);
    return item;
  }

  /** The top of something trashed. 404 not_found for anything else. */
  trashed(kind: ItemKind, id: string): Item {
    const item = this.any(kind, id);
    if (item.trashed_at === null) throw notFound(id);
    return item;
  }

  named(parent: number, name: string): Item | undefined {
    return this.#byName.get(parent, nameKey(name));
  }

  /** Where an item lies on disk, relative to the root. */
  localPath(item: Item): string {
    if (item.trashed_at !== null) return `${stateFolderName}/trash/${item.id}`;
    if (item.parent === null) return '';
    const parent = this.byId(item.parent);
    const above = parent ? this.localPath(parent) : '';
    return above === '' ? item.local_name : `${above}/${item.local_name}`;
  }

  #placeFor(parent: number, name: string, current?: string): string {
    const folder = this.byId(parent);
    return chooseLocalName(this.state, folder ? this.localPath(folder) : '', name, current);
  }

  /**
   * @throws BoxError 409 item_name_in_use. Box gives `conflicts` as a list for folders and as one object for files; clients
   * rely on both (box-ui-elements reads `conflicts[0].id` and `conflicts.id`).
   */
  checkFree(parent: number, name: string, shape: 'list' | 'object', self?: number): void {
    const other = this.named(parent, name);
    if (!other || other.id === self) return;
    const conflict = miniItem(other);
    throw new BoxError(409, 'item_name_in_use', 'Item with the same name already exists', {
      conflicts: shape === 'list' ? [conflict] : conflict,
    });
  }

  /** @throws BoxError 403 file_size_limit_exceeded, storage_limit_exceeded */
  checkSize(sizeBytes: number): void {
    const { maxFile, quota } = this.settings;
    if (sizeBytes > maxFile) {
      throw new BoxError(403, 'file_size_limit_exceeded', 'File size exceeds the folder owner’s file size limit');
    }
    if (quota !== undefined && this.usedBytes + sizeBytes > quota) {
      throw new BoxError(403, 'storage_limit_exceeded', 'Account storage limit reached');
    }
  }

  createFolder(parent: Item, name: string): Item {
    return this.state.change((effects) => {
      const now = nowSeconds();
      const folder = this.#add('list', {
        kind: 'folder',
        parent: parent.id,
        name,
        local_name: this.#placeFor(parent.id, name),
        size: 0,
        sha1: null,
        version_id: null,
        description: '',
        created_at: now,
        content_created_at: now,
        content_modified_at: now,
      });
      effects.makeFolder(this.localPath(folder));
      this.record('ITEM_CREATE', folder);
      return folder;
    });
  }

  /** Makes a file of arrived bytes. 404 where the folder is gone, 409 where the name is taken by now. */
  createFile(parent: string, name: string, arrived: Arrived, times: ContentTimes, also?: (made: Item) => void): Item {
    return this.state.change((effects) => {
      const file = this.#addFile(effects, parent, name, arrived, times);
      also?.(file);
      return file;
    });
  }

  /** As `createFile`, in one transaction with the other files of this turn of the event loop. */
  createFileSoon(parent: string, name: string, arrived: Arrived, times: ContentTimes): Promise<Item> {
    return this.state.changeSoon((effects) => this.#addFile(effects, parent, name, arrived, times));
  }

  #addFile(effects: Effects, parent: string, name: string, arrived: Arrived, times: ContentTimes): Item {
    const folder = this.live('folder', parent);
    const now = nowSeconds();
    const { createdAt = times.modifiedAt ?? now, modifiedAt = now, description = '' } = times;
    const file = this.#add('object', {
      kind: 'file',
      parent: folder.id,
      name,
      local_name: this.#placeFor(folder.id, name),
      size: arrived.sizeBytes,
      sha1: arrived.sha1,
      version_id: this.#takeVersionId(),
      description,
      created_at: now,
      content_created_at: createdAt,
      content_modified_at: modifiedAt,
    });
    this.checkSize(arrived.sizeBytes);
    this.usedBytes += arrived.sizeBytes;
    effects.move(arrived.path, this.localPath(file));
    this.record('ITEM_UPLOAD', file);
    return file;
  }

  /** Puts arrived bytes over a file; the content so far becomes a past version. */
  createVersion(id: string, arrived: Arrived, times: ContentTimes, { name, check, also }: VersionOptions): Item {
    return this.state.change((effects) => {
      const file = this.live('file', id);
      check?.(file);
      const renamed = name !== undefined && name !== file.name;
      if (renamed) this.checkFree(file.parent ?? rootId, name, 'object', file.id);
      this.checkSize(arrived.sizeBytes);
      this.usedBytes += arrived.sizeBytes;
      const before = this.localPath(file);
      this.#addVersion.run(
        ...[file.version_id, file.id, file.version_number, file.name, file.size, file.sha1],
        ...[file.version_created_at, file.version_created_at],
      );
      effects.move(before, `${stateFolderName}/versions/${file.version_id}`);
      const now = nowSeconds();
      const next = this.#write(file, {
        ...(renamed
          ? { name, name_key: nameKey(name), local_name: this.#placeFor(file.parent ?? rootId, name, before) }
          : {}),
        size: arrived.sizeBytes,
        sha1: arrived.sha1,
        version_id: this.#takeVersionId(),
        version_number: file.version_number + 1,
        version_created_at: now,
        modified_at: now,
        content_created_at: times.createdAt ?? file.content_created_at,
        content_modified_at: times.modifiedAt ?? now,
        description: times.description ?? file.description,
      });
      effects.move(arrived.path, this.localPath(next));
      if (renamed) this.record('ITEM_RENAME', next);
      this.record('ITEM_UPLOAD', next);
      also?.(next);
      return next;
    });
  }

  /** Renames, moves or describes. 400 cyclical_folder_structure, 409 item_name_in_use. */
  update(item: Item, change: ItemChange): Item {
    return this.state.change((effects) => {
      const parent = change.parent ?? item.parent ?? rootId;
      const name = change.name ?? item.name;
      const target = this.live('folder', String(parent));
      if (item.kind === 'folder' && [...this.ancestors(target), target].some(({ id }) => id === item.id)) {
        throw new BoxError(400, 'cyclical_folder_structure', 'Folder move creates cyclical folder structure');
      }
      this.checkFree(parent, name, item.kind === 'folder' ? 'list' : 'object', item.id);
      const before = this.localPath(item);
      const moved = parent !== item.parent;
      const renamed = name !== item.name;
      const { description = item.description, contentModifiedAt = item.content_modified_at } = change;
      const { contentCreatedAt = item.content_created_at } = change;
      const next = this.#write(item, {
        parent,
        name,
        name_key: nameKey(name),
        local_name: moved || renamed ? this.#placeFor(parent, name, before) : item.local_name,
        description,
        content_created_at: contentCreatedAt,
        content_modified_at: contentModifiedAt,
        modified_at: nowSeconds(),
      });
      const after = this.localPath(next);
      if (after !== before) effects.move(before, after);
      if (moved) this.record('ITEM_MOVE', next);
      if (renamed) this.record('ITEM_RENAME', next);
      if (!moved && !renamed) this.record('ITEM_MODIFY', next);
      return next;
    });
  }

  trash(item: Item): void {
    this.state.change((effects) => {
      const before = this.localPath(item);
      const next = this.#write(item, { trashed_at: nowSeconds() });
      effects.move(before, this.localPath(next));
      this.record('ITEM_TRASH', next);
    });
  }

  /** Takes an item out of the trash, to where it was or to a new place. 404 where that folder is gone, 409 by name. */
  restore(item: Item, place: { name?: string | undefined; parent?: number | undefined }): Item {
    return this.state.change((effects) => {
      const parent = place.parent ?? item.parent ?? rootId;
      const name = place.name ?? item.name;
      this.live('folder', String(parent));
      this.checkFree(parent, name, item.kind === 'folder' ? 'list' : 'object');
      const before = this.localPath(item);
      const local_name = this.#placeFor(parent, name);
      const next = this.#write(item, { parent, name, name_key: nameKey(name), local_name, trashed_at: null });
      effects.move(before, this.localPath(next));
      this.record('ITEM_UNDELETE_VIA_TRASH', next);
      return next;
    });
  }

  /** Deletes a trashed item for good, with everything below it and every version. */
  remove(item: Item): void {
    const { database } = this.state;
    this.state.change((effects) => {
      const past = database
        .query<{ id: number }>(`${descendants} select version.id from version join below on version.item = below.id`)
        .all(item.id);
      const trashedInside = database
        .query<Item>(`${descendants} select item.* from item join below using (id) where item.trashed_at is not null`)
        .all(item.id);
      for (const { id } of past) effects.discard(`${stateFolderName}/versions/${id}`);
      for (const inside of trashedInside) effects.discard(this.localPath(inside));
      database.query(`delete from version where item in (${descendants} select id from below)`).run(item.id);
      database.query(`delete from item where id in (${descendants} select id from below)`).run(item.id);
    });
    this.#folders.clear();
    const used = database.query<{ bytes: number }>(
      'select (select coalesce(sum(size), 0) from item) + (select coalesce(sum(size), 0) from version) as bytes',
    );
    this.usedBytes = used.get()?.bytes ?? 0;
  }

  /** A path, relative to the root, for bytes on their way in. */
  incomingPath(): string {
    return `${stateFolderName}/incoming/${randomHex(12)}`;
  }

  versionPath(id: number): string {
    return `${stateFolderName}/versions/${id}`;
  }

  /** The full representation, as GET answers it. */
  body(item: Item): Record<string, unknown> {
    const shown = this.#shown.get(item);
    if (shown) return shown;
    const path = this.ancestors(item);
    const trashed = item.trashed_at !== null || path.some((folder) => folder.trashed_at !== null);
    const body = item.kind === 'file' ? fileBody(item, path, trashed) : folderBody(item, path, trashed);
    this.#shown.set(item, body);
    return body;
  }

  #takeVersionId(): number {
    if (this.#versionId === this.#reservedTo) {
      this.#nextVersion.run(String(this.#reservedTo + reservedVersions));
      this.#reservedTo += reservedVersions;
    }
    return ++this.#versionId;
  }

  /** Adds an item; `shape` as in `checkFree`, which tells the conflict. */
  #add(shape: 'list' | 'object', item: NewItem): Item {
    const added = this.#insert(item);
    if (added) return added;
    this.checkFree(item.parent, item.name, shape);
    throw new Error(`The name ${item.name} is neither free nor taken`);
  }

  #write(item: Item, change: Partial<Item>): Item {
    const next: Item = { ...item, ...change, etag: item.etag + 1 };
    this.#update.run(
      ...[next.parent, next.name, next.name_key, next.local_name, next.etag, next.size, next.sha1, next.version_id],
      ...[next.version_number, next.description, next.modified_at, next.content_created_at, next.content_modified_at],
      ...[next.version_created_at, next.trashed_at, next.id],
    );
    if (next.kind === 'folder') this.#folders.set(next.id, next);
    return next;
  }
}
