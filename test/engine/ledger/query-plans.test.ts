import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../main/engine/ledger/database.ts';
import { Ledger } from '../../../main/engine/ledger/ledger.ts';
import { migrations } from '../../../main/engine/ledger/schema.ts';
import { transferGroups, type TransferGroup } from '../../../shared/list-model.ts';
import { transferStates } from '../../../shared/transfer-state.ts';
import { facts, found, problem } from './support.ts';

class RecordingConnection extends DatabaseSync {
  readonly prepared = new Set<string>();

  override prepare(sql: string): StatementSync {
    this.prepared.add(sql);
    return super.prepare(sql);
  }
}

function openRecording() {
  const connection = new RecordingConnection(':memory:');
  for (const migration of migrations) connection.exec(migration);
  const db = new Database(connection);
  onTestFinished(() => db.close());
  // Two on one connection: what the first has prepared, the second prepares again.
  const maker = new Ledger(new Database(connection));
  const ledger = new Ledger(db);
  const plansOf = (ask: () => unknown) => {
    connection.prepared.clear();
    ask();
    const asked = [...connection.prepared];
    return asked.map((sql) => {
      const steps = DatabaseSync.prototype.prepare.call(connection, `EXPLAIN QUERY PLAN ${sql}`).all();
      return { sql, steps: steps.map((step) => step['detail'] as string) };
    });
  };
  return { maker, ledger, plansOf };
}

/** Tables that grow with the number of files. */
const growing = /\bSCAN (file|folder|transfer|transition|part|receipt)\b/;
const sorting = /TEMP B-TREE/;

const newFolder = {
  pairId: 1, parentId: 1, name: 'a', nameRaw: null, now: 1, dev: '1', inode: '1', birthtimeNs: null,
}; // prettier-ignore

const questions: Record<string, (ledger: Ledger) => unknown> = {
  'transfers.next': (l) => l.transfers.next(1, 0, 10),
  'transfers.live': (l) => l.transfers.live(1),
  'transfers.latest': (l) => l.transfers.latest(1),
  'transfers.countLive': (l) => l.transfers.countLive(1),
  'transfers.orphanSessions': (l) => l.transfers.orphanSessions(10),
  'parts.list': (l) => l.parts.list(1),
  'timeline.list': (l) => l.timeline.list(1),
  'transfers.move': (l) => l.transfers.move(1, 'paused', {}, 1),
  'transfers.resetActive': (l) => l.transfers.resetActive(1),
  'transfers.list, all': (l) => l.transfers.list({ ownerId: null, states: null, after: 0, limit: 10 }),
  'transfers.list, an owner': (l) => l.transfers.list({ ownerId: 1, states: null, after: 0, limit: 10 }),
  'transfers.list, states': (l) => l.transfers.list({ ownerId: null, states: ['queued'], after: 0, limit: 10 }),
  'timeline.trim': (l) => l.timeline.trim(1, 10),
  'folders.ready': (l) => l.folders.ready(1, 1, 10),
  'folders.unplanned': (l) => l.folders.unplanned(1, 1),
  'folders.children': (l) => l.folders.children(1, 1),
  'folders.unseen': (l) => l.folders.unseen(1, 1),
  'folders.containers': (l) => l.folders.containers(),
  'folders.child': (l) => l.folders.child(1, 'a'),
  'folders.failures': (l) => l.folders.failures(1, 1),
  'folders.fail': (l) => l.folders.fail(1, problem),
  'folders.record': (l) =>
    l.folders.record({ ownerId: 1, parentId: 1, name: 'a', nameRaw: null, scan: 1, complete: true }),
  'folders.record, a container': (l) =>
    l.folders.record({ ownerId: 1, parentId: null, name: '/b', nameRaw: null, scan: 1, complete: true }),
  'pairQueries.file': (l) => l.pairQueries.file(1),
  'pairQueries.filesNamed': (l) => l.pairQueries.filesNamed(1, ['a', 'b']),
  'pairQueries.filesOnBox': (l) => l.pairQueries.filesOnBox(1, 0, 10),
  'pairQueries.waitingForName': (l) => l.pairQueries.waitingForName(1),
  'pairQueries.filesBoundTo': (l) => l.pairQueries.filesBoundTo('1'),
  'files.ofFolder': (l) => l.files.ofFolder(1, 1, 0, 10),
  'files.names': (l) => l.files.names(1, 1),
  'files.markGone': (l) => l.files.markGone(1, 1),
  'files.failures': (l) => l.files.failures(1, 0, 10),
  'files.child': (l) => l.files.child(1, 'a'),
  'files.walk': (l) => l.files.walk(0, 10),
  'files.record': (l) => l.files.record({ ownerId: 1, folderId: 1, scan: 1, now: 1, ...found('a') }),
  'files.recordFolder, whole': (l) =>
    l.files.recordFolder({ ownerId: 1, folderId: 1, scan: 1, now: 1, whole: true }, [found('a')]),
  'files.recordFolder, a slice': (l) =>
    l.files.recordFolder({ ownerId: 1, folderId: 1, scan: 1, now: 1, whole: false }, [found('a')]),
  'receipts.list': (l) => l.receipts.list({ ownerId: null, after: 0, limit: 10 }),
  'receipts.list, an owner': (l) => l.receipts.list({ ownerId: 1, after: 0, limit: 10 }),
  'receipts.newest': (l) => l.receipts.newest(null, 10),
  'receipts.newestPaths': (l) => l.receipts.newestPaths(5, 10),
  'receipts.get': (l) => l.receipts.get(1),
  'receipts.count': (l) => l.receipts.count(),
  'problems.owners': (l) => l.problems.owners(),
  'problems.files': (l) => l.problems.files(1, 0, 10),
  'problems.folders': (l) => l.problems.folders(1, 1, 0, 10),
  'selection.owners': (l) => l.selection.owners(['queued'], null),
  'selection.named': (l) => l.selection.named(1, 'queued', 0, 10),
  'selection.place': (l) => l.selection.place(1),
  'selection.placesInFront': (l) => l.selection.placesInFront(1),
  'parts.list, a stretch': (l) => l.parts.list(1, 5, 10),
  'jobs.summary': (l) => l.jobs.summary(1),
  'tree.ensureRoot': (l) => l.tree.ensureRoot({ id: 1, path: '/', pathRaw: null, targetFolderId: '0' }),
  'tree.folder': (l) => l.tree.folder(1),
  'tree.children': (l) => l.tree.children(1),
  'tree.childShown': (l) => l.tree.childShown(1, 'a'),
  'tree.awayFolders': (l) => l.tree.awayFolders(1),
  'tree.goneFolders': (l) => l.tree.goneFolders(1),
  'tree.addFolder': (l) => l.tree.addFolder(newFolder),
  'tree.identify': (l) => l.tree.identify(1, { dev: '1', inode: '2', birthtimeNs: null }),
  'tree.setState': (l) => l.tree.setState(1, 'gone'),
  'tree.setChanged': (l) => l.tree.setChanged(1, 'gone', 1),
  'tree.place': (l) => l.tree.place(1, '1', null),
  'tree.setListed': (l) => l.tree.setListed(1, 1),
  'tree.unplaceBelow': (l) => l.tree.unplaceBelow(1),
  'tree.moveFolder': (l) =>
    l.tree.moveFolder(l.tree.addFolder(newFolder), { pairId: 2, parentId: 1, name: 'b', nameRaw: null }),
  'tree.hasTransfersBelow': (l) => l.tree.hasTransfersBelow(1),
  'tree.hasUndecidedBelow': (l) => l.tree.hasUndecidedBelow(1),
  'tree.removeFolder': (l) => l.tree.removeFolder(1),
  'tree.compare, whole': (l) =>
    l.comparison.compare({ pairId: 1, folderId: 1, now: 1, whole: true }, [{ ...found('a'), problem: null }]),
  'tree.compare, a slice': (l) =>
    l.comparison.compare({ pairId: 1, folderId: 1, now: 1, whole: false }, [
      { ...found('z'), facts: facts({ sizeBytes: 9 }), problem: null },
    ]),
  'tree.isSettled': (l) => l.comparison.isSettled(1, 'digest'),
  'tree.goneBut': (l) => l.comparison.goneBut({ folderId: 1, now: 1 }, new Set()),
  'tree.leaveOut': (l) => l.comparison.leaveOut(1, 'z', null, 1),
  'tree.leaveOutBelow': (l) => l.comparison.leaveOutBelow(1, 1),
  'tree.reopenFailed': (l) => l.tree.reopenFailed(1),
  'tree.reopenNamed': (l) => l.tree.reopenNamed(1, 'z'),
  'tree.file': (l) => l.pairFiles.file(1),
  'tree.goneFiles': (l) => l.pairFiles.goneFiles(1, 0, 10),
  'tree.countGone': (l) => l.pairFiles.countGone(1),
  'tree.openFiles': (l) => l.pairFiles.openFiles(1, 0, 10),
  'tree.openFiles, on Box': (l) => l.pairFiles.openFiles(1, 0, 10, true),
  'tree.names': (l) => l.tree.names(1),
  'tree.allNames': (l) => l.tree.allNames(1),
  'tree.moveFiles': (l) =>
    l.pairFiles.moveFiles([
      { id: 1, to: { pairId: 1, folderId: 1, name: 'b', nameRaw: null, facts: facts() }, box: null },
    ]),
  'tree.removeFile': (l) => l.pairFiles.removeFile(1),
  'tree.awayOnBox': (l) => l.pairFiles.awayOnBox(1),
  'tree.toRelocate': (l) => l.pairFiles.toRelocate(1),
  'tree.boundTo, a file': (l) => l.tree.boundTo('file', '1'),
  'tree.boundTo, a folder': (l) => l.tree.boundTo('folder', '1'),
  'tree.syncedFiles': (l) => l.pairFiles.syncedFiles(1, 0, 10),
  'tree.sample': (l) => l.pairFiles.sample(1, 20),
  'questions.aboutFile': (l) => l.questions.aboutFile('conflict', 1),
  'questions.withdraw, of a file': (l) => l.questions.withdraw('conflict', { ownerId: 1, fileId: 1 }),
  'questions.withdraw, of a folder': (l) => l.questions.withdraw('root', { ownerId: 1, folderId: 1 }),
  'questions.open': (l) => l.questions.open({ ownerId: 1, after: 0, limit: 10 }),
  'questions.count': (l) => l.questions.count(1),
  'transferList.countStates': (l) => l.transferList.countStates(null),
  'transferList.ids, needs-you': (l) => idsOf(l, 'needs-you'),
  'transferList.ids, under-way': (l) => idsOf(l, 'under-way'),
  'transferList.ids, waiting': (l) => idsOf(l, 'waiting'),
  'transferList.ids, done': (l) => idsOf(l, 'done'),
  'transferList.columns': (l) => l.transferList.columns(1),
  'transferList.names': (l) => namesOf(l),
  'transferList.storedParts': (l) =>
    l.transferList.storedParts({ id: 1, sizeBytes: 9, session: { partSizeBytes: 5, totalParts: 2 } }),
  'transferList.begun': (l) => l.transferList.begun(10),
  'totals.goingOn': (l) => l.totals.goingOn(),
  'totals.pending': (l) => l.totals.pending(1),
  'totals.inParts': (l) => l.totals.inParts(1),
  'totals.unended': (l) => l.totals.unended([1]),
  'totals.questions': (l) => l.totals.questions(),
  'totals.problems': (l) => l.totals.problems(),
  'totals.blocking': (l) => l.totals.blocking(),
  'pairs.counts': (l) => l.pairs.counts(1),
  'pairs.removeRows': (l) => l.pairs.removeRows(1, 10),
};

/** A window at either end of a group, of all owners and of one. */
function idsOf(ledger: Ledger, group: TransferGroup): void {
  const counts = new Map(transferStates.map((state) => [state, 100]));
  for (const ownerId of [null, 1]) for (const from of [0, 90]) ledger.transferList.ids(group, ownerId, counts, from, 5);
}

function namesOf({ transferList }: Ledger): void {
  for (const group of transferGroups) {
    for (const ownerId of [null, 1]) {
      transferList.names(group, ownerId, null, 5);
      for (const id of [1, Number.MAX_SAFE_INTEGER])
        transferList.names(group, ownerId, { stretch: 0, order: 1, id }, 5);
    }
  }
}

/** Where another index would do but reads more rows. */
const mustUse: Record<string, string> = {
  'transfers.next': 'transfer_queue',
  'transfers.live': 'transfer_live',
  'transfers.orphanSessions': 'transfer_orphan',
  'folders.ready': 'folder_ready',
  'folders.failures': 'folder_failed',
  'files.ofFolder': 'file_folder',
  'files.failures': 'file_failed',
  'problems.files': 'file_failed',
  'problems.folders': 'folder_failed',
  'selection.named': 'transfer_state',
  'selection.placesInFront': 'transfer_queue',
  'tree.removeFolder': 'question_file',
  'tree.reopenNamed': 'file_failed',
  'tree.goneFolders': 'folder_gone',
  'tree.goneFiles': 'file_gone',
  'tree.boundTo, a file': 'file_box',
  'tree.boundTo, a folder': 'folder_box',
};

/** Indexes of few rows by their nature, which may be read whole. */
const readWhole = /INDEX (folder_container|transfer_orphan|transfer_begun)\b/;

/** Lists in the order of an index: it is read from one end as far as the limit. */
const readInOrder = /^transferList\.(ids|names)/;
const orderedIndex = /USING (COVERING )?INDEX transfer_(needs_you|under_way|waiting|paused|ended)\b/;

/** Bounded by one folder's twins or by the folders that failed, so sorting costs nothing that grows. */
const maySort = ['files.child', 'folders.child'];

test.each(Object.entries(questions))('%s reads by an index and does not sort', (name, ask) => {
  const { maker, ledger, plansOf } = openRecording();
  const accountId = maker.jobs.upsertAccount({ boxHost: 'h', userId: 'u', login: null });
  const [ownerId] = ['/', '/other'].map(
    (path) => maker.jobs.open({ accountId, paths: [path], target: '0', ifExists: 'skip', now: 1 }).id,
  ) as [number, number];
  const folderId = maker.folders.record({
    ownerId, parentId: null, name: '/', nameRaw: null, scan: 1, complete: true,
  }); // prettier-ignore
  const fileId = maker.files.record({ ownerId, folderId, scan: 1, now: 1, ...found('z') });
  maker.transfers.create({
    ownerId, fileId, kind: 'direct', lane: 0, state: 'queued', facts: facts(), parentBoxId: '0', name: 'z', base: null,
    now: 1,
  }); // prettier-ignore
  const plans = plansOf(() => ask(ledger));
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.flatMap(({ steps }) => steps).join('\n')).toContain(mustUse[name] ?? '');
  for (const { sql, steps } of plans) {
    for (const step of steps) {
      const isOrdered = readInOrder.test(name) && orderedIndex.test(step);
      if (!readWhole.test(step) && !isOrdered) expect(step, sql).not.toMatch(growing);
      if (!maySort.includes(name)) expect(step, sql).not.toMatch(sorting);
    }
  }
});
