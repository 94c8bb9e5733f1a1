import type { BoxEventPage } from '../../box/events.ts';
import type { RemoteEvent, RemoteItem } from './model.ts';

type BoxEvent = BoxEventPage['events'][number];

const inTrash = new Set(['trashed', 'deleted']);

/** An event of Box in the terms of folder pairs. Anything but a file or folder is no item of theirs. */
export function toRemoteEvent(event: BoxEvent): RemoteEvent {
  const at = Date.parse(event.createdAt ?? event.recordedAt ?? '');
  const by = event.createdBy;
  return {
    eventId: event.eventId,
    type: event.eventType,
    at: Number.isNaN(at) ? null : at,
    by: by?.id === undefined ? null : { id: by.id, name: by.name ?? by.login ?? by.id },
    item: itemOf(event),
  };
}

function itemOf({ source, eventType }: BoxEvent): RemoteItem | null {
  if (!source || source.type === 'web_link') return null;
  return {
    type: source.type,
    id: source.id,
    name: source.name,
    parentId: source.parentId ?? null,
    sha1: source.type === 'file' ? (source.sha1 ?? null) : null,
    etag: source.etag ?? null,
    trashed: eventType === 'ITEM_TRASH' || inTrash.has(source.itemStatus ?? ''),
  };
}
