// Rows as the schema types them. Times are seconds since 1970.
export type ItemKind = 'file' | 'folder';

export interface Item {
  id: number;
  kind: ItemKind;
  parent: number | null;
  name: string;
  name_key: string;
  local_name: string;
  etag: number;
  size: number;
  sha1: string | null;
  version_id: number | null;
  version_number: number;
  description: string;
  created_at: number;
  modified_at: number;
  content_created_at: number;
  content_modified_at: number;
  version_created_at: number;
  trashed_at: number | null;
}

export interface Version {
  id: number;
  item: number;
  number: number;
  name: string;
  size: number;
  sha1: string;
  created_at: number;
  modified_at: number;
}

export type EventType =
  | 'ITEM_CREATE'
  | 'ITEM_UPLOAD'
  | 'ITEM_MAKE_CURRENT_VERSION'
  | 'ITEM_MODIFY'
  | 'ITEM_MOVE'
  | 'ITEM_RENAME'
  | 'ITEM_TRASH'
  | 'ITEM_UNDELETE_VIA_TRASH';

/** Bytes that have arrived and where they lie. */
export interface Arrived {
  /** Relative to the root. */
  path: string;
  sizeBytes: number;
  sha1: string;
}

export interface ContentTimes {
  /** Seconds since 1970. */
  createdAt?: number | undefined;
  modifiedAt?: number | undefined;
  description?: string | undefined;
}

export interface VersionOptions {
  /** A new name for the file. */
  name?: string | undefined;
  /** Called with the file as it is, before anything changes; what it throws stops the change. */
  check?: (now: Item) => void;
  /** Called inside the transaction with the file as it then is. */
  also?: (made: Item) => void;
}

export interface ItemChange {
  name?: string | undefined;
  parent?: number | undefined;
  description?: string | undefined;
  contentCreatedAt?: number | undefined;
  contentModifiedAt?: number | undefined;
}
