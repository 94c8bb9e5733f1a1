import type { Database } from './database.ts';
import { FileStore } from './files.ts';
import { FolderStore } from './folders.ts';
import { JobStore } from './jobs.ts';
import { ReceiptStore } from './receipts.ts';
import { TransferStore } from './transfers.ts';

/** The memory that joins the scan and Box: questions by area, and one way to write. */
export class Ledger {
  readonly jobs: JobStore;
  readonly folders: FolderStore;
  readonly files: FileStore;
  readonly transfers: TransferStore;
  readonly receipts: ReceiptStore;
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    this.jobs = new JobStore(db);
    this.folders = new FolderStore(db);
    this.files = new FileStore(db);
    this.transfers = new TransferStore(db);
    this.receipts = new ReceiptStore(db);
  }

  /** Runs the change in the next transaction; resolves with its result when that is on the disk. */
  write<T>(change: () => T): Promise<T> {
    return this.#db.write(change);
  }

  close(): void {
    this.#db.close();
  }
}
