import { onTestFinished } from 'vitest';
import type { Database } from '../../../main/engine/ledger/database.ts';
import type { LedgerFacts } from '../../../main/engine/ledger/facts.ts';
import type { FoundFile } from '../../../main/engine/ledger/files.ts';
import { Ledger } from '../../../main/engine/ledger/ledger.ts';
import { openLedgerDatabase } from '../../../main/engine/ledger/open.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import type { Problem } from '../../../shared/problem.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export interface TestLedger {
  db: Database;
  ledger: Ledger;
  home: string;
  accountId: number;
  /** A job with a container, whose scan has begun. */
  jobId: number;
  scan: number;
  containerId: number;
}

export function openDatabase(home: string, options: { lockWaitMs?: number; networkFileSystem?: boolean } = {}) {
  return openLedgerDatabase(home, {
    clock: systemClock,
    lockWaitMs: options.lockWaitMs ?? 0,
    networkFileSystem: options.networkFileSystem ?? false,
    signal: new AbortController().signal,
  });
}

/** A real ledger in a temporary folder, closed when the test ends; `change` in its helpers runs at once. */
export async function openTestLedger(): Promise<TestLedger> {
  const home = temporaryFolder();
  const db = await openDatabase(home);
  onTestFinished(() => db.close());
  const ledger = new Ledger(db);
  return db.transaction(() => {
    const accountId = ledger.jobs.upsertAccount({ boxHost: 'api.box.com', userId: '7', login: 'a@b.c' });
    const jobId = openJob(ledger, accountId, '/data');
    const scan = ledger.jobs.beginScan(jobId);
    const containerId = recordFolder(ledger, jobId, scan, null, '/data');
    return { db, ledger, home, accountId, jobId, scan, containerId };
  });
}

export function openJob(ledger: Ledger, accountId: number, path: string): number {
  return ledger.jobs.open({ accountId, paths: [path], target: '0', ifExists: 'version', now: 1 }).id;
}

export function recordFolder(
  ledger: Ledger,
  ownerId: number,
  scan: number,
  parentId: number | null,
  name: string,
): number {
  return ledger.folders.record({ ownerId, parentId, name, nameRaw: null, scan, complete: true });
}

export function facts(change: Partial<LedgerFacts> = {}): LedgerFacts {
  return {
    dev: '1',
    inode: '18446744073709551615',
    sizeBytes: 10,
    mtimeNs: '1763643455123456789',
    ctimeNs: '1763643455123456789',
    birthtimeNs: null,
    ...change,
  };
}

export function found(name: string, change: Partial<FoundFile> = {}): FoundFile {
  return { name, nameRaw: null, kind: 'file', facts: facts(), problem: null, ...change };
}

export function recordFile(test: TestLedger, folderId: number, file: FoundFile, scan = test.scan): number {
  return test.ledger.files.record({ ownerId: test.jobId, folderId, scan, now: scan, ...file });
}

export function createTransfer(test: TestLedger, fileId: number, lane: 0 | 1 = 0): number {
  return test.ledger.transfers.create({
    ownerId: test.jobId, fileId, kind: 'direct', lane, state: 'queued', facts: facts(), parentBoxId: '0',
    name: `file ${fileId}`, base: null, now: 1,
  }); // prettier-ignore
}

export const problem: Problem = { code: 'local.unreadable', operation: 'open', detail: 'EACCES', at: 1 };
