import type { BoxCall, CallOptions } from '../call.ts';
import { BoxError } from '../box-error.ts';
import type { BoxConnection } from '../connection.ts';
import { fieldsQuery, fileFields } from '../fields.ts';
import { attributesBody, type FileAttributes } from '../file-attributes.ts';
import { callBox } from '../operation.ts';
import { offsetPages } from '../paging.ts';
import { parseAnswer } from '../parse-answer.ts';
import { uploadedFileSchema, type BoxFile } from '../schema/items.ts';
import {
  partPageSchema,
  sessionSchema,
  uploadedPartSchema,
  type BoxPart,
  type UploadSession,
} from '../schema/sessions.ts';
import { sessionUrl } from './session-record.ts';

/** By id, or by the URL that Box gave for just this operation, which is preferred. */
export type SessionAddress = { sessionId: string } | { url: string };

function address(connection: BoxConnection, at: SessionAddress, suffix: '' | '/parts' | '/commit' | '/log'): string {
  return 'url' in at ? at.url : `${sessionUrl(connection.endpoints, at.sessionId)}${suffix}`;
}

/** SHA-1 as Box's Digest header wants it: `sha=` and base64 of the 20 bytes. */
export function digestHeader(sha1Hex: string): string {
  return `sha=${Buffer.from(sha1Hex, 'hex').toString('base64')}`;
}

/**
 * Opens a session for a new file. Box makes every check of a preflight. Problems: `name.taken*` with `conflicts`,
 * `session.conflict` with the live session, `content.too-small-for-session`, `target.*`, `account.quota`. Not repeated
 * inside: after an ambiguous failure a session may stand that nobody knows.
 */
export function createSession(
  connection: BoxConnection,
  args: { parentId: string; name: string; sizeBytes: number },
  options: CallOptions,
): Promise<UploadSession> {
  const call: BoxCall = {
    operation: 'create upload session',
    area: 'create-session',
    item: args.name,
    method: 'POST',
    url: `${connection.endpoints.upload}/files/upload_sessions`,
    headers: options.headers,
    body: { json: { folder_id: args.parentId, file_size: args.sizeBytes, file_name: args.name } },
    retry: 'once',
    signal: options.signal,
  };
  return callBox(connection, call, sessionSchema);
}

/** Opens a session for a new version of a file, which `name` renames. Else like createSession. */
export function createVersionSession(
  connection: BoxConnection,
  args: { fileId: string; name?: string | undefined; sizeBytes: number },
  options: CallOptions,
): Promise<UploadSession> {
  const call: BoxCall = {
    operation: 'create upload session for a version',
    area: 'create-session',
    item: args.name ?? args.fileId,
    method: 'POST',
    url: `${connection.endpoints.upload}/files/${encodeURIComponent(args.fileId)}/upload_sessions`,
    headers: options.headers,
    body: { json: { file_size: args.sizeBytes, file_name: args.name } },
    retry: 'once',
    signal: options.signal,
  };
  return callBox(connection, call, sessionSchema);
}

/** The session as it stands. `session.gone` when it is committed, aborted, expired or another user's. */
export function getSession(
  connection: BoxConnection,
  at: SessionAddress,
  options: CallOptions,
): Promise<UploadSession> {
  const call: BoxCall = {
    operation: 'get upload session',
    area: 'session',
    method: 'GET',
    url: address(connection, at, ''),
    headers: options.headers,
    retry: 'repeat',
    signal: options.signal,
  };
  return callBox(connection, call, sessionSchema);
}

export interface PartUpload {
  /** From 0, for errors only. */
  index: number;
  offset: number;
  sizeBytes: number;
  /** Of the whole file. */
  totalBytes: number;
  /** Hex. */
  sha1: string;
  /** Called once per try; exactly `sizeBytes` bytes. */
  open(): AsyncIterable<Uint8Array>;
  onProgress?: ((sentBytes: number) => void) | undefined;
}

/**
 * Sends one part. Not repeated inside, but for a renewed token. Resolves with undefined when Box took it without saying
 * what it stored (an empty answer): then the list of parts knows.
 */
export async function uploadPart(
  connection: BoxConnection,
  at: SessionAddress,
  part: PartUpload,
  options: CallOptions,
): Promise<BoxPart | undefined> {
  const call: BoxCall = {
    operation: `PUT part ${part.index}`,
    area: 'part',
    method: 'PUT',
    url: address(connection, at, ''),
    headers: {
      ...options.headers,
      digest: digestHeader(part.sha1),
      'content-range': `bytes ${part.offset}-${part.offset + part.sizeBytes - 1}/${part.totalBytes}`,
    },
    body: {
      stream: {
        contentType: 'application/octet-stream',
        sizeBytes: part.sizeBytes,
        open: () => part.open(),
        onProgress: part.onProgress,
      },
    },
    retry: 'once',
    signal: options.signal,
  };
  const answer = await callBox(connection, call);
  return answer.body === undefined ? undefined : parseAnswer(call, answer, uploadedPartSchema, Date.now());
}

/**
 * The parts that Box holds, as far as its paging reaches (offset 10,000): `truncated` says that more lie beyond. The
 * offset counts uploaded parts and not the grid's.
 */
export function listParts(
  connection: BoxConnection,
  at: SessionAddress,
  options: CallOptions,
  limit = 1000,
): AsyncGenerator<BoxPart, { truncated: boolean }> {
  return offsetPages(limit, async (offset) => {
    const page = await callBox(
      connection,
      {
        operation: 'list parts',
        area: 'session',
        method: 'GET',
        url: address(connection, at, '/parts'),
        query: { limit, offset, fields: options.fields?.join(',') },
        headers: options.headers,
        retry: 'repeat',
        signal: options.signal,
      },
      partPageSchema,
    );
    return { entries: page.parts, totalCount: page.totalCount, limit: page.limit };
  });
}

/** The whole list at once. */
export async function listAllParts(
  connection: BoxConnection,
  at: SessionAddress,
  options: CallOptions,
): Promise<{ parts: BoxPart[]; truncated: boolean }> {
  const listing = listParts(connection, at, options);
  const parts: BoxPart[] = [];
  for (;;) {
    const next = await listing.next();
    if (next.done) return { parts, truncated: next.value.truncated };
    parts.push(next.value);
  }
}

export type CommitAnswer =
  | { outcome: 'committed'; file: BoxFile }
  /** Box has every part and is not done with them: the same commit is asked again. */
  | { outcome: 'pending'; retryAfterMs: number | undefined };

/**
 * Commits a session. Without `parts` they are listed first. Not repeated inside: a lost answer may be a commit that
 * happened. Problems: `session.parts-missing`, `content.digest`, `conflict.changed-on-box` (If-Match, or 304 and 412 of
 * If-None-Match: the documents differ), `name.taken*` with `conflicts`, `session.gone`.
 */
export async function commitSession(
  connection: BoxConnection,
  at: SessionAddress,
  args: {
    /** Hex, of the whole file. */
    sha1: string;
    parts?: readonly { partId: string; offset: number; sizeBytes: number; sha1?: string | undefined }[] | undefined;
    /** Where to list the parts when none are given; without it the neighbour of the commit's URL. */
    listPartsUrl?: string | undefined;
    attributes?: FileAttributes | undefined;
    ifMatch?: string | undefined;
    ifNoneMatch?: string | undefined;
  },
  options: CallOptions,
): Promise<CommitAnswer> {
  const listAt = 'url' in at ? { url: args.listPartsUrl ?? at.url.replace(/\/commit$/, '/parts') } : at;
  const parts = args.parts ?? (await listAllParts(connection, listAt, { ...options, fields: undefined })).parts;
  const call: BoxCall = {
    operation: 'commit upload session',
    area: 'commit',
    method: 'POST',
    url: address(connection, at, '/commit'),
    query: fieldsQuery(options.fields, fileFields),
    headers: {
      ...options.headers,
      digest: digestHeader(args.sha1),
      'if-match': args.ifMatch,
      'if-none-match': args.ifNoneMatch,
    },
    body: {
      json: {
        parts: parts
          .toSorted((a, b) => a.offset - b.offset)
          .map(({ partId, offset, sizeBytes, sha1 }) => ({ part_id: partId, offset, size: sizeBytes, sha1 })),
        attributes: attributesBody(args.attributes),
      },
    },
    retry: 'once',
    signal: options.signal,
  };
  const answer = await callBox(connection, call);
  if (answer.pending) return { outcome: 'pending', retryAfterMs: answer.retryAfterMs };
  return { outcome: 'committed', file: parseAnswer(call, answer, uploadedFileSchema, Date.now()) };
}

/** Throws the session and its parts away, for ever. One that is gone already (404, 410) counts as success. */
export async function abortSession(connection: BoxConnection, at: SessionAddress, options: CallOptions): Promise<void> {
  await callBox(connection, {
    operation: 'abort upload session',
    area: 'session',
    method: 'DELETE',
    url: address(connection, at, ''),
    headers: options.headers,
    retry: 'repeat',
    signal: options.signal,
  }).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

function isGone(error: unknown): boolean {
  return error instanceof BoxError && error.problem.code === 'session.gone';
}

/** Tells Box what happened to an upload; telemetry only, and its answer is not documented. */
export async function logSessionEvent(
  connection: BoxConnection,
  at: SessionAddress,
  args: { eventType: string; eventInfo?: string | undefined },
  options: CallOptions,
): Promise<void> {
  await callBox(connection, {
    operation: 'log upload event',
    area: 'session',
    method: 'POST',
    url: address(connection, at, '/log'),
    headers: options.headers,
    body: { json: { event_type: args.eventType, event_info: args.eventInfo } },
    retry: 'once',
    signal: options.signal,
  });
}
