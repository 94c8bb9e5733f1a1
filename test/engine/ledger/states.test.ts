import { property, assert, array, constantFrom, record, boolean } from 'fast-check';
import { expect, test } from 'vitest';
import { problemSchema } from '../../../shared/problem.ts';
import { endStates, mayMove, transferStates, type TransferState } from '../../../shared/transfer-state.ts';
import { createTransfer, found, openTestLedger, problem, recordFile } from './support.ts';

test('any moves: the ledger follows the table of states, and the timeline ends with the state', async () => {
  const t = await openTestLedger();
  const { transfers } = t.ledger;
  let files = 0;
  const moves = array(record({ to: constantFrom(...transferStates), note: boolean() }), { maxLength: 40 });
  assert(
    property(moves, (steps) => {
      t.db.transaction(() => {
        const fileId = recordFile(t, t.containerId, found(`file ${files++}`));
        const id = createTransfer(t, fileId);
        transfers.setIntended(id, 'sha1');
        let state: TransferState = 'queued';
        const timeline: TransferState[] = ['queued'];
        let attempts = 0;
        for (const [index, { to, note }] of steps.entries()) {
          const change = { problem, countAttempt: true, ...(note ? { note: 'why' } : {}) };
          const allowed = mayMove(state, to);
          expect(transfers.move(id, to, change, index)).toBe(allowed);
          if (!allowed) continue;
          if (to !== state || note) timeline.push(to);
          state = to;
          attempts += 1;
        }
        expect(transfers.get(id)).toMatchObject({ state, attempts });
        expect(t.ledger.timeline.list(id).map((entry) => entry.state)).toEqual(timeline);
        expect(transfers.live(fileId)?.id).toBe(endStates.includes(state) ? undefined : id);
        expect(transfers.latest(fileId)?.id).toBe(id);
      });
    }),
    { numRuns: 200 },
  );
});

test('a wait, a problem and an attempt come with a move, and go with the next', async () => {
  const t = await openTestLedger();
  const { transfers } = t.ledger;
  t.db.transaction(() => {
    const id = createTransfer(t, recordFile(t, t.containerId, found('a')));
    transfers.move(id, 'waiting', { wait: { reason: 'rate', lengthMs: 500 }, problem, countAttempt: true }, 7);
    expect(transfers.get(id)).toMatchObject({
      state: 'waiting', wait: { reason: 'rate', startedAt: 7, lengthMs: 500 }, attempts: 1, updatedAt: 7,
      problem: problemSchema.parse(problem),
    }); // prettier-ignore
    transfers.move(id, 'queued', {}, 8);
    expect(transfers.get(id)).toMatchObject({ state: 'queued', wait: null, attempts: 1, problem: null });
    expect(transfers.move(9999, 'queued', {}, 8)).toBe(false);
  });
});

test('a file never has two transfers that have not ended', async () => {
  const t = await openTestLedger();
  const { transfers } = t.ledger;
  t.db.transaction(() => {
    const fileId = recordFile(t, t.containerId, found('a'));
    const first = createTransfer(t, fileId);
    expect(() => createTransfer(t, fileId)).toThrow('UNIQUE');
    transfers.move(first, 'aborted', {}, 1);
    const second = createTransfer(t, fileId);
    // A retry of the aborted one would put two revisions on their way.
    expect(transfers.move(first, 'queued', {}, 2)).toBe(false);
    transfers.move(second, 'superseded', {}, 2);
    expect(transfers.move(first, 'queued', {}, 3)).toBe(true);
  });
});

test('nothing is committing without an intended SHA-1', async () => {
  const t = await openTestLedger();
  const id = t.db.transaction(() => createTransfer(t, recordFile(t, t.containerId, found('a'))));
  await expect(t.ledger.write(() => t.ledger.transfers.move(id, 'committing', {}, 1))).rejects.toThrow('CHECK');
  await t.ledger.write(() => t.ledger.transfers.setIntended(id, 'sha1'));
  expect(await t.ledger.write(() => t.ledger.transfers.move(id, 'committing', {}, 1))).toBe(true);
  await expect(t.ledger.write(() => t.ledger.transfers.setIntended(id, null))).rejects.toThrow('CHECK');
});

test('a start queues what was under way, and leaves committing, paused and ended ones', async () => {
  const t = await openTestLedger();
  const { transfers } = t.ledger;
  t.db.transaction(() => {
    const ids = new Map<TransferState, number>();
    for (const state of transferStates) {
      const id = createTransfer(t, recordFile(t, t.containerId, found(state)));
      transfers.setIntended(id, 'sha1');
      transfers.move(id, state, {}, 1);
      ids.set(state, id);
    }
    transfers.resetActive(2);
    const kept: TransferState[] = ['committing', 'done', 'paused', 'needs-you', 'aborting', 'aborted', 'superseded'];
    for (const [state, id] of ids) {
      expect(transfers.get(id)?.state).toBe(kept.includes(state) ? state : 'queued');
    }
  });
});
