import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Database } from '../../main/engine/ledger/database.ts';
import { factsKey } from '../../main/engine/ledger/facts.ts';
import type { FoundFile } from '../../main/engine/ledger/files.ts';
import { Ledger } from '../../main/engine/ledger/ledger.ts';
import { openLedgerDatabase } from '../../main/engine/ledger/open.ts';
import { systemClock } from '../../main/platform/clock.ts';

export interface Measurement {
  name: string;
  value: number;
  unit: string;
  budget?: number;
}

const filesPerFolder = 10;
const foldersPerBatch = 100;
const queued = 50_000;
const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

/**
 * Measures the ledger in an empty folder of the caller's, which is left with some 1.5 GB in it: 1,000,000 files with a
 * transfer each, and a scan and rescans of 100,000 files in 10,000 folders. Budgets are those of the design.
 */
export async function benchLedger(folder: string): Promise<Measurement[]> {
  const results: Measurement[] = [];
  const add = (name: string, value: number, unit: string, budget?: number) =>
    results.push({ name, value: Math.round(value * 10) / 10, unit, ...(budget === undefined ? {} : { budget }) });

  let db = await openDatabase(folder);
  let ledger = new Ledger(db);
  const accountId = ledger.jobs.upsertAccount({ boxHost: 'h', userId: 'u', login: null });
  const large = await build(db, ledger, accountId, add);
  db.close();

  let begun = performance.now();
  db = await openDatabase(folder);
  ledger = new Ledger(db);
  db.transaction(() => {
    ledger.jobs.stopAll();
    ledger.transfers.resetActive(Date.now());
  });
  add('1,000,000 files: opened', performance.now() - begun, 'ms');
  const next = ledger.transfers.next(large.ownerId, 0, 1000);
  if (next.length !== 1000) throw new Error(`the next 1,000 are ${next.length}`);
  for (const transfer of next) ledger.files.get(transfer.fileId);
  ledger.jobs.summary(large.ownerId);
  add('1,000,000 files: opened and next 1,000 planned', performance.now() - begun, 'ms', 200);

  begun = performance.now();
  let longest = 0;
  let walked = 0;
  for (let after = 0; ;) {
    const sliceBegun = performance.now();
    const rows = ledger.files.walk(after, 1000);
    longest = Math.max(longest, performance.now() - sliceBegun);
    if (rows.length === 0) break;
    walked += rows.length;
    after = rows.at(-1)!.id;
    // As the engine walks: other work comes between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (walked !== large.files) throw new Error(`${walked} files were walked`);
  add('1,000,000 files: walked', performance.now() - begun, 'ms', 3000);
  add('1,000,000 files: longest slice of the walk', longest, 'ms', 20);

  begun = performance.now();
  const list = ledger.transfers.list({
    ownerId: large.ownerId,
    states: ['paused', 'needs-you'],
    after: 0,
    limit: 1000,
  });
  ledger.transfers.countLive(large.ownerId);
  ledger.files.failures(large.ownerId, 0, 500);
  add(
    `1,000,000 files: asked for ${list.length} rare states, counts and failures`,
    performance.now() - begun,
    'ms',
    20,
  );

  const small = openJob(ledger, accountId, '/small');
  const entries = makeEntries(filesPerFolder);
  const scans = [
    { name: 'scan of 100,000 new files recorded', budget: 2000 },
    { name: 'rescan of 100,000 unchanged files recorded (first: sent -> unchanged)', budget: 2000 },
    { name: 'rescan of 100,000 unchanged files recorded (next)', budget: 1000 },
  ];
  for (const [index, scan] of scans.entries()) {
    const turns = new Turns();
    await recordScan(db, ledger, small, 10_000, entries);
    add(scan.name, turns.elapsedMs(), 'ms', scan.budget);
    add('  longest turn of the event loop', turns.longestMs(), 'ms', 50);
    const outcome = index === 0 ? 'sent' : 'unchanged';
    begun = performance.now();
    const done = await setOutcomes(ledger, small, outcome);
    add(`  ${done} outcomes set to ${outcome}`, performance.now() - begun, 'ms');
  }
  db.close();
  return results;
}

/** 1,000,000 files in 100,000 folders, each with a transfer: all are done but the last 50,000, which are queued. */
async function build(
  db: Database,
  ledger: Ledger,
  accountId: number,
  add: (name: string, value: number, unit: string, budget?: number) => void,
): Promise<{ ownerId: number; files: number }> {
  const begun = performance.now();
  const ownerId = openJob(ledger, accountId, '/large');
  await recordScan(db, ledger, ownerId, 100_000, makeEntries(filesPerFolder));
  const [[files, newest]] = db.arrays('SELECT count(*), max(id) FROM file') as [[number, number]];
  for (let first = 1; first <= newest; first += 20_000) {
    await ledger.write(() => {
      db.run(
        `INSERT INTO transfer (owner_id, file_id, kind, lane, state, size, facts, parent_box_id, name, created_at, updated_at)
           SELECT owner_id, id, 'direct', 0, CASE WHEN id > ?1 THEN 'queued' ELSE 'done' END, size,
             json_object('dev', dev, 'inode', inode, 'sizeBytes', size, 'mtimeNs', mtime_ns, 'ctimeNs', ctime_ns,
               'birthtimeNs', birthtime_ns), '123456789012', name, seen_at, seen_at
           FROM file WHERE id BETWEEN ?2 AND ?3`,
        newest - queued,
        first,
        first + 19_999,
      );
      db.run(
        `UPDATE file SET outcome = 'sent', sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709', sha1_facts = inode || ':' || size,
           box_id = '1234567890123', box_name = name, box_etag = '0', box_version_id = '1234567890124',
           box_sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709' WHERE id BETWEEN ? AND ? AND id <= ?`,
        first,
        first + 19_999,
        newest - queued,
      );
      db.run(
        'INSERT INTO transition (transfer_id, at, state) SELECT id, updated_at, state FROM transfer WHERE file_id BETWEEN ? AND ?',
        first,
        first + 19_999,
      );
    });
  }
  add('1,000,000 files: ledger built', performance.now() - begun, 'ms', 60_000);
  return { ownerId, files };
}

async function recordScan(
  db: Database,
  ledger: Ledger,
  ownerId: number,
  folders: number,
  entries: readonly FoundFile[],
): Promise<void> {
  const now = Date.now();
  const scan = ledger.jobs.beginScan(ownerId);
  const record = (parentId: number | null, name: string) =>
    ledger.folders.record({ ownerId, parentId, name, nameRaw: null, scan, complete: true });
  const root = await ledger.write(() => record(null, '/data'));
  for (let first = 0; first < folders; first += foldersPerBatch) {
    await ledger.write(() => {
      for (let index = first; index < Math.min(folders, first + foldersPerBatch); index += 1) {
        const folderId = record(root, `folder ${index}`);
        ledger.files.recordFolder({ ownerId, folderId, scan, now, whole: true }, entries);
      }
    });
  }
  db.flush();
}

async function setOutcomes(ledger: Ledger, ownerId: number, outcome: 'sent' | 'unchanged'): Promise<number> {
  const { scan } = ledger.jobs.get(ownerId)!;
  const [container] = ledger.folders.containers().filter((folder) => folder.ownerId === ownerId);
  const folders = ledger.folders.children(container!.id, scan);
  let done = 0;
  for (let first = 0; first < folders.length; first += foldersPerBatch) {
    await ledger.write(() => {
      for (const folder of folders.slice(first, first + foldersPerBatch)) {
        for (const file of ledger.files.ofFolder(folder.id, scan, 0, 1000)) {
          if (outcome === 'sent') {
            ledger.files.setDigest(file.id, sha1, factsKey(file.facts!));
            ledger.files.setBox(file.id, {
              fileId: '1234567890123',
              name: file.name,
              etag: '0',
              versionId: null,
              sha1,
            });
          }
          ledger.files.setOutcome(file.id, outcome, null);
          done += 1;
        }
      }
    });
  }
  return done;
}

function openJob(ledger: Ledger, accountId: number, path: string): number {
  return ledger.jobs.open({ accountId, paths: [path], target: '0', ifExists: 'version', now: Date.now() }).id;
}

function makeEntries(count: number): FoundFile[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `a file of usual length ${index}.txt`,
    nameRaw: null,
    kind: 'file',
    facts: {
      dev: '65024',
      inode: String(9_000_000 + index),
      sizeBytes: 20_000 + index,
      mtimeNs: '1763643455123456789',
      ctimeNs: '1763643455123456789',
      birthtimeNs: '1763643455123456789',
    },
    problem: null,
  }));
}

/** How long turns of the event loop take from now on. */
class Turns {
  readonly #begun = performance.now();
  #last = performance.now();
  #longest = 0;
  #stopped = false;

  constructor() {
    const turn = () => {
      const now = performance.now();
      this.#longest = Math.max(this.#longest, now - this.#last);
      this.#last = now;
      if (!this.#stopped) setImmediate(turn);
    };
    setImmediate(turn);
  }

  elapsedMs(): number {
    return performance.now() - this.#begun;
  }

  longestMs(): number {
    this.#stopped = true;
    return this.#longest;
  }
}

function openDatabase(home: string): Promise<Database> {
  const signal = new AbortController().signal;
  return openLedgerDatabase(home, { clock: systemClock, lockWaitMs: 0, networkFileSystem: false, signal });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = mkdtempSync(join(tmpdir(), 'boxcar-bench-ledger-'));
  try {
    const rows = await benchLedger(folder);
    for (const { name, value, unit, budget } of rows) {
      const verdict = budget === undefined ? '' : `budget ${budget}${value > budget ? '  EXCEEDED' : ''}`;
      process.stdout.write(`${name.padEnd(72)} ${String(value).padStart(9)} ${unit.padEnd(3)} ${verdict}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
