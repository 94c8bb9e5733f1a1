import { createReadStream, statSync } from 'node:fs';
import { BoxError, notFound } from '../http/box-error.ts';
import { readJson } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import { checkName } from '../state/names.ts';
import { versionBody } from '../state/representation.ts';
import {
  checkPreconditions,
  folderNumber,
  isUnchanged,
  mostOffset,
  param,
  queryNumber,
  show,
  type Context,
} from './context.ts';
import { itemUpdate, parse } from './wire.ts';

/** GET /files/:file_id */
export function getFile(call: Call, context: Context): Reply {
  const file = context.items.live('file', param(call, 'file_id'));
  if (isUnchanged(call, file)) return empty(304);
  return json(200, show(call, context, file));
}

/** PUT /files/:file_id: name, parent, description and the content times (rclone sets content_modified_at this way). */
export async function updateFile(call: Call, context: Context): Promise<Reply> {
  const { items } = context;
  const body = parse(itemUpdate, await readJson(call));
  const file = items.live('file', param(call, 'file_id'));
  checkPreconditions(call, file);
  if (typeof body.name === 'string') checkName(body.name);
  const next = items.update(file, {
    name: body.name ?? undefined,
    parent: body.parent?.id ? folderNumber(body.parent.id) : undefined,
    description: body.description ?? undefined,
    contentCreatedAt: body.content_created_at ?? undefined,
    contentModifiedAt: body.content_modified_at ?? undefined,
  });
  return json(200, show(call, context, next));
}

/** DELETE /files/:file_id: to the trash. */
export function deleteFile(call: Call, { items }: Context): Reply {
  const file = items.live('file', param(call, 'file_id'));
  checkPreconditions(call, file);
  items.trash(file);
  return empty(204);
}

/** GET /files/:file_id/versions: past versions, newest first. The current one isn't among them. */
export function listVersions(call: Call, { items }: Context): Reply {
  const file = items.live('file', param(call, 'file_id'));
  const limit = queryNumber(call, 'limit', 100, 1000, 1);
  const offset = queryNumber(call, 'offset', 0, mostOffset);
  const entries = items.lists.versions(file, limit, offset).map(versionBody);
  return json(200, { total_count: file.version_number - 1, entries, offset, limit });
}

/** GET /files/:file_id/versions/:version_id */
export function getVersion(call: Call, { items }: Context): Reply {
  const file = items.live('file', param(call, 'file_id'));
  const version = items.lists.versions(file, -1, 0).find(({ id }) => String(id) === param(call, 'version_id'));
  if (!version) throw notFound(param(call, 'version_id'));
  return json(200, versionBody(version));
}

function isFileOf(path: string, sizeBytes: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isFile() && found.size === sizeBytes;
}

/**
 * The range that `bytes=0-3`, `bytes=3-` or `bytes=-3` asks for; its start lies behind its end where the file has none of it. Undefined
 * for everything else, which is as good as no header (RFC 9110, 14.2).
 */
function oneRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '') ?? [];
  if (first === '') return last === '' ? undefined : { start: Math.max(0, size - Number(last)), end: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: Math.min(last === '' ? Infinity : Number(last), size - 1) };
}

/** GET /files/:file_id/content, with `version` and one byte range. Box redirects to its download host; here it comes at once. */
export function downloadFile(call: Call, { items }: Context): Reply {
  const file = items.live('file', param(call, 'file_id'));
  const wanted = call.query.get('version');
  const past = wanted === null ? undefined : items.lists.versions(file, -1, 0).find(({ id }) => String(id) === wanted);
  if (wanted !== null && !past && wanted !== String(file.version_id)) throw notFound(wanted);
  const path = items.state.path(past ? items.versionPath(past.id) : items.localPath(file));
  const { size } = past ?? file;
  // Fewer bytes than the length that is told would leave the client waiting, more would be read as the next answer.
  if (!isFileOf(path, size)) throw notFound(`${file.name}: removed or changed in the sandbox's folder by hand`);
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'accept-ranges': 'bytes',
  };
  const range = oneRange(call.headers.range, size);
  if (!range) {
    if (size === 0) return { status: 200, headers, body: '' };
    return { status: 200, headers: { ...headers, 'content-length': String(size) }, stream: createReadStream(path) };
  }
  const { start, end } = range;
  if (start > end) {
    throw new BoxError(416, 'range_not_satisfiable', 'Requested Range Not Satisfiable', null, {
      'content-range': `bytes */${size}`,
    });
  }
  return {
    status: 206,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${size}`,
    },
    stream: createReadStream(path, { start, end }),
  };
}
