// Uploads that share a transaction: each stands or falls by itself, and a kill between its commit and its moves loses none.
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseSandboxOptions } from '../../main/sandbox/options.ts';
import type { Item } from '../../main/sandbox/state/item.ts';
import { Events } from '../../main/sandbox/state/events.ts';
import { Items } from '../../main/sandbox/state/items.ts';
import { State } from '../../main/sandbox/state/state.ts';
import { sha1Hex } from './raw-client.ts';

let root: string;
let state: State;
let items: Items;
let events: Events;

function open(options: object = {}): void {
  state = new State(root);
  items = new Items(state, parseSandboxOptions({ root, ...options }));
  events = new Events(items);
}

/** Asks for a file whose content is its name. */
function create(name: string, parent = '0'): Promise<Item> {
  const path = items.incomingPath();
  writeFileSync(state.path(path), name);
  return items.createFileSoon(parent, name, { path, sizeBytes: name.length, sha1: sha1Hex(Buffer.from(name)) }, {});
}

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const refusal = (code: string): unknown => expect.objectContaining({ code });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxcar-sandbox-'));
  open();
});
afterEach(async () => {
  await state.close();
  rmSync(root, { recursive: true, force: true });
});

it('makes the files of one turn in one transaction, each with its event', async () => {
  let transactions = 0;
  const { onChange } = state;
  state.onChange = () => {
    transactions += 1;
    onChange();
  };
  const made = await Promise.all(['a', 'b', 'c'].map((name) => create(name)));
  expect(transactions).toBe(1);
  expect(new Set(made.map(({ id }) => id)).size).toBe(3);
  expect(['a', 'b', 'c'].map(read)).toEqual(['a', 'b', 'c']);
  expect(made.map(({ id }) => items.byId(id))).toEqual(made);
  expect(events.after(0, 10).entries.map(({ source }) => (source as { name: string }).name)).toEqual(['a', 'b', 'c']);
});

it('refuses one without harm to the others', async () => {
  const before = events.last;
  const settled = await Promise.allSettled([create('a'), create('A'), create('b', '42'), create('c')]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(settled[1]).toMatchObject({ reason: refusal('item_name_in_use') });
  expect(settled[2]).toMatchObject({ reason: refusal('not_found') });
  expect(['a', 'c'].map(read)).toEqual(['a', 'c']);
  expect(existsSync(join(root, 'b'))).toBe(false);
  expect(events.after(before, 10).entries).toHaveLength(2);
  expect(events.last).toBe(events.after(before, 10).next);
  expect(items.usedBytes).toBe(2);
});

it('forgets the event of a change that failed at last', () => {
  const fail = (): never => {
    throw new Error('at last');
  };
  const arrived = { path: items.incomingPath(), sizeBytes: 1, sha1: sha1Hex(Buffer.from('x')) };
  expect(() => items.createFile('0', 'x', arrived, {}, fail)).toThrow('at last');
  expect(events.last).toBe(0);
  expect(items.usedBytes).toBe(0);
});

it('counts the quota from one to the next', async () => {
  await state.close();
  open({ quota: 25 });
  const names = ['first-10-b', 'second10-b', 'third-10-b'];
  const settled = await Promise.allSettled(names.map((name) => create(name)));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(settled[2]).toMatchObject({ reason: refusal('storage_limit_exceeded') });
  expect(items.usedBytes).toBe(20);
});

it('gives no two of them one place on disk', async () => {
  // The first can't have its own name there, and gets the second's.
  const twins = await Promise.all([create('.boxcar-sandbox'), create('%.boxcar-sandbox')]);
  expect(twins.map((item) => readFileSync(state.path(items.localPath(item)), 'utf8'))).toEqual([
    '.boxcar-sandbox',
    '%.boxcar-sandbox',
  ]);
});

it('ends what waits before it closes', async () => {
  const waiting = create('late');
  await state.close();
  expect((await waiting).name).toBe('late');
  expect(read('late')).toBe('late');
  open();
  expect(items.named(0, 'late')).toBeDefined();
});

it.each([1, 2, 3])('makes the last %i moves after a kill between the commit and them', async (missing) => {
  const names = ['a', 'b', 'c'];
  await create('before');
  await Promise.all(names.map((name) => create(name)));
  const moves = state.database.query<{ source: string; target: string }>('select * from effect order by id').all();
  expect(moves.map(({ target }) => target)).toEqual(names);
  for (const { source, target } of moves.slice(-missing)) renameSync(join(root, target), join(root, source));
  await state.close();
  open();
  expect(names.map(read)).toEqual(names);
  expect(readdirSync(join(root, '.boxcar-sandbox', 'incoming'))).toEqual([]);
  expect(state.database.query('select * from effect').all()).toEqual([]);
});
