import { nameKey } from '../../../shared/box-names.ts';
import { folderItems } from '../../box/folders.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { BoxItem } from '../../box/schema/items.ts';
import type { BoxEntry } from '../plan/plan-file.ts';

/** What stands in a folder of Box, by name as Box compares names and by id. */
export class BoxListing {
  readonly #byKey = new Map<string, BoxEntry>();
  readonly #byId = new Map<string, BoxEntry>();
  readonly #reserved = new Set<string>();

  /** Reads a folder once, page by page. */
  static async read(connection: BoxConnection, folderId: string, signal: AbortSignal): Promise<BoxListing> {
    const listing = new BoxListing();
    for await (const item of folderItems(connection, folderId, { signal })) listing.#add(entryOf(item));
    return listing;
  }

  byName(name: string): BoxEntry | null {
    return this.#byKey.get(nameKey(name)) ?? null;
  }

  byId(id: string): BoxEntry | null {
    return this.#byId.get(id) ?? null;
  }

  /** Everything there. */
  entries(): IterableIterator<BoxEntry> {
    return this.#byId.values();
  }

  /** The names as they stand there. */
  names(): Set<string> {
    return new Set([...this.#byKey.values()].map((entry) => entry.name));
  }

  /** Whether a name is taken, given its key. */
  has(key: string): boolean {
    return this.#byKey.has(key) || this.#reserved.has(key);
  }

  /** A name that something is about to go up under. */
  reserve(name: string): void {
    this.#reserved.add(nameKey(name));
  }

  #add(entry: BoxEntry): void {
    this.#byKey.set(nameKey(entry.name), entry);
    this.#byId.set(entry.id, entry);
  }
}

function entryOf(item: BoxItem): BoxEntry {
  if (item.type !== 'file') return { type: item.type, id: item.id, name: item.name };
  return {
    type: 'file',
    id: item.id,
    name: item.name,
    etag: item.etag ?? null,
    sha1: item.sha1 ?? null,
    sizeBytes: item.sizeBytes ?? null,
    versionId: item.versionId ?? null,
  };
}
