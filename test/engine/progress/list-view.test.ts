import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  groupOf,
  listFilterSchema,
  transferGroups,
  type ListFilter,
  type TransferGroup,
} from '../../../shared/list-model.ts';
import { mayMove, transferStates, type TransferState } from '../../../shared/transfer-state.ts';
import { stretches, TransferListStore } from '../../../main/engine/ledger/transfer-list.ts';
import type { TransferRowData } from '../../../main/engine/ledger/transfers.ts';
import { ListView } from '../../../main/engine/progress/list-view.ts';
import { facts, found, openJob, problem, recordFolder } from '../ledger/support.ts';
import { openScene, SeenList, type Scene } from './support-views.ts';

/** One owner with a folder in it. */
interface Owner {
  id: number;
  folderId: number;
}

interface TestList extends Scene {
  owners: Owner[];
  /** What the store does not say of a transfer. */
  priorities: Map<number, number>;
  ids: number[];
}

async function openList(): Promise<TestList> {
  const scene = await openScene();
  const { db, ledger, accountId, jobId, containerId } = scene;
  const other = db.transaction(() => {
    const id = openJob(ledger, accountId, '/other');
    return { id, folderId: recordFolder(ledger, id, ledger.jobs.beginScan(id), null, '/other') };
  });
  return {
    ...scene,
    owners: [{ id: jobId, folderId: containerId }, other],
    priorities: new Map<number, number>(),
    ids: [],
  };
}

function add(list: TestList, owner: Owner, name: string): number {
  const { db, ledger, clock } = list;
  return db.transaction(() => {
    const { id: ownerId, folderId } = owner;
    const fileId = ledger.files.record({ ownerId, folderId, scan: 1, now: 1, ...found(name) });
    const known = ledger.transfers.live(fileId);
    if (known) return known.id;
    const id = ledger.transfers.create({
      ownerId, fileId, kind: 'direct', lane: 0, state: 'queued', facts: facts(), parentBoxId: '0', name, base: null,
      now: clock.now(),
    }); // prettier-ignore
    list.ids.push(id);
    return id;
  });
}

function move({ db, ledger, clock }: TestList, id: number, to: TransferState): void {
  db.transaction(() => {
    if (to === 'committing') ledger.transfers.setIntended(id, 'a'.repeat(40));
    const change = to === 'waiting' ? { wait: { reason: 'rate' as const, lengthMs: 5 } } : {};
    ledger.transfers.move(id, to, to === 'needs-you' ? { problem } : change, clock.now());
  });
}

const fold = (name: string) => name.normalize('NFC').toLowerCase();

/** The whole list by its definition, and slowly. */
function expected({ ledger, priorities }: TestList, filter: ListFilter) {
  const all = ledger.transfers
    .list({ ownerId: null, states: null, after: 0, limit: 10_000 })
    .filter(({ ownerId }) => filter.ownerId === null || ownerId === filter.ownerId)
    .filter(({ fileId }) => fold(ledger.files.get(fileId)!.name).includes(fold(filter.text.trim())));
  const latestFirst = (a: TransferRowData, b: TransferRowData) => b.updatedAt - a.updatedAt || b.id - a.id;
  const priority = ({ id }: TransferRowData) => priorities.get(id) ?? 0;
  const isPaused = ({ state }: TransferRowData) => Number(state === 'paused');
  const orders: Record<TransferGroup, (a: TransferRowData, b: TransferRowData) => number> = {
    'needs-you': latestFirst,
    'under-way': (a, b) => a.id - b.id,
    waiting: (a, b) => isPaused(a) - isPaused(b) || priority(b) - priority(a) || a.id - b.id,
    done: latestFirst,
  };
  const groups = transferGroups.map((group) => all.filter(({ state }) => groupOf[state] === group).sort(orders[group]));
  const counts = Object.fromEntries(transferGroups.map((group, at) => [group, groups[at]!.length]));
  const isShown = (group: (typeof transferGroups)[number]) =>
    filter.group === null ? !filter.folded?.includes(group) : filter.group === group;
  const shown = groups.filter((_, at) => isShown(transferGroups[at]!));
  return { counts, ids: shown.flat().map(({ id }) => id) };
}

function look(view: ListView) {
  view.work();
  return view.next();
}

type Step =
  | { do: 'add'; owner: number; name: number }
  | { do: 'move'; at: number; to: TransferState }
  | { do: 'priority'; at: number; priority: number }
  | { do: 'rename'; at: number; name: number }
  | { do: 'remove'; at: number }
  | { do: 'run'; at: number; bytes: number }
  | { do: 'rest'; at: number }
  | { do: 'pass' };

const names = ['Report.pdf', 'report 2.PDF', 'Ünïcode.txt', 'U\u0308nicode b.txt', 'STRASSE', 'notes', '100%_x'];
const at = fc.nat({ max: 60 });
const name = fc.nat({ max: 200 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add'), owner: fc.nat({ max: 1 }), name }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('move'), at, to: fc.constantFrom(...transferStates) }) },
  fc.record({ do: fc.constant('priority'), at, priority: fc.integer({ min: -1, max: 2 }) }),
  fc.record({ do: fc.constant('rename'), at, name }),
  fc.record({ do: fc.constant('remove'), at }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('run'), at, bytes: fc.nat({ max: 10 }) }) },
  fc.record({ do: fc.constant('rest'), at }),
  fc.record({ do: fc.constant('pass') }),
);

const nameOf = (index: number) => `${index} ${names[index % names.length]}`;

function take(list: TestList, change: Step): void {
  const { db, ledger, board, ids, clock, owners, priorities } = list;
  const id = 'at' in change ? ids[change.at % Math.max(1, ids.length)] : undefined;
  if (change.do === 'add') add(list, owners[change.owner]!, nameOf(change.name));
  if (change.do === 'pass') clock.pass(700);
  if (id === undefined || !('at' in change)) return;
  const transfer = ledger.transfers.get(id);
  if (!transfer) return;
  if (change.do === 'move' && mayMove(transfer.state, change.to)) move(list, id, change.to);
  if (change.do === 'priority') {
    db.transaction(() => ledger.transfers.setPriority(id, change.priority));
    priorities.set(id, change.priority);
  }
  if (change.do === 'rename') {
    const file = ledger.files.get(transfer.fileId)!;
    const to = nameOf(change.name);
    if (ledger.files.child(file.folderId, to)) return;
    db.transaction(() => db.run('UPDATE file SET name = ? WHERE id = ?', to, file.id));
  }
  if (change.do === 'remove') db.transaction(() => db.run('DELETE FROM transfer WHERE id = ?', id));
  if (change.do === 'run') board.sent(board.get(id) ?? board.begin(id, transfer.ownerId), change.bytes, false);
  if (change.do === 'rest') board.end(id);
}

describe('the list', () => {
  test('has a place for every state that a group has', () => {
    for (const group of transferGroups) {
      const states = transferStates.filter((state) => groupOf[state] === group);
      expect(stretches[group].flatMap((stretch) => stretch.states).toSorted()).toEqual(states.toSorted());
    }
  });

  test('is the same by its batches as when it is asked anew, and as by its definition, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          group: fc.option(fc.constantFrom(...transferGroups)),
          folded: fc.subarray([...transferGroups]),
          text: fc.constantFrom('', '', '', 'report', 'ÜN', 'u\u0308n', '%_', ' 1', 'zzz'),
          owner: fc.option(fc.nat({ max: 1 })),
          from: fc.nat({ max: 12 }),
          count: fc.integer({ min: 1, max: 12 }),
        }),
        fc.array(fc.tuple(step, fc.constantFrom('arrives', 'arrives', 'arrives', 'nobody looks', 'is lost')), {
          minLength: 5,
          maxLength: 60,
        }),
        async ({ owner, from, count, ...rest }, steps) => {
          const list = await openList();
          const filter = { ...rest, ownerId: owner === null ? null : list.owners[owner]!.id };
          const options = { ...list, filter, from, count };
          const view = new ListView(options);
          const seen = new SeenList();
          seen.take(look(view)!);
          for (const [change, fate] of steps) {
            take(list, change);
            list.clock.pass(1);
            if (fate === 'nobody looks') continue;
            const batch = look(view);
            if (fate === 'is lost') {
              view.lost();
              const again = look(view)!;
              expect(again).toMatchObject({ whole: true });
              seen.take(again);
            } else if (batch) seen.take(batch);
            const fresh = new SeenList();
            fresh.take(look(new ListView(options))!);
            expect(seen.shown).toEqual(fresh.shown);
            const { counts, ids } = expected(list, filter);
            expect(seen.counts).toEqual(counts);
            expect(seen.ids).toEqual(ids.slice(seen.from, seen.from + count));
            if (from < ids.length) expect(seen.from).toBe(from);
            // Nothing has happened since.
            if (list.board.running().size === 0) expect(look(view)).toBeUndefined();
          }
          list.db.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('finds a place far from both ends again, whatever comes in at the front or is taken out', async () => {
    const list = await openList();
    const { db, ledger, clock } = list;
    const store = new TransferListStore(db, 3);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('done', 'done', 'done', 'same time', 'again', 'look'), fc.nat({ max: 40 })), {
          minLength: 10,
          maxLength: 40,
        }),
        (steps) => {
          for (const [what, nth] of steps) {
            const ended = list.ids.filter((id) => ['done', 'aborted'].includes(ledger.transfers.get(id)!.state));
            if (what !== 'same time') clock.pass(1);
            if (what === 'done' || what === 'same time') {
              move(list, add(list, list.owners[nth % 2]!, `${list.ids.length}`), nth % 5 === 0 ? 'aborted' : 'done');
            } else if (what === 'again' && ended.length > 0) move(list, ended[nth % ended.length]!, 'queued');
            const { ids } = expected(list, { group: 'done', text: '', ownerId: null });
            const from = Math.min(nth, Math.max(0, ids.length - 1));
            expect(store.ids('done', null, store.countStates(null), from, 4)).toEqual(ids.slice(from, from + 4));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('sends only the rows that changed', async () => {
    const list = await openList();
    const ids = ['a', 'b', 'c'].map((one) => add(list, list.owners[0]!, one));
    const view = new ListView({ ...list, filter: listFilterSchema.parse({}), from: 0, count: 10 });
    expect(look(view)).toMatchObject({ whole: true, from: 0, ids, rows: [{ id: ids[0] }, { id: ids[1] }, {}] });
    list.clock.pass(1);
    move(list, ids[1]!, 'done');
    expect(look(view)).toMatchObject({
      whole: false,
      ids: [ids[0], ids[2], ids[1]],
      rows: [{ id: ids[1], state: 'done' }],
      counts: { waiting: 2, done: 1 },
    });
    const live = list.board.begin(ids[0]!, list.jobId);
    live.directBytes = 7;
    expect(look(view)).toMatchObject({ whole: false, rows: [{ id: ids[0], doneBytes: 7 }] });
    list.board.end(ids[0]!);
    expect(look(view)).toMatchObject({ rows: [{ id: ids[0], doneBytes: 0 }] });
    expect(look(view)).toBeUndefined();
  });

  test('a window behind the end shows the end', async () => {
    const list = await openList();
    const ids = ['a', 'b', 'c'].map((one) => add(list, list.owners[0]!, one));
    const view = new ListView({ ...list, filter: listFilterSchema.parse({}), from: 50, count: 2 });
    expect(look(view)).toMatchObject({ from: 1, ids: ids.slice(1) });
  });
});
