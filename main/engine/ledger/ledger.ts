import type { Database } from './database.ts';
import { FileStore } from './files.ts';
import { FolderStore } from './folders.ts';
import { JobStore } from './jobs.ts';
import { OwnerStore } from './owners.ts';
import { PairQueries } from './pair-queries.ts';
import { PairStore } from './pairs.ts';
import { FolderComparison } from './folder-comparison.ts';
import { PairFileStore } from './pair-files.ts';
import { PairTreeStore } from './pair-tree.ts';
import { ProblemQueries } from './problem-queries.ts';
import { QuestionStore } from './questions.ts';
import { ReceiptStore } from './receipts.ts';
import { PartStore } from './parts.ts';
import { SettingsStore } from './settings.ts';
import { Timeline } from './timeline.ts';
import { Totals } from './totals.ts';
import { TransferListStore } from './transfer-list.ts';
import { TransferSelection } from './transfer-selection.ts';
import { TransferStore } from './transfers.ts';

/** The memory that joins the scan and Box: questions by area, and one way to write. */
export class Ledger {
  readonly owners: OwnerStore;
  readonly jobs: JobStore;
  readonly pairs: PairStore;
  readonly pairQueries: PairQueries;
  readonly tree: PairTreeStore;
  readonly pairFiles: PairFileStore;
  readonly comparison: FolderComparison;
  readonly questions: QuestionStore;
  readonly folders: FolderStore;
  readonly files: FileStore;
  readonly transfers: TransferStore;
  readonly transferList: TransferListStore;
  readonly totals: Totals;
  readonly parts: PartStore;
  readonly timeline: Timeline;
  readonly receipts: ReceiptStore;
  readonly problems: ProblemQueries;
  readonly selection: TransferSelection;
  readonly settings: SettingsStore;
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    this.owners = new OwnerStore(db);
    this.jobs = new JobStore(db);
    this.pairs = new PairStore(db);
    this.pairQueries = new PairQueries(db);
    this.tree = new PairTreeStore(db, () => this.folders.forgetPaths());
    this.pairFiles = new PairFileStore(db);
    this.comparison = new FolderComparison(db);
    this.questions = new QuestionStore(db);
    this.folders = new FolderStore(db);
    this.files = new FileStore(db);
    this.parts = new PartStore(db);
    this.timeline = new Timeline(db);
    this.transfers = new TransferStore(db, this.parts, this.timeline);
    this.transferList = new TransferListStore(db);
    this.totals = new Totals(db);
    this.receipts = new ReceiptStore(db, this.owners);
    this.problems = new ProblemQueries(db);
    this.selection = new TransferSelection(db);
    this.settings = new SettingsStore(db);
  }

  /** Grows with every change: as long as it stands still, every question has the answer that it had. */
  get version(): number {
    return this.#db.commits;
  }

  /** Tells of every change once it is committed; one listener, which must not write. */
  onChange(listener: (() => void) | undefined): void {
    this.#db.onCommit = listener;
  }

  /** `write` that does not wait for the disk: for what Box can tell again after a power cut. A kill loses nothing of it. */
  note<T>(change: () => T): Promise<T> {
    return this.#db.note(change);
  }

  /** A `note` that is not gathered with others: for a step that the next one waits for. */
  step<T>(change: () => T): Promise<T> {
    return this.#db.step(change);
  }

  /** Resolves when every note that has resolved is on the disk; `unhurried`: a little later, with others. */
  synced(unhurried = false): Promise<void> {
    return this.#db.synced(unhurried);
  }

  /** Runs the change in the next transaction; resolves with its result when that is on the disk. */
  write<T>(change: () => T): Promise<T> {
    return this.#db.write(change);
  }

  /**
   * Removes what the ledger need not keep (old timelines of ended transfers; receipts never), at most some `maxRows` rows at
   * a time: 1,000 take a few milliseconds. For idle moments; call again while `more` is true.
   */
  trim(now: number, maxRows: number): Promise<{ removed: number; more: boolean }> {
    return this.write(() => this.timeline.trim(now, maxRows));
  }

  close(): void {
    this.#db.close();
  }
}
