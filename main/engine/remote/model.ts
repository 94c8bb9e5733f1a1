/** Something that happened on Box, as far as folder pairs care. */
export interface RemoteEvent {
  eventId: string;
  /** Box's name: `ITEM_TRASH`, `ITEM_UPLOAD`, … */
  type: string;
  /** When it happened, in ms since the epoch; null where Box didn't say. */
  at: number | null;
  /** Who did it; null where Box didn't say. */
  by: { id: string; name: string } | null;
  /** The file or folder as it was then; null for events about anything else. */
  item: RemoteItem | null;
}

export interface RemoteItem {
  type: 'file' | 'folder';
  id: string;
  name: string;
  /** Null where Box doesn't show the parent to this user. */
  parentId: string | null;
  /** Null for folders. */
  sha1: string | null;
  etag: string | null;
  /** In the trash, or deleted for good. */
  trashed: boolean;
}
