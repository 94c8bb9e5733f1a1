import { nameKey } from '../../shared/box-names.ts';
import type { BoxCall, CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { BoxError } from './box-error.ts';
import { fieldsQuery, folderFields, itemFields } from './fields.ts';
import { callBox } from './operation.ts';
import { folderSchema, itemPageSchema, type BoxFolder, type BoxItem } from './schema/items.ts';
import { markerPages } from './paging.ts';

/** `0` is the root of the account. Problems: `target.not-found`, `target.trashed`, `target.not-a-folder` is the caller's to see. */
export function getFolder(connection: BoxConnection, folderId: string, options: CallOptions): Promise<BoxFolder> {
  const call: BoxCall = {
    operation: 'get folder',
    area: 'item',
    item: folderId,
    method: 'GET',
    url: `${connection.endpoints.api}/folders/${encodeURIComponent(folderId)}`,
    query: fieldsQuery(options.fields, folderFields),
    headers: options.headers,
    retry: 'repeat',
    signal: options.signal,
  };
  return callBox(connection, call, folderSchema);
}

/**
 * Everything in a folder, page by page over markers (offsets end at 10,000). Types that are not known are skipped. A
 * marker that comes twice ends with an error, since following it would never end.
 */
export function folderItems(
  connection: BoxConnection,
  folderId: string,
  options: CallOptions,
): AsyncGenerator<BoxItem> {
  return markerPages((marker) =>
    callBox(
      connection,
      {
        operation: 'list folder',
        area: 'item',
        item: folderId,
        method: 'GET',
        url: `${connection.endpoints.api}/folders/${encodeURIComponent(folderId)}/items`,
        query: { usemarker: true, limit: 1000, marker, ...fieldsQuery(options.fields, itemFields) },
        headers: options.headers,
        retry: 'repeat',
        signal: options.signal,
      },
      itemPageSchema,
    ),
  );
}

/**
 * What stands under a name in a folder, case and accents aside, by listing it. For refusals that don't tell what they
 * conflict with: `context_info` may be null (Box's schema of errors), and `conflicts` is no promise.
 */
export async function itemNamed(
  connection: BoxConnection,
  place: { parentId: string; name: string },
  options: Omit<CallOptions, 'fields'>,
): Promise<BoxItem | undefined> {
  for await (const item of folderItems(connection, place.parentId, { ...options, fields: undefined })) {
    if (nameKey(item.name) === nameKey(place.name)) return item;
  }
  return undefined;
}

/**
 * Creates a folder. A folder of that name that stands there is the problem `name.taken` with `conflicts`, a file is
 * `name.taken-by-file`; names are compared without case. When an earlier try of this same call may have made it (its
 * answer was lost), the conflict is with our own folder, which is returned.
 */
export async function createFolder(
  connection: BoxConnection,
  args: { parentId: string; name: string },
  options: CallOptions,
): Promise<BoxFolder> {
  const call: BoxCall = {
    operation: 'create folder',
    area: 'create-folder',
    item: args.name,
    method: 'POST',
    url: `${connection.endpoints.api}/folders`,
    query: fieldsQuery(options.fields, folderFields),
    headers: options.headers,
    body: { json: { name: args.name, parent: { id: args.parentId } } },
    retry: 'repeat',
    signal: options.signal,
  };
  try {
    return await callBox(connection, call, folderSchema);
  } catch (error) {
    if (!(error instanceof BoxError) || !error.maybeOurs) throw error;
    const ours = await conflictingFolder(connection, args, error, options);
    if (ours === undefined) throw error;
    return getFolder(connection, ours, options);
  }
}

/** Like createFolder, but a folder of that name that stands there already is taken instead. */
export async function ensureFolder(
  connection: BoxConnection,
  args: { parentId: string; name: string },
  options: CallOptions,
): Promise<{ folder: BoxFolder; created: boolean }> {
  try {
    return { folder: await createFolder(connection, args, options), created: true };
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    const standing = await conflictingFolder(connection, args, error, options);
    if (standing === undefined) throw error;
    return { folder: await getFolder(connection, standing, options), created: false };
  }
}

/** By what Box tells, else by what the parent holds; rejects with `name.taken-by-file` where that is no folder. */
async function conflictingFolder(
  connection: BoxConnection,
  args: { parentId: string; name: string },
  { problem, conflicts }: BoxError,
  options: CallOptions,
): Promise<string | undefined> {
  if (conflicts.length > 0) return conflicts.find((item) => item.type === 'folder')?.id;
  if (problem.code !== 'name.taken') return undefined;
  const standing = await itemNamed(connection, args, options);
  if (standing !== undefined && standing.type !== 'folder') {
    throw new BoxError({ ...problem, code: 'name.taken-by-file' });
  }
  return standing?.id;
}

/**
 * Moves or renames. A move should name the parent alone: with other keys Box may answer `operation_limit_exceeded`, so
 * both at once are two calls here, the move first. If-Match does not protect moves. A 503 may still be carried out.
 */
export async function moveFolder(
  connection: BoxConnection,
  args: { folderId: string; parentId?: string | undefined; name?: string | undefined },
  options: CallOptions,
): Promise<BoxFolder> {
  const put = (json: unknown) =>
    callBox(
      connection,
      {
        operation: 'move folder',
        area: 'item',
        item: args.name ?? args.folderId,
        method: 'PUT',
        url: `${connection.endpoints.api}/folders/${encodeURIComponent(args.folderId)}`,
        query: fieldsQuery(options.fields, folderFields),
        headers: options.headers,
        body: { json },
        retry: 'repeat',
        signal: options.signal,
      },
      folderSchema,
    );
  if (args.parentId === undefined) return put({ name: args.name });
  const moved = await put({ parent: { id: args.parentId } });
  return args.name === undefined || args.name === moved.name ? moved : put({ name: args.name });
}

/** To the trash (or for ever, as the enterprise has set). Not empty and not `recursive`: Box's code `folder_not_empty`. Gone already counts as done after a lost answer. */
export async function deleteFolder(
  connection: BoxConnection,
  args: { folderId: string; recursive?: boolean | undefined; ifMatch?: string | undefined },
  options: CallOptions,
): Promise<void> {
  await callBox(connection, {
    operation: 'delete folder',
    area: 'item',
    item: args.folderId,
    method: 'DELETE',
    url: `${connection.endpoints.api}/folders/${encodeURIComponent(args.folderId)}`,
    query: { recursive: args.recursive ?? false },
    headers: { ...options.headers, 'if-match': args.ifMatch },
    retry: 'repeat',
    signal: options.signal,
  }).catch(goneAfterLostAnswer);
}

/** From the trash; with another parent or name where the old one is gone or taken. */
export function restoreFolder(
  connection: BoxConnection,
  args: { folderId: string; parentId?: string | undefined; name?: string | undefined },
  options: CallOptions,
): Promise<BoxFolder> {
  const call: BoxCall = {
    operation: 'restore folder',
    area: 'item',
    item: args.folderId,
    method: 'POST',
    url: `${connection.endpoints.api}/folders/${encodeURIComponent(args.folderId)}`,
    query: fieldsQuery(options.fields, folderFields),
    headers: options.headers,
    body: { json: { name: args.name, parent: args.parentId === undefined ? undefined : { id: args.parentId } } },
    retry: 'once',
    signal: options.signal,
  };
  return callBox(connection, call, folderSchema);
}

/** A delete whose first answer was lost finds nothing the second time: that is what was wanted. Anything else is thrown on. */
export function goneAfterLostAnswer(error: unknown): void {
  const gone = error instanceof BoxError && error.maybeOurs;
  if (!gone || !['target.not-found', 'target.trashed'].includes(error.problem.code)) throw error;
}
