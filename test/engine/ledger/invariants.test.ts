import { expect, test } from 'vitest';
import { transferStates } from '../../../shared/transfer-state.ts';
import { createTransfer, found, openTestLedger, recordFile } from './support.ts';

const wrong = [
  "INSERT INTO account (box_host, user_id) VALUES ('api.box.com', '7')",
  "INSERT INTO owner (kind, account_id) VALUES ('other', 1)",
  "INSERT INTO owner (kind, account_id) VALUES ('job', 999)",
  "UPDATE job SET state = 'sleeping'",
  "UPDATE job SET if_exists = 'overwrite'",
  "UPDATE folder SET state = 'list', box_id = NULL",
  "UPDATE folder SET state = 'planned', box_id = NULL",
  "UPDATE folder SET state = 'elsewhere'",
  'UPDATE folder SET parent_id = 999',
  "INSERT INTO folder (owner_id, name, state, scan) SELECT owner_id, name, 'found', 1 FROM folder",
  "UPDATE file SET outcome = 'lost'",
  'UPDATE file SET size = -1',
  "UPDATE file SET size = 'large'",
  'UPDATE file SET folder_id = 999',
  'UPDATE file SET inode = NULL',
  "UPDATE file SET sha1 = 'digest without facts'",
  "UPDATE file SET box_id = '1'",
  "INSERT INTO file (owner_id, folder_id, name, scan, seen_at, outcome) SELECT owner_id, folder_id, name, 1, 1, 'gone' FROM file",
  'DELETE FROM file',
  "UPDATE transfer SET state = 'flying'",
  "UPDATE transfer SET state = 'committing'",
  "UPDATE transfer SET kind = 'carrier pigeon'",
  'UPDATE transfer SET lane = 2',
  "UPDATE transfer SET wait_reason = 'rate'",
  "INSERT INTO part (transfer_id, part_index, state, sha1) SELECT id, 0, 'done', 's' FROM transfer",
  "INSERT INTO part (transfer_id, part_index, state, sha1) VALUES (999, 0, 'sending', 's')",
  "INSERT INTO transition (transfer_id, at, state) VALUES (999, 0, 'queued')",
  `INSERT INTO receipt (owner_id, path, size, sha1, box_sha1, file_id, how, sent_bytes, at)
     VALUES (1, 'p', 1, 'here', 'there', '1', 'sent', 1, 1)`,
  'UPDATE owner_count SET files = -1',
];

test('the tables refuse rows that break their invariants', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => createTransfer(t, recordFile(t, t.containerId, found('a'))));
  for (const sql of wrong) {
    expect(() => t.db.run(sql), sql).toThrow(/constraint failed|cannot store/);
  }
  expect(t.db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
});

test('every state of the shared list is one of the table', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const id = createTransfer(t, recordFile(t, t.containerId, found('a')));
    t.ledger.transfers.setIntended(id, 'sha1');
    for (const state of transferStates) t.db.run('UPDATE transfer SET state = ? WHERE id = ?', state, id);
  });
});
