import { z } from 'zod';
import type { CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { callBox } from './operation.ts';
import { itemSchema } from './schema/items.ts';
import { absent, boxNumber, boxText } from './schema/scalars.ts';

/** Something that happened on Box. Duplicates and disorder are normal: tell them apart by `eventId`. */
const eventSchema = z
  .object({
    event_id: boxText,
    event_type: z.string(),
    created_at: absent(z.string()),
    recorded_at: absent(z.string()),
    created_by: absent(z.object({ id: absent(boxText), name: absent(z.string()), login: absent(z.string()) })),
    source: z.unknown(),
  })
  .transform((event) => ({
    eventId: event.event_id,
    eventType: event.event_type,
    createdAt: event.created_at,
    recordedAt: event.recorded_at,
    createdBy: event.created_by,
    // Only items are read: events also speak of users, groups and collaborations.
    source: itemSchema.safeParse(event.source).data,
  }));

const pageSchema = z
  .object({
    // A string or an int64, as Box pleases. As a number it may have lost digits before we see it; nothing can be done here.
    next_stream_position: boxText,
    chunk_size: absent(boxNumber),
    entries: z.array(z.unknown()),
  })
  .transform((page) => ({
    nextPosition: page.next_stream_position,
    entryCount: page.entries.length,
    events: page.entries.flatMap((entry) => eventSchema.safeParse(entry).data ?? []),
  }));
export type BoxEventPage = z.infer<typeof pageSchema>;

/**
 * One page of the user's events from a position on. `now` gives the current position and no events, `0` starts at the
 * beginning (Box keeps two weeks to two months). Fewer events than the limit is not the end: no events is.
 */
export function listEvents(
  connection: BoxConnection,
  args: { position: string; streamType?: 'all' | 'changes' | 'sync' | undefined; limit?: number | undefined },
  options: CallOptions,
): Promise<BoxEventPage> {
  return callBox(
    connection,
    {
      operation: 'list events',
      area: 'account',
      method: 'GET',
      url: `${connection.endpoints.api}/events`,
      query: {
        stream_type: args.streamType ?? 'changes',
        stream_position: args.position,
        limit: args.limit ?? 500,
        fields: options.fields?.join(','),
      },
      headers: options.headers,
      retry: 'repeat',
      signal: options.signal,
    },
    pageSchema,
  );
}

/** The position after everything that has happened until now. */
export async function currentEventPosition(connection: BoxConnection, options: CallOptions): Promise<string> {
  return (await listEvents(connection, { position: 'now' }, options)).nextPosition;
}
