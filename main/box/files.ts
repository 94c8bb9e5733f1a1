import type { BoxCall, CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { fieldsQuery, fileFields } from './fields.ts';
import { goneAfterLostAnswer } from './folders.ts';
import { callBox } from './operation.ts';
import { offsetPages } from './paging.ts';
import { fileSchema, versionPageSchema, type BoxFile, type BoxFileVersion } from './schema/items.ts';

function fileUrl(connection: BoxConnection, fileId: string): string {
  return `${connection.endpoints.api}/files/${encodeURIComponent(fileId)}`;
}

/** Problems: `target.not-found`, `target.trashed`. */
export function getFile(connection: BoxConnection, fileId: string, options: CallOptions): Promise<BoxFile> {
  const call: BoxCall = {
    operation: 'get file',
    area: 'item',
    item: fileId,
    method: 'GET',
    url: fileUrl(connection, fileId),
    query: fieldsQuery(options.fields, fileFields),
    headers: options.headers,
    retry: 'repeat',
    signal: options.signal,
  };
  return callBox(connection, call, fileSchema);
}

/** Moves or renames in one call. A taken name is `name.taken` with `conflicts`; a stale `ifMatch`, `conflict.changed-on-box`. */
export function moveFile(
  connection: BoxConnection,
  args: { fileId: string; parentId?: string | undefined; name?: string | undefined; ifMatch?: string | undefined },
  options: CallOptions,
): Promise<BoxFile> {
  const call: BoxCall = {
    operation: 'move file',
    area: 'item',
    item: args.name ?? args.fileId,
    method: 'PUT',
    url: fileUrl(connection, args.fileId),
    query: fieldsQuery(options.fields, fileFields),
    headers: { ...options.headers, 'if-match': args.ifMatch },
    body: { json: { name: args.name, parent: args.parentId === undefined ? undefined : { id: args.parentId } } },
    // With If-Match a repeat after a lost answer would be refused for our own change; the caller looks instead.
    retry: args.ifMatch === undefined ? 'repeat' : 'once',
    signal: options.signal,
  };
  return callBox(connection, call, fileSchema);
}

/** To the trash. With `ifMatch`, only when nobody changed it since (`conflict.changed-on-box`). */
export async function deleteFile(
  connection: BoxConnection,
  args: { fileId: string; ifMatch?: string | undefined },
  options: CallOptions,
): Promise<void> {
  await callBox(connection, {
    operation: 'delete file',
    area: 'item',
    item: args.fileId,
    method: 'DELETE',
    url: fileUrl(connection, args.fileId),
    headers: { ...options.headers, 'if-match': args.ifMatch },
    retry: 'repeat',
    signal: options.signal,
  }).catch(goneAfterLostAnswer);
}

/** From the trash; with another parent or name where the old one is gone or taken. */
export function restoreFile(
  connection: BoxConnection,
  args: { fileId: string; parentId?: string | undefined; name?: string | undefined },
  options: CallOptions,
): Promise<BoxFile> {
  const call: BoxCall = {
    operation: 'restore file',
    area: 'item',
    item: args.fileId,
    method: 'POST',
    url: fileUrl(connection, args.fileId),
    query: fieldsQuery(options.fields, fileFields),
    headers: options.headers,
    body: { json: { name: args.name, parent: args.parentId === undefined ? undefined : { id: args.parentId } } },
    retry: 'once',
    signal: options.signal,
  };
  return callBox(connection, call, fileSchema);
}

/** The earlier versions of a file, newest first; the current one is not among them. At most the first 11,000. */
export function fileVersions(
  connection: BoxConnection,
  fileId: string,
  options: CallOptions,
): AsyncGenerator<BoxFileVersion, { truncated: boolean }> {
  return offsetPages(1000, async (offset) => {
    const page = await callBox(
      connection,
      {
        operation: 'list versions',
        area: 'item',
        item: fileId,
        method: 'GET',
        url: `${fileUrl(connection, fileId)}/versions`,
        query: { limit: 1000, offset, fields: options.fields?.join(',') },
        headers: options.headers,
        retry: 'repeat',
        signal: options.signal,
      },
      versionPageSchema,
    );
    return { entries: page.versions, totalCount: page.totalCount, limit: page.limit };
  });
}
