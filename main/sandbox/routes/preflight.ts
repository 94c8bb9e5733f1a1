// OPTIONS /files/content and /files/:file_id/content: all the checks of an upload, none of its effects.
import { BoxError, badRequest } from '../http/box-error.ts';
import { readJson } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { json, type Reply } from '../http/reply.ts';
import { checkName } from '../state/names.ts';
import { namedFolder, param, type Context } from './context.ts';
import { parse, preflight } from './wire.ts';

/** The size may be left out: rclone does so to look an id up by its name. */
export async function preflightFile(call: Call, context: Context): Promise<Reply> {
  const { items } = context;
  const body = parse(preflight, await readJson(call));
  if (!body.name) throw badRequest('name', 'name is required');
  if (!body.parent?.id) throw new BoxError(400, 'missing_destination', 'parent.id is required');
  checkName(body.name);
  const folder = namedFolder(context, body.parent.id);
  items.checkFree(folder.id, body.name, 'object');
  items.checkSize(body.size ?? 0);
  return json(200, { upload_url: `${call.origin}/api/2.0/files/content`, upload_token: null });
}

export async function preflightVersion(call: Call, { items }: Context): Promise<Reply> {
  const body = parse(preflight, await readJson(call));
  const file = items.live('file', param(call, 'file_id'));
  if (body.name) {
    checkName(body.name);
    items.checkFree(file.parent ?? 0, body.name, 'object', file.id);
  }
  items.checkSize(body.size ?? 0);
  return json(200, { upload_url: `${call.origin}/api/2.0/files/${file.id}/content`, upload_token: null });
}
