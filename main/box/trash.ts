import type { CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { fieldsQuery, itemFields } from './fields.ts';
import { callBox } from './operation.ts';
import { goneAfterLostAnswer } from './folders.ts';
import { markerPages } from './paging.ts';
import { itemPageSchema, type BoxItem } from './schema/items.ts';

/** Everything in the trash of the account, page by page over markers. */
export function trashedItems(connection: BoxConnection, options: CallOptions): AsyncGenerator<BoxItem> {
  return markerPages((marker) =>
    callBox(
      connection,
      {
        operation: 'list trash',
        area: 'item',
        method: 'GET',
        url: `${connection.endpoints.api}/folders/trash/items`,
        query: {
          usemarker: true,
          limit: 1000,
          marker,
          ...fieldsQuery(options.fields, [...itemFields, 'trashed_at', 'parent']),
        },
        headers: options.headers,
        retry: 'repeat',
        signal: options.signal,
      },
      itemPageSchema,
    ),
  );
}

/** Removes a trashed item for ever. */
export async function purgeTrashed(
  connection: BoxConnection,
  args: { type: 'file' | 'folder'; id: string },
  options: CallOptions,
): Promise<void> {
  await callBox(connection, {
    operation: 'purge from trash',
    area: 'item',
    item: args.id,
    method: 'DELETE',
    url: `${connection.endpoints.api}/${args.type}s/${encodeURIComponent(args.id)}/trash`,
    headers: options.headers,
    retry: 'repeat',
    signal: options.signal,
  }).catch(goneAfterLostAnswer);
}
