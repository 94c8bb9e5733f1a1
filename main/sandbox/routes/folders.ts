import { BoxError } from '../http/box-error.ts';
import { readJson } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import type { Item, ItemKind } from '../state/item.ts';
import { checkName } from '../state/names.ts';
import {
  checkPreconditions,
  folderNumber,
  isUnchanged,
  mostOffset,
  namedFolder,
  param,
  queryNumber,
  show,
  showEntry,
  type Context,
} from './context.ts';
import { folderCreate, itemUpdate, parse } from './wire.ts';

/** POST /folders */
export async function createFolder(call: Call, context: Context): Promise<Reply> {
  const body = parse(folderCreate, await readJson(call));
  checkName(body.name);
  const parent = namedFolder(context, body.parent.id);
  return json(201, show(call, context, context.items.createFolder(parent, body.name)));
}

/** GET /folders/:folder_id */
export function getFolder(call: Call, context: Context): Reply {
  const folder = context.items.live('folder', param(call, 'folder_id'));
  if (isUnchanged(call, folder)) return empty(304);
  return json(200, show(call, context, folder));
}

function markerOf(call: Call): { kind: ItemKind; id: number } | undefined {
  const text = call.query.get('marker');
  if (!text) return undefined;
  const match = /^(file|folder):(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (!match) throw new BoxError(400, 'bad_request', `Invalid value '${text}' for marker`);
  return { kind: match[1] === 'file' ? 'file' : 'folder', id: Number(match[2]) };
}

const toMarker = (item: Item): string => Buffer.from(`${item.kind}:${item.id}`).toString('base64url');

const sortKeys = new Set(['id', 'name', 'date', 'size']);

/** GET /folders/:folder_id/items, by offset (to 10,000) or, with `usemarker=true`, by marker. */
export function listItems(call: Call, context: Context): Reply {
  const { items } = context;
  const folder = items.live('folder', param(call, 'folder_id'));
  const limit = queryNumber(call, 'limit', 100, 1000, 1);
  if (call.query.get('usemarker') === 'true') {
    // One more than asked for tells whether this page is the last.
    const page = items.lists.childrenAfter(folder.id, markerOf(call), limit + 1);
    const entries = page.slice(0, limit);
    const last = entries.at(-1);
    const next_marker = page.length > limit && last ? toMarker(last) : null;
    return json(200, { entries: entries.map((item) => showEntry(call, context, item)), limit, next_marker });
  }
  const offset = queryNumber(call, 'offset', 0, mostOffset);
  const sort = call.query.get('sort') ?? 'name';
  if (!sortKeys.has(sort)) throw new BoxError(400, 'bad_request', `Invalid value '${sort}' for sort`);
  const descending = call.query.get('direction')?.toUpperCase() === 'DESC';
  const by = sort as 'id' | 'name' | 'date' | 'size';
  const { entries, total } = items.lists.children(folder.id, { limit, offset, sort: by, descending });
  const direction = descending ? 'DESC' : 'ASC';
  return json(200, {
    total_count: total,
    entries: entries.map((item) => showEntry(call, context, item)),
    offset,
    limit,
    order: [
      { by: 'type', direction: 'ASC' },
      { by, direction },
    ],
  });
}

/** Keys that go along with a move; any other makes Box answer 403 operation_limit_exceeded. */
const moveKeys = new Set(['parent', 'name']);

/** PUT /folders/:folder_id. If-Match guards renames but not moves, as Box's guide on consistency says. */
export async function updateFolder(call: Call, context: Context): Promise<Reply> {
  const { items } = context;
  const body = parse(itemUpdate, await readJson(call));
  const folder = items.live('folder', param(call, 'folder_id'));
  const target = body.parent?.id;
  if (folder.id === 0) throw new BoxError(403, 'forbidden', 'The root folder can not be changed');
  if (target && Object.keys(body).some((key) => !moveKeys.has(key))) {
    throw new BoxError(403, 'operation_limit_exceeded', 'Too many changes in one operation: move the folder by itself');
  }
  if (!target) checkPreconditions(call, folder);
  if (typeof body.name === 'string') checkName(body.name);
  const parent = target ? folderNumber(target) : undefined;
  const { name, description } = body;
  const next = items.update(folder, { name: name ?? undefined, parent, description: description ?? undefined });
  return json(200, show(call, context, next));
}

/** DELETE /folders/:folder_id: to the trash; with entries only when `recursive=true`. */
export function deleteFolder(call: Call, { items }: Context): Reply {
  const folder = items.live('folder', param(call, 'folder_id'));
  if (folder.id === 0) throw new BoxError(403, 'forbidden', 'The root folder can not be deleted');
  checkPreconditions(call, folder);
  if (call.query.get('recursive') !== 'true' && !items.lists.isEmpty(folder)) {
    throw new BoxError(400, 'folder_not_empty', 'Cannot delete – folder not empty');
  }
  items.trash(folder);
  return empty(204);
}
