import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Compared, PairEntry } from '../../../main/engine/ledger/folder-comparison.ts';
import { pairOptionsSchema } from '../../../shared/pair-model.ts';
import { facts, openTestLedger, problem, type TestLedger } from './support.ts';

const names = ['a', 'b', 'c', 'é'];
const nothing: Compared = { open: [], gone: [], failed: [] };

/** What else than a comparison writes a file's row, by the row's id. */
const writers = {
  arrives: ({ ledger }: TestLedger, id: number) =>
    ledger.files.finish(id, 'sent', 'f'.repeat(40), 'facts', {
      fileId: `box ${id}`, name: 'a', etag: '1', versionId: '1', sha1: 'f'.repeat(40),
    }), // prettier-ignore
  fails: ({ ledger }: TestLedger, id: number) => ledger.files.setOutcome(id, 'failed', problem),
  isKept: ({ ledger }: TestLedger, id: number) => ledger.files.setOutcome(id, 'kept', problem),
  isOpenAgain: ({ ledger }: TestLedger, id: number) => ledger.pairFiles.reopen(id),
  changesWhileSent: ({ ledger }: TestLedger, id: number) => ledger.files.setFacts(id, facts({ sizeBytes: 77 }), 1),
  isGone: ({ ledger }: TestLedger, id: number) => ledger.pairFiles.setGone(id, 1),
  isLeft: ({ ledger }: TestLedger, id: number) => ledger.pairFiles.setLeft(id, 1),
  isForgotten: ({ ledger }: TestLedger, id: number) => ledger.pairFiles.removeFile(id),
} satisfies Record<string, (t: TestLedger, id: number) => void>;
type Writer = keyof typeof writers;

test('a folder that is known by its digest is told of as one that is compared, whoever else writes its rows', async () => {
  const t = await openTestLedger();
  const { comparison } = t.ledger;
  const entry = fc.record({ size: fc.nat(1), kind: fc.constantFrom('file', 'link'), troubled: fc.boolean() });
  const walk = fc.dictionary(fc.constantFrom(...names), entry);
  const write = fc.tuple(fc.constantFrom(...names), fc.constantFrom<Writer[]>(...(Object.keys(writers) as Writer[])));
  // The same entries again and again, since only then there is anything to skip.
  const scenario = fc.record({
    walks: fc.array(walk, { minLength: 1, maxLength: 2 }),
    steps: fc.array(fc.oneof(fc.nat(1), write)),
  });
  const pairId = addPair(t);
  let runs = 0;
  let skipped = 0;
  fc.assert(
    fc.property(scenario, ({ walks, steps }) => {
      t.db.transaction(() => {
        runs += 1;
        const one = addFolder(t, pairId, `one ${runs}`);
        const other = addFolder(t, pairId, `other ${runs}`);
        for (const [n, step] of steps.entries()) {
          if (Array.isArray(step)) {
            for (const folderId of [one, other]) {
              const id = idOf(t, folderId, step[0]);
              if (id !== undefined) writers[step[1]](t, id);
            }
            continue;
          }
          const entries = Object.entries(walks[step % walks.length]!).map(([name, given]) => entryOf(name, given));
          const compared = comparison.compare({ pairId, folderId: one, now: n, whole: true }, entries);
          const digest = JSON.stringify(entries);
          const isSettled = comparison.isSettled(other, digest);
          const at = { pairId, folderId: other, now: n, whole: true, digest };
          const inTurn = isSettled ? nothing : comparison.compare(at, entries);
          if (isSettled) skipped += 1;
          expect(told(t, inTurn)).toEqual(told(t, compared));
          expect(rowsOf(t, other)).toEqual(rowsOf(t, one));
        }
      });
    }),
    { numRuns: 300 },
  );
  expect(skipped).toBeGreaterThan(50);
});

test('what becomes of a file on Box leaves the folder known; what concerns the file here does not', async () => {
  const t = await openTestLedger();
  const { comparison } = t.ledger;
  const kept = Object.entries(writers).map(([name, writer]) => {
    return t.db.transaction(() => {
      const pairId = addPair(t);
      const folderId = addFolder(t, pairId, 'folder');
      const entries = [entryOf('a', { size: 1, kind: 'file', troubled: false })];
      const [id] = comparison.compare({ pairId, folderId, now: 1, whole: true, digest: 'digest' }, entries).open;
      expect(comparison.isSettled(folderId, 'digest'), 'it waits').toBe(false);
      writers.arrives(t, id!);
      expect(comparison.isSettled(folderId, 'digest')).toBe(true);
      expect(comparison.isSettled(folderId, 'another')).toBe(false);
      writer(t, id!);
      return [name, comparison.isSettled(folderId, 'digest')];
    });
  });
  expect(Object.fromEntries(kept)).toEqual({
    arrives: true, isKept: true, fails: false, isOpenAgain: false, changesWhileSent: false, isGone: false, isLeft: false,
    isForgotten: false,
  }); // prettier-ignore
});

function addPair(t: TestLedger): number {
  const pair = { path: '/pair', pathRaw: null, target: '/', targetFolderId: '0', options: pairOptionsSchema.parse({}) };
  return t.ledger.pairs.add({ ...pair, accountId: t.accountId, now: 1 });
}

function addFolder(t: TestLedger, pairId: number, name: string): number {
  const pair = t.ledger.pairs.get(pairId)!;
  const root = t.ledger.tree.ensureRoot(pair);
  const place = { pairId, parentId: root.id, name, nameRaw: null, now: 1 };
  return t.ledger.tree.addFolder({ ...place, dev: '1', inode: '2', birthtimeNs: null });
}

function entryOf(name: string, given: { size: number; kind: string; troubled: boolean }): PairEntry {
  const isTroubled = given.troubled || given.kind === 'link';
  return {
    name,
    nameRaw: null,
    kind: given.kind,
    facts: given.troubled ? null : facts({ sizeBytes: given.size }),
    problem: isTroubled ? problem : null,
  };
}

function idOf(t: TestLedger, folderId: number, name: string): number | undefined {
  const id = t.db.arrays('SELECT id FROM file WHERE folder_id = ? AND name = ?', folderId, name)[0]?.[0];
  return id === undefined ? undefined : Number(id);
}

/** By name, since ids differ between the two folders. */
function told(t: TestLedger, { open, gone, failed }: Compared) {
  const named = (ids: number[]) => ids.map((id) => t.ledger.files.get(id)!.name).sort();
  return { open: named(open), gone: named(gone), failed: named(failed) };
}

function rowsOf(t: TestLedger, folderId: number) {
  const sql = 'SELECT name, kind, size, inode, outcome, problem FROM file WHERE folder_id = ? ORDER BY name';
  return t.db.arrays(sql, folderId);
}
