import { expect, test } from 'vitest';
import { createTransfer, found, openTestLedger, recordFile } from './support.ts';

const dayMs = 86_400_000;

test('timelines of ended transfers go after 90 days, in slices; those of live ones stay', async () => {
  const t = await openTestLedger();
  const { transfers } = t.ledger;
  const [ended, live] = t.db.transaction(() => {
    const create = (name: string) => createTransfer(t, recordFile(t, t.containerId, found(name)));
    const both = [create('ended'), create('live')] as const;
    for (let index = 0; index < 10; index += 1) {
      for (const id of both) transfers.move(id, 'queued', { note: 'n' }, index);
    }
    transfers.move(both[0], 'done', {}, 100 * dayMs);
    return both;
  });
  let removed = 0;
  let calls = 0;
  for (let more = true; more; calls += 1) {
    const slice = await t.ledger.trim(120 * dayMs, 5);
    expect(slice.removed).toBeLessThanOrEqual(5);
    removed += slice.removed;
    more = slice.more;
  }
  expect(calls).toBeGreaterThan(3);
  expect(removed).toBe(11);
  expect(t.ledger.timeline.list(ended).map((entry) => entry.state)).toEqual(['done']);
  expect(t.ledger.timeline.list(live)).toHaveLength(11);
  expect(await t.ledger.trim(120 * dayMs, 1000)).toEqual({ removed: 0, more: false });
  expect(await t.ledger.trim(200 * dayMs, 1000)).toEqual({ removed: 1, more: false });
});

test('beyond the newest 200,000 entries young ones go as well, and receipts never', async () => {
  const t = await openTestLedger();
  const { transfers } = t.ledger;
  t.db.transaction(() => {
    const id = createTransfer(t, recordFile(t, t.containerId, found('a')));
    t.db.run(
      `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200300)
         INSERT INTO transition (transfer_id, at, state) SELECT ?, 1000, 'queued' FROM n`,
      id,
    );
    transfers.move(id, 'done', {}, 1000);
    t.ledger.receipts.add({
      ownerId: t.jobId, path: 'p', sizeBytes: 1, sha1: 's', boxSha1: 's', fileId: '1', versionId: null, etag: null,
      how: 'sent', sentBytes: 1, at: -1000 * dayMs,
    }); // prettier-ignore
  });
  let removed = 0;
  for (let more = true; more;) {
    const slice = await t.ledger.trim(2000, 100);
    removed += slice.removed;
    more = slice.more;
  }
  expect(removed).toBe(302);
  expect(t.db.get('SELECT count(*) AS entries FROM transition')).toEqual({ entries: 200_000 });
  expect(t.ledger.receipts.list({ ownerId: null, after: 0, limit: 10 })).toHaveLength(1);
});
