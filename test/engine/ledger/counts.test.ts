import { array, assert, constantFrom, nat, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { transferStates } from '../../../shared/transfer-state.ts';
import { createTransfer, facts, found, openTestLedger, problem, recordFolder, type TestLedger } from './support.ts';

const outcomes = ['pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted', 'special', 'gone'] as const;
const operations = [
  'record', 'whole', 'slice', 'outcome', 'facts', 'gone', 'fail', 'folder', 'place', 'scan', 'transfer', 'move', 'delete',
] as const; // prettier-ignore

/** Does something at random to a few folders and files of the job. */
function operate(t: TestLedger, operation: (typeof operations)[number], a: number, b: number): void {
  const { db, ledger } = t;
  const { scan } = ledger.jobs.get(t.jobId)!;
  const pick = (sql: string) => {
    const ids = db.arrays(sql).map(([id]) => Number(id));
    return ids[a % Math.max(1, ids.length)];
  };
  // Few parents, so that the same folders and files are met again and again.
  const folderId = pick('SELECT id FROM folder ORDER BY id LIMIT 4')!;
  const fileId = pick('SELECT id FROM file');
  const transferId = pick('SELECT id FROM transfer');
  const entry = found(`file ${b % 5}`, { facts: facts({ sizeBytes: b }), problem: b % 7 === 0 ? problem : null });
  const seen = { ownerId: t.jobId, folderId, scan, now: scan };
  switch (operation) {
    case 'record':
      return void ledger.files.record({ ...seen, ...entry });
    case 'whole':
      return void ledger.files.recordFolder({ ...seen, whole: true }, [entry, found('other')]);
    case 'slice':
      return void ledger.files.recordFolder({ ...seen, whole: false }, [entry, found('other')]);
    case 'outcome':
      return (fileId && ledger.files.setOutcome(fileId, outcomes[b % outcomes.length]!, null), undefined);
    case 'facts':
      return (fileId && ledger.files.setFacts(fileId, facts({ sizeBytes: b }), 1), undefined);
    case 'gone':
      return void ledger.files.markGone(folderId, scan);
    case 'fail':
      return ledger.folders.fail(folderId, problem);
    case 'folder':
      return void recordFolder(ledger, t.jobId, scan, folderId, `folder ${b % 3}`);
    case 'place':
      return ledger.folders.place(folderId, b % 2 ? 'list' : 'planned', '1');
    case 'scan':
      return void ledger.jobs.beginScan(t.jobId);
    case 'transfer':
      if (fileId && !ledger.transfers.live(fileId)) createTransfer(t, fileId);
      return;
    case 'move':
      if (!transferId) return;
      ledger.transfers.setIntended(transferId, 'sha1');
      return void ledger.transfers.move(transferId, transferStates[b % transferStates.length]!, {}, 1);
    case 'delete':
      if (fileId && !ledger.transfers.latest(fileId)) db.run('DELETE FROM file WHERE id = ?', fileId);
      return;
  }
}

test('the counts that triggers keep equal a recount after anything', async () => {
  const t = await openTestLedger();
  const steps = array(tuple(constantFrom(...operations), nat(50), nat(1000)), { minLength: 1, maxLength: 60 });
  assert(
    property(steps, (list) => {
      t.db.transaction(() => {
        for (const [operation, a, b] of list) operate(t, operation, a, b);
      });
      const compare = (kept: string, recounted: string) => expect(t.db.all(kept)).toEqual(t.db.all(recounted));
      compare(
        'SELECT owner_id, outcome, files, bytes FROM owner_count WHERE files > 0 OR bytes > 0 ORDER BY 1, 2',
        'SELECT owner_id, outcome, count(*) AS files, sum(size) AS bytes FROM file GROUP BY 1, 2 ORDER BY 1, 2',
      );
      compare(
        'SELECT owner_id, scan, state, container, folders FROM folder_count WHERE folders > 0 ORDER BY 1, 2, 3, 4',
        `SELECT owner_id, scan, state, parent_id IS NULL AS container, count(*) AS folders FROM folder
           GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
      );
      compare(
        'SELECT owner_id, state, transfers FROM transfer_count WHERE transfers > 0 ORDER BY 1, 2',
        'SELECT owner_id, state, count(*) AS transfers FROM transfer GROUP BY 1, 2 ORDER BY 1, 2',
      );
      const summary = t.ledger.jobs.summary(t.jobId)!;
      expect(t.db.get("SELECT count(*) AS files FROM file WHERE outcome NOT IN ('special', 'gone')")).toEqual({
        files: summary.counts.files,
      });
    }),
    { numRuns: 100 },
  );
});
