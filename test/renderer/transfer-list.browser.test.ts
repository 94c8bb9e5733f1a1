// The state of the list against a list that changes: whatever window is seen, the rows are the right ones.
import fc from 'fast-check';
import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import { ActiveRow } from '../../renderer/state/active-row.svelte.ts';
import { fetchIds } from '../../renderer/state/fetch-ids.ts';
import { TransferList } from '../../renderer/state/transfer-list.svelte.ts';
import type { TransferState } from '../../shared/transfer-state.ts';
import { FakeTransfers } from './support/fake-transfers.ts';

const states: TransferState[] = ['needs-you', 'sending', 'queued', 'paused', 'done', 'superseded'];
const microtasks = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const filled = (count: number, state: TransferState = 'queued') => {
  const transfers = new FakeTransfers();
  for (let id = 1; id <= count; id += 1) transfers.add({ id, state });
  return transfers;
};

const step = fc.oneof(
  fc.record({ kind: fc.constant('state' as const), id: fc.nat(299), to: fc.constantFrom(...states) }),
  fc.record({ kind: fc.constant('bytes' as const), id: fc.nat(299), doneBytes: fc.nat(1e8) }),
  fc.record({ kind: fc.constant('remove' as const), id: fc.nat(299) }),
  fc.record({ kind: fc.constant('look' as const), first: fc.nat(320), rows: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('group' as const), group: fc.constantFrom(null, 'waiting' as const, 'done' as const) }),
  fc.record({ kind: fc.constant('text' as const), text: fc.constantFrom('', '7', '12') }),
  fc.constant({ kind: 'tick' as const }),
);

test('windows and batches give the right rows, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 300 }), fc.array(step, { maxLength: 40 }), async (count, steps) => {
      const transfers = filled(count);
      const list = new TransferList(transfers);
      let look = { first: 0, last: 20 };
      for (const one of steps) {
        if (one.kind === 'state' && transfers.rows.has(one.id)) transfers.change(one.id, { state: one.to });
        if (one.kind === 'bytes' && transfers.rows.has(one.id)) transfers.change(one.id, { doneBytes: one.doneBytes });
        if (one.kind === 'remove') transfers.rows.delete(one.id);
        if (one.kind === 'group') list.choose({ ...list.filter, group: one.group });
        if (one.kind === 'text') list.choose({ ...list.filter, text: one.text });
        if (one.kind === 'look') list.look(one.first, one.first + one.rows - 1);
        if (one.kind === 'tick') transfers.deliver();
        if (one.kind === 'look') look = { first: one.first, last: one.first + one.rows - 1 };
        if (one.kind === 'text' || one.kind === 'group') look = { first: 0, last: look.last - look.first };
      }
      await microtasks();
      transfers.deliver();
      flushSync();
      list.look(look.first, look.last);
      await expect.poll(() => missingOf(list, transfers, look), { timeout: 1000, interval: 5 }).toEqual([]);
      expect(transfers.watchers.size).toBe(1);
      list.close();
      expect(transfers.watchers.size).toBe(0);
    }),
    { numRuns: 60 },
  );
});

/** What is in sight and isn't shown as it is. */
function missingOf(list: TransferList, transfers: FakeTransfers, { first, last }: { first: number; last: number }) {
  const ids = transfers.idsOf(list.filter);
  if (list.total !== ids.length) return [`total ${list.total} of ${ids.length}`];
  const wrong: number[] = [];
  for (let index = first; index <= Math.min(last, ids.length - 1); index += 1) {
    const id = list.idAt(index);
    const isRight = id === ids[index] && list.cell(id!)?.row === transfers.rows.get(id!) && list.indexOf(id!) === index;
    if (!isRight) wrong.push(index);
  }
  return wrong;
}

test('old rows stay until those of the new filter have come', async () => {
  const transfers = filled(50);
  const list = new TransferList(transfers);
  await microtasks();
  transfers.isSlow = true;
  list.choose({ ...list.filter, group: 'done' });
  expect([list.isStale, list.total, list.idAt(0)]).toEqual([true, 50, 1]);
  transfers.deliver();
  expect([list.isStale, list.total, list.idAt(0)]).toEqual([false, 0, undefined]);
});

test('a small scroll asks for nothing, a far one once', async () => {
  const transfers = filled(5000);
  const list = new TransferList(transfers);
  await microtasks();
  const before = transfers.asked.length;
  for (let first = 0; first < 30; first += 1) list.look(first, first + 15);
  expect(transfers.asked.length).toBe(before);
  for (let first = 1000; first < 4000; first += 10) list.look(first, first + 15);
  await expect.poll(() => list.idAt(3990)).toBe(3991);
  expect(transfers.asked.length).toBeLessThanOrEqual(before + 3);
});

test('a range far beyond the window is fetched whole', async () => {
  const transfers = filled(1000);
  const ids = await fetchIds(
    transfers,
    { group: null, text: '', ownerId: null },
    { first: 90, last: 700, total: 1000 },
  );
  expect(ids).toEqual(Array.from({ length: 611 }, (_, at) => at + 91));
  expect(transfers.watchers.size).toBe(0);
});

test('the keyboard follows its transfer, and takes no other for it when that went out of sight', async () => {
  const transfers = filled(1000);
  const list = new TransferList(transfers);
  await microtasks();
  const active = new ActiveRow(list);
  active.moveTo(4);
  expect(active.id).toBe(5);
  transfers.change(1, { state: 'done' });
  transfers.deliver();
  active.follow();
  expect([active.id, active.index]).toEqual([5, 3]);
  transfers.change(5, { state: 'done' });
  transfers.deliver();
  active.follow();
  expect(active.id).toBeNull();
  expect(active.confirm()).toBe(false);
  // Now it is seen, and the next key may mean it.
  expect([active.confirm(), active.id]).toEqual([true, 6]);
});
