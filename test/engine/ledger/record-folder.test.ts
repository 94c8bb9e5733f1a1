import { array, assert, boolean, constantFrom, dictionary, nat, property, record, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { factsKey } from '../../../main/engine/ledger/facts.ts';
import type { FileRow, FoundFile } from '../../../main/engine/ledger/files.ts';
import { createTransfer, facts, found, openTestLedger, problem, recordFile, recordFolder } from './support.ts';

const names = ['a', 'b', 'c', 'A', 'é', '‛E9', '😀'];

test('recordFolder, whole or in slices, tells what record and markGone tell of the same scans', async () => {
  const t = await openTestLedger();
  const { files } = t.ledger;
  let runs = 0;
  const entry = record({ size: nat(2), kind: constantFrom('file', 'link'), troubled: boolean(), raw: boolean() });
  const scan = record({
    entries: dictionary(constantFrom(...names), entry),
    slices: nat(3),
    between: array(tuple(nat(9), constantFrom('sent', 'kept', 'failed', 'aborted', 'unchanged'))),
  });
  assert(
    property(array(scan, { minLength: 1, maxLength: 6 }), (scans) => {
      t.db.transaction(() => {
        runs += 1;
        const one = recordFolder(t.ledger, t.jobId, 1, t.containerId, `one ${runs}`);
        const other = recordFolder(t.ledger, t.jobId, 1, t.containerId, `other ${runs}`);
        for (const [index, { entries, slices, between }] of scans.entries()) {
          const number = index + 1;
          const list: FoundFile[] = Object.entries(entries).map(([name, { size, kind, troubled, raw }]) =>
            found(name, {
              kind,
              facts: troubled ? null : facts({ sizeBytes: size }),
              problem: troubled || kind === 'link' ? problem : null,
              nameRaw: raw ? Uint8Array.of(0xe9, name.length) : null,
            }),
          );
          for (const file of list) recordFile(t, one, file, number);
          const goneOne = files.markGone(one, number);

          const seen = { ownerId: t.jobId, folderId: other, scan: number, now: number };
          const gone: number[] = [];
          if (slices === 0) gone.push(...files.recordFolder({ ...seen, whole: true }, list).gone);
          const size = Math.ceil(list.length / Math.max(1, slices)) || 1;
          for (let at = 0; slices > 0 && at < list.length; at += size) {
            files.recordFolder({ ...seen, whole: false }, list.slice(at, at + size));
          }
          gone.push(...files.markGone(other, number));

          const nameOf = (id: number) => files.get(id)!.name;
          expect(gone.map(nameOf).sort()).toEqual(goneOne.map(nameOf).sort());
          const told = (folderId: number) => ({
            ofFolder: files
              .ofFolder(folderId, number, 0, 100)
              .map((file) => shown(file))
              .sort(byText),
            names: files.names(folderId, number).map(({ name }) => name),
            children: names.map((name) => shown(files.child(folderId, name))),
          });
          expect(told(other)).toEqual(told(one));
          const ids = (folderId: number) =>
            t.db.arrays('SELECT id FROM file WHERE folder_id = ? ORDER BY name, name_raw', folderId);
          for (const folderId of [one, other]) {
            const rows = ids(folderId);
            for (const [at, outcome] of between) {
              const id = rows[at]?.[0];
              if (id && files.get(Number(id))!.outcome !== 'gone') files.setOutcome(Number(id), outcome, null);
            }
          }
        }
      });
    }),
    { numRuns: 200 },
  );
});

/** What is seen of a file, but for its id and folder. */
function shown(file: FileRow | undefined) {
  if (!file) return undefined;
  const { id: _id, folderId: _folderId, ...rest } = file;
  return rest;
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

const sha1 = 'a'.repeat(40);

test('a file whose digest under these facts is that of the copy on Box is unchanged, and pending again with a transfer', async () => {
  const t = await openTestLedger();
  const { files } = t.ledger;
  t.db.transaction(() => {
    const seen = { ownerId: t.jobId, folderId: t.containerId, whole: true };
    const names = ['sent', 'touched', 'other content', 'failed', 'kept'];
    const entries = names.map((name) => found(name));
    const { ids, gone } = files.recordFolder({ ...seen, scan: 1, now: 100 }, entries);
    expect(gone).toEqual([]);
    for (const [index, id] of ids.entries()) {
      files.setDigest(id, sha1, factsKey(facts()));
      files.setBox(id, {
        fileId: '1',
        name: 'x',
        etag: '0',
        versionId: null,
        sha1: index === 2 ? 'b'.repeat(40) : sha1,
      });
      files.setOutcome(id, index === 3 ? 'failed' : index === 4 ? 'kept' : 'sent', index === 3 ? problem : null);
    }
    entries[1] = found('touched', { facts: facts({ ctimeNs: '2' }) });
    for (const scan of [2, 3]) {
      expect(files.recordFolder({ ...seen, scan, now: scan * 100 }, entries)).toEqual({ ids, gone: [] });
      const rows = ids.map((id) => files.get(id)!);
      expect(rows.map((row) => row.outcome)).toEqual(['unchanged', 'pending', 'pending', 'pending', 'pending']);
      expect(rows.every((row) => row.problem === null && row.seenAt === scan * 100)).toBe(true);
      expect(rows[1]!.facts!.ctimeNs).toBe('2');
      expect(files.ofFolder(t.containerId, scan, 0, 10)).toHaveLength(5);
    }
    createTransfer(t, ids[0]!);
    expect(files.get(ids[0]!)!.outcome).toBe('pending');
    expect(t.ledger.jobs.summary(t.jobId)!.counts).toMatchObject({ files: 5, pending: 5, unchanged: 0 });
  });
});

test('a rescan of unchanged files writes no file row', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const seen = { ownerId: t.jobId, folderId: t.containerId, whole: true };
    const entries = Array.from({ length: 50 }, (_, index) => found(`file ${index}`));
    t.ledger.files.recordFolder({ ...seen, scan: 1, now: 1 }, entries);
    const changes = () => Number(t.db.get('SELECT total_changes() AS changes')!['changes']);
    const before = changes();
    t.ledger.files.recordFolder({ ...seen, scan: 2, now: 2 }, entries);
    expect(changes() - before).toBe(1);
  });
});

test('a file that vanished is gone with the time it was last seen, and open again when it comes back', async () => {
  const t = await openTestLedger();
  const { files } = t.ledger;
  t.db.transaction(() => {
    const seen = { ownerId: t.jobId, folderId: t.containerId, whole: true };
    const [id] = files.recordFolder({ ...seen, scan: 1, now: 1 }, [found('a')]).ids;
    files.recordFolder({ ...seen, scan: 2, now: 2 }, [found('a')]);
    expect(files.recordFolder({ ...seen, scan: 3, now: 3 }, [])).toEqual({ ids: [], gone: [id] });
    expect(files.get(id!)).toMatchObject({ outcome: 'gone', seenAt: 2 });
    expect(files.ofFolder(t.containerId, 3, 0, 10)).toEqual([]);
    expect(files.recordFolder({ ...seen, scan: 4, now: 4 }, [found('a')])).toEqual({ ids: [id], gone: [] });
    expect(files.get(id!)).toMatchObject({ outcome: 'pending', seenAt: 4 });
  });
});
