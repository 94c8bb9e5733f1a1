import type { Call } from '../http/call.ts';
import { BoxError, badRequest } from '../http/box-error.ts';
import type { SandboxSettings } from '../options.ts';
import type { Events } from '../state/events.ts';
import type { Item } from '../state/item.ts';
import type { Items } from '../state/items.ts';
import { miniItem, select, type Body } from '../state/representation.ts';
import type { Sessions } from '../state/sessions.ts';
import type { Tokens } from '../state/tokens.ts';

/** What handlers work on. */
export interface Context {
  settings: SandboxSettings;
  items: Items;
  sessions: Sessions;
  events: Events;
  tokens: Tokens;
  /** Aborted when the sandbox closes: whoever waits stops. */
  closing: AbortSignal;
}

/** A path's variable segment. */
export const param = (call: Call, name: string): string => call.params[name] ?? '';

/** An item as the answer to a call: in full, or as `fields` asks. */
export function show(call: Call, { items }: Context, item: Item): Body {
  return select(item, call.query.get('fields'), () => withFolderParts(items, item));
}

const firstEntries = 100;

function withFolderParts(items: Items, item: Item): Body {
  const body = items.body(item);
  if (item.kind === 'file') return body;
  const { entries, total } = items.lists.children(item.id, { limit: firstEntries, offset: 0 });
  return {
    ...body,
    size: items.lists.folderSizeBytes(item),
    item_collection: {
      total_count: total,
      entries: entries.map(miniItem),
      offset: 0,
      limit: firstEntries,
      order: [
        { by: 'type', direction: 'ASC' },
        { by: 'name', direction: 'ASC' },
      ],
    },
  };
}

/** An entry of a list: mini unless `fields` asks for more. */
export function showEntry(call: Call, { items }: Context, item: Item): Body {
  const fields = call.query.get('fields');
  return fields ? select(item, fields, () => withFolderParts(items, item)) : miniItem(item);
}

const untagged = (header: string): string[] =>
  header.split(',').map((tag) =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );

/** 412 where If-Match names another etag, or If-None-Match this one. Box's etags come without quotes; quoted ones match too. */
export function checkPreconditions(call: Call, item: Item): void {
  const refuse = (): never => {
    throw new BoxError(
      412,
      'precondition_failed',
      'The resource has been modified. Please retrieve the resource again and retry',
    );
  };
  const match = call.headers['if-match'];
  if (match !== undefined && match.trim() !== '*' && !untagged(match).includes(String(item.etag))) refuse();
  const noneMatch = call.headers['if-none-match'];
  if (noneMatch !== undefined && (noneMatch.trim() === '*' || untagged(noneMatch).includes(String(item.etag))))
    refuse();
}

/** True where a GET may answer 304. */
export const isUnchanged = (call: Call, item: Item): boolean =>
  call.headers['if-none-match'] !== undefined && untagged(call.headers['if-none-match']).includes(String(item.etag));

/** A whole number from the query. 400 with Box's code for what is none or out of its bounds. */
export function queryNumber(call: Call, name: 'limit' | 'offset', fallback: number, most: number, least = 0): number {
  const text = call.query.get(name);
  if (text === null || text === '') return fallback;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const message = `Invalid value '${text}' for ${name}: it must be a number from ${least} to ${most}`;
  throw new BoxError(400, `invalid_${name}`, message, { errors: [{ reason: 'invalid_parameter', name, message }] });
}

/** The largest offset that Box's offset paging accepts. */
export const mostOffset = 10_000;

/** A folder's id from a body as a number. 400 bad_request for anything else. */
export function folderNumber(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw badRequest('parent.id', `Invalid value '${id}'`);
  return Number(id);
}

/** The folder that a body names: 400 bad_request where the id is none, 404 as for any item that is gone. */
export const namedFolder = ({ items }: Pick<Context, 'items'>, id: string): Item =>
  items.live('folder', String(folderNumber(id)));
