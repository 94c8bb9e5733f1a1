import { BoxError } from '../http/box-error.ts';
import { readJson } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import type { ItemKind } from '../state/item.ts';
import { checkName } from '../state/names.ts';
import {
  checkPreconditions,
  folderNumber,
  mostOffset,
  param,
  queryNumber,
  show,
  showEntry,
  type Context,
} from './context.ts';
import { parse, restore } from './wire.ts';

/** GET /folders/trash/items, by offset or by marker. */
export function listTrash(call: Call, context: Context): Reply {
  const limit = queryNumber(call, 'limit', 100, 1000, 1);
  if (call.query.get('usemarker') === 'true') {
    const text = call.query.get('marker');
    const from = text ? Number(Buffer.from(text, 'base64url').toString('utf8')) : 0;
    if (!Number.isSafeInteger(from)) throw new BoxError(400, 'bad_request', `Invalid value '${text}' for marker`);
    const page = context.items.lists.trashedAfter(from, limit + 1);
    const entries = page.slice(0, limit);
    const last = page.length > limit ? entries.at(-1) : undefined;
    const next_marker = last ? Buffer.from(String(last.id)).toString('base64url') : null;
    return json(200, { entries: entries.map((item) => showEntry(call, context, item)), limit, next_marker });
  }
  const offset = queryNumber(call, 'offset', 0, mostOffset);
  const { entries, total } = context.items.lists.trashed(limit, offset);
  const order = [
    { by: 'type', direction: 'ASC' },
    { by: 'name', direction: 'ASC' },
  ];
  return json(200, {
    total_count: total,
    entries: entries.map((item) => showEntry(call, context, item)),
    offset,
    limit,
    order,
  });
}

/** GET /files/:file_id/trash and /folders/:folder_id/trash */
export const getTrashed =
  (kind: ItemKind) =>
  (call: Call, context: Context): Reply =>
    json(200, show(call, context, context.items.trashed(kind, param(call, `${kind}_id`))));

/** POST /files/:file_id and /folders/:folder_id: back to where it was, or to the place that the body names. */
export const restoreTrashed =
  (kind: ItemKind) =>
  async (call: Call, context: Context): Promise<Reply> => {
    const body = parse(restore, await readJson(call));
    if (typeof body.name === 'string') checkName(body.name);
    const item = context.items.trashed(kind, param(call, `${kind}_id`));
    const parent = body.parent?.id ? folderNumber(body.parent.id) : undefined;
    return json(201, show(call, context, context.items.restore(item, { name: body.name ?? undefined, parent })));
  };

/** DELETE /files/:file_id/trash and /folders/:folder_id/trash: for good. */
export const deleteTrashed =
  (kind: ItemKind) =>
  (call: Call, { items }: Context): Reply => {
    const item = items.trashed(kind, param(call, `${kind}_id`));
    checkPreconditions(call, item);
    items.remove(item);
    return empty(204);
  };
