import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { JobRow } from '../ledger/jobs.ts';
import type { ScanBatch, ScannedEntry, ScannedFolder } from '../scan/model.ts';

const specialKinds: Partial<Record<ScannedEntry['kind'], string>> = {
  link: 'a symbolic link; links are not followed',
  socket: 'a socket',
  fifo: 'a named pipe',
  device: 'a device',
  unknown: 'neither a file nor a folder',
};

/** Carries what the walk finds into the ledger, batch by batch. */
export class ScanRecorder {
  readonly #ledger: Ledger;
  readonly #job: JobRow;
  readonly #scan: number;
  /** The walk's number of a folder -> the ledger's. */
  readonly #folders = new Map<number, number>();
  readonly #onOutcome: (outcome: Outcome) => void;

  constructor(options: { ledger: Ledger; job: JobRow; scan: number; onOutcome: (outcome: Outcome) => void }) {
    this.#ledger = options.ledger;
    this.#job = options.job;
    this.#scan = options.scan;
    this.#onOutcome = options.onOutcome;
  }

  /** Records each folder in a transaction turn of its own, so that none is long. */
  async record(batch: ScanBatch, now: number): Promise<void> {
    const outcomes = await Promise.all(
      batch.folders.map((folder) => this.#ledger.write(() => this.#folder(folder, now))),
    );
    for (const outcome of outcomes.flat()) this.#onOutcome(outcome);
  }

  #folder(folder: ScannedFolder, now: number): Outcome[] {
    const { folders } = this.#ledger;
    const isContainer = folder.parentKey === null;
    const id = folders.record({
      ownerId: this.#job.id,
      parentId: folder.parentKey === null ? null : this.#folders.get(folder.parentKey)!,
      name: folder.name,
      nameRaw: folder.rawName,
      scan: this.#scan,
      complete: folder.last,
    });
    this.#folders.set(folder.key, id);
    if (isContainer) folders.place(id, 'list', this.#job.targetFolderId);
    if (folder.problem && !isContainer) {
      folders.fail(id, folder.problem);
      return [];
    }
    return folder.entries.flatMap((entry) => this.#entry(id, entry, now));
  }

  #entry(folderId: number, entry: ScannedEntry, now: number): Outcome[] {
    const names = { ownerId: this.#job.id, name: entry.name, nameRaw: entry.rawName, scan: this.#scan };
    if (entry.kind === 'folder') {
      this.#ledger.folders.record({ ...names, parentId: folderId, complete: false });
      return [];
    }
    const problem = problemOf(entry, now);
    this.#ledger.files.record({ ...names, folderId, kind: entry.kind, facts: entry.facts, problem, now });
    if (!problem) return [];
    const path = `${this.#ledger.folders.path(folderId).display}/${entry.name}`;
    return [
      {
        path,
        outcome: entry.kind === 'file' ? 'failed' : 'special',
        sizeBytes: entry.facts?.sizeBytes ?? 0,
        transferId: null,
        sha1: null,
        fileId: null,
        versionId: null,
        sentBytes: 0,
        boxName: null,
        problem: { ...problem, item: path },
      },
    ];
  }
}

/** Why an entry can't go up, as far as the walk knows. */
function problemOf(entry: ScannedEntry, at: number): Problem | null {
  if (entry.problem) return entry.problem;
  const special = specialKinds[entry.kind];
  return special ? { code: 'local.not-regular', operation: 'scan', detail: special, at } : null;
}
