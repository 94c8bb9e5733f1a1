// Upload sessions over HTTP.
import { createHash } from 'node:crypto';
import { BoxError, badRequest } from '../http/box-error.ts';
import { contentLength, readBody, readJson, releaseChunk } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import { checkGrid, digestMismatch, parseContentRange, parseDigest } from '../state/grid.ts';
import { checkName } from '../state/names.ts';
import type { Session } from '../state/sessions.ts';
import { param, queryNumber, mostOffset, type Context } from './context.ts';
import { logEvent, parse } from './wire.ts';

/** The UploadSession object. Its URLs name the port the sandbox listens on now, whatever it was when the session began. */
function showSession(call: Call, { sessions }: Context, session: Session): Record<string, unknown> {
  const url = `${call.origin}/api/2.0/files/upload_sessions/${session.id}`;
  return {
    id: session.id,
    type: 'upload_session',
    session_expires_at: new Date(session.expires_at_ms).toISOString().slice(0, 19) + 'Z',
    part_size: session.part_size,
    total_parts: sessions.totalParts(session),
    num_parts_processed: sessions.processedParts(session),
    session_endpoints: {
      upload_part: url,
      commit: `${url}/commit`,
      abort: url,
      list_parts: `${url}/parts`,
      status: url,
      log_event: `${url}/log`,
    },
  };
}

function fileSize(body: Record<string, unknown>, context: Context): number {
  const { file_size: size } = body;
  const refuse = (code: string, message: string): never => {
    throw new BoxError(400, code, message, { errors: [{ reason: 'invalid_parameter', name: 'file_size', message }] });
  };
  if (size === undefined || size === null) return refuse('missing_file_size', 'file_size is required');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    return refuse('invalid_file_size', `Invalid value ${JSON.stringify(size)} for file_size`);
  }
  const least = context.settings.minSessionFile;
  if (size < least)
    refuse('file_size_too_small', `File size ${size} is below the minimum of ${least} for an upload session`);
  return size;
}

async function objectBody(call: Call): Promise<Record<string, unknown>> {
  const body = await readJson(call);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('body', 'The body must be an object');
  return body as Record<string, unknown>;
}

function folderOf(body: Record<string, unknown>, context: Context): number {
  const id = body['folder_id'];
  if (id === undefined || id === null) {
    throw new BoxError(400, 'missing_destination', 'folder_id is required');
  }
  if ((typeof id !== 'string' && typeof id !== 'number') || !/^\d{1,15}$/.test(String(id))) {
    throw new BoxError(400, 'invalid_folder_id', `Invalid value '${JSON.stringify(id)}' for folder_id`);
  }
  try {
    return context.items.live('folder', String(id)).id;
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    // The OpenAPI description of this route names invalid_parameter, not not_found.
    throw new BoxError(404, 'invalid_parameter', `The folder ${id} does not exist or is not visible`);
  }
}

/** POST /files/upload_sessions */
export async function createSession(call: Call, context: Context): Promise<Reply> {
  const body = await objectBody(call);
  const folder = folderOf(body, context);
  const size = fileSize(body, context);
  const name = body['file_name'];
  if (typeof name !== 'string' || name === '') {
    throw new BoxError(400, 'missing_file_name', 'file_name is required');
  }
  checkName(name);
  context.items.checkSize(size);
  context.items.checkFree(folder, name, 'object');
  const session = context.sessions.create({ file: null, folder, name, renames: 0 }, size, (other) =>
    showSession(call, context, other),
  );
  return json(201, showSession(call, context, session));
}

/** POST /files/:file_id/upload_sessions */
export async function createVersionSession(call: Call, context: Context): Promise<Reply> {
  const body = await objectBody(call);
  const file = context.items.live('file', param(call, 'file_id'));
  const size = fileSize(body, context);
  const name = body['file_name'] ?? file.name;
  if (typeof name !== 'string') throw badRequest('file_name', 'file_name must be a string');
  checkName(name);
  context.items.checkSize(size);
  const folder = file.parent ?? 0;
  context.items.checkFree(folder, name, 'object', file.id);
  const session = context.sessions.create(
    { file: file.id, folder, name, renames: (body['file_name'] ?? null) === null ? 0 : 1 },
    size,
    (other) => showSession(call, context, other),
  );
  return json(201, showSession(call, context, session));
}

/** GET /files/upload_sessions/:session_id */
export function getSession(call: Call, context: Context): Reply {
  return json(200, showSession(call, context, context.sessions.usable(param(call, 'session_id'))));
}

const sizeMismatch = (bytes: number, size: number): BoxError =>
  new BoxError(400, 'request_size_mismatch', `The body has ${bytes} bytes, the content range ${size}`);

/** PUT /files/upload_sessions/:session_id */
export async function uploadPart(call: Call, { sessions }: Context): Promise<Reply> {
  const session = sessions.usable(param(call, 'session_id'));
  const length = contentLength(call);
  const expected = parseDigest(call.headers['digest']);
  const range = parseContentRange(call.headers['content-range']);
  checkGrid(range, session.size, session.part_size);
  const size = range.endBytes - range.startBytes + 1;
  if (length !== undefined && length !== size) throw sizeMismatch(length, size);
  const { sink, release } = sessions.claim(session, range.startBytes);
  try {
    const hash = createHash('sha1');
    let received = 0;
    try {
      await readBody(call, (chunk) => {
        received += chunk.length;
        // Bytes beyond the range belong to another part.
        if (received > size) throw sizeMismatch(received, size);
        hash.update(chunk);
        sink.write(chunk);
        releaseChunk(chunk);
      });
    } finally {
      sink.close();
    }
    if (received !== size) throw sizeMismatch(received, size);
    const actual = hash.digest('hex');
    if (actual !== expected) throw digestMismatch(expected, actual);
    const part = sessions.store(session.id, { offset: range.startBytes, size, sha1: actual });
    return json(200, { part: { part_id: part.part_id, offset: part.offset, size, sha1: actual } });
  } finally {
    release();
  }
}

/** GET /files/upload_sessions/:session_id/parts. `offset` counts the parts that have arrived, which come in order of their bytes. */
export function listParts(call: Call, { sessions }: Context): Reply {
  const session = sessions.usable(param(call, 'session_id'));
  const limit = queryNumber(call, 'limit', 100, 1000, 1);
  const offset = queryNumber(call, 'offset', 0, mostOffset);
  const entries = sessions
    .parts(session.id, limit, offset)
    .map((part) => ({ part_id: part.part_id, offset: part.offset, size: part.size, sha1: part.sha1 }));
  const order = [{ by: 'offset', direction: 'ASC' }];
  return json(200, { entries, offset, limit, total_count: sessions.stored(session.id).count, order });
}

/** DELETE /files/upload_sessions/:session_id. Accepted after a commit too (Box's own SDK tests do so); the file stays. */
export function abortSession(call: Call, { sessions }: Context): Reply {
  const session = sessions.known(param(call, 'session_id'));
  if (session.committed_file === null) sessions.usable(session.id);
  sessions.abort(session);
  return empty(204);
}

/** POST /files/upload_sessions/:session_id/log: telemetry of Box's web uploader; read and dropped. */
export async function logSessionEvent(call: Call, { sessions }: Context): Promise<Reply> {
  parse(logEvent, await readJson(call));
  sessions.known(param(call, 'session_id'));
  return empty(204);
}
