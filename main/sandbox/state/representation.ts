// Items as Box's answers show them: mini, full, and cut down by `fields`. Pure. Ids and etags are strings.
import type { Item, Version } from './item.ts';

export type Body = Record<string, unknown>;

/** Everything belongs to the sandbox's one user. */
export const owner = { type: 'user', id: '17170170170', name: 'Sandbox User', login: 'user@sandbox.invalid' };

const timestamps = new Map<number, string>();

/** RFC 3339 with second precision, which is all that Box keeps. */
export function timestamp(seconds: number): string {
  let text = timestamps.get(seconds);
  if (text === undefined) {
    text = new Date(seconds * 1000).toISOString().slice(0, 19) + '+00:00';
    // An answer names the same few seconds again and again.
    if (timestamps.size >= 100) timestamps.clear();
    timestamps.set(seconds, text);
  }
  return text;
}

const versionMini = (item: Item): Body => ({ type: 'file_version', id: String(item.version_id), sha1: item.sha1 });

// The root has neither etag nor sequence_id in Box's answers.
const mark = (item: Item): string | null => (item.id === 0 ? null : String(item.etag));

/** The mini representation: what lists, paths and conflicts hold. */
export function miniItem(item: Item): Body {
  const base = { type: item.kind, id: String(item.id), sequence_id: mark(item), etag: mark(item), name: item.name };
  return item.kind === 'folder' ? base : { ...base, sha1: item.sha1, file_version: versionMini(item) };
}

const trashFolder: Body = { type: 'folder', id: '1', sequence_id: null, etag: null, name: 'Trash' };

function shared(item: Item, path: Item[], trashed: boolean): Body {
  const parent = path.at(-1);
  const entries = trashed ? [trashFolder] : path.map(miniItem);
  const time = (seconds: number): string | null => (item.id === 0 ? null : timestamp(seconds));
  return {
    name: item.name,
    description: item.description,
    path_collection: { total_count: entries.length, entries },
    created_at: time(item.created_at),
    modified_at: time(item.modified_at),
    trashed_at: item.trashed_at === null ? null : timestamp(item.trashed_at),
    purged_at: null,
    content_created_at: time(item.content_created_at),
    content_modified_at: time(item.content_modified_at),
    created_by: owner,
    modified_by: owner,
    owned_by: owner,
    shared_link: null,
    parent: trashed ? trashFolder : parent ? miniItem(parent) : null,
    item_status: trashed ? 'trashed' : 'active',
  };
}

/** A file in full. `version_number`, `extension` and `permissions` come only when asked for by `fields`. */
export function fileBody(item: Item, path: Item[], trashed: boolean): Body {
  return { ...miniItem(item), size: item.size, ...shared(item, path, trashed) };
}

/** A folder in full, without `size` and `item_collection`, which its route adds. */
export function folderBody(item: Item, path: Item[], trashed: boolean): Body {
  return { ...miniItem(item), ...shared(item, path, trashed), folder_upload_email: null };
}

/** Every member that Box's OpenAPI description requires: its SDKs refuse an answer that lacks one. */
const folderPermissions = {
  can_download: true,
  can_upload: true,
  can_rename: true,
  can_delete: true,
  can_share: true,
  can_set_share_access: true,
  can_invite_collaborator: true,
};
const filePermissions = {
  ...folderPermissions,
  can_preview: true,
  can_comment: true,
  can_annotate: true,
  can_view_annotations_all: true,
  can_view_annotations_self: true,
};

/** Members that Box gives only when `fields` names them. */
const onRequest: Record<string, (item: Item) => unknown> = {
  version_number: (item) => String(item.version_number),
  extension: (item) => /\.([^.]+)$/.exec(item.name)?.[1] ?? '',
  permissions: ({ kind }) => (kind === 'file' ? filePermissions : folderPermissions),
  tags: () => [],
  lock: () => null,
  comment_count: () => 0,
  sync_state: () => 'not_synced',
  has_collaborations: () => false,
  is_externally_owned: () => false,
};

/**
 * Applies `fields`: the mini representation and the named members, nothing else. Unknown names are ignored, as Box does.
 * @param full makes the full representation; called only when a named member needs it.
 */
export function select(item: Item, fields: string | null, full: () => Body): Body {
  if (fields === null || fields === '') return full();
  const chosen = miniItem(item);
  let rest: Body | undefined;
  for (const name of fields.split(',').map((field) => field.trim())) {
    if (name in chosen) continue;
    const special = onRequest[name];
    if (special) chosen[name] = special(item);
    else {
      rest ??= full();
      if (name in rest) chosen[name] = rest[name];
    }
  }
  return chosen;
}

/** A past version, as the versions list shows it. */
export function versionBody(version: Version): Body {
  return {
    type: 'file_version',
    id: String(version.id),
    sha1: version.sha1,
    name: version.name,
    size: version.size,
    version_number: String(version.number),
    created_at: timestamp(version.created_at),
    modified_at: timestamp(version.modified_at),
    modified_by: owner,
    trashed_at: null,
    trashed_by: null,
    restored_at: null,
    restored_by: null,
    purged_at: null,
  };
}
