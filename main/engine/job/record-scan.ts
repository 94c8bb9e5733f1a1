import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { KeptOutcome } from '../ledger/file-row.ts';
import { troubledOutcome } from '../ledger/facts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { JobRow } from '../ledger/jobs.ts';
import { endTransfersOfGone } from './gone.ts';
import { failureOf } from '../progress/failure-of.ts';
import type { ScanBatch, ScannedEntry, ScannedFolder } from '../scan/model.ts';
import { entryPath } from '../scan/raw-path.ts';

type RecordedEntry = Omit<ScannedEntry, 'kind'> & { kind: ScannedEntry['kind'] | 'own' };

const specialKinds: Partial<Record<RecordedEntry['kind'], string>> = {
  link: 'a symbolic link; links are not followed',
  socket: 'a socket',
  fifo: 'a named pipe',
  device: 'a device',
  unknown: 'neither a file nor a folder',
  own: 'the data folder of this Boxcar',
};

/** Carries what the walk finds into the ledger, batch by batch. */
export class ScanRecorder {
  readonly #ledger: Ledger;
  readonly #job: JobRow;
  readonly #scan: number;
  readonly #keep: readonly KeptOutcome[];
  /** The walk's number of a folder -> the ledger's. */
  readonly #folders = new Map<number, number>();
  readonly #onOutcome: (outcome: Outcome) => void;

  constructor(options: {
    ledger: Ledger;
    job: JobRow;
    scan: number;
    keep: readonly KeptOutcome[];
    onOutcome: (outcome: Outcome) => void;
  }) {
    this.#ledger = options.ledger;
    this.#job = options.job;
    this.#scan = options.scan;
    this.#keep = options.keep;
    this.#onOutcome = options.onOutcome;
  }

  /** Records each folder in a transaction turn of its own, so that none is long. */
  async record(batch: ScanBatch, now: number): Promise<void> {
    const recorded = await Promise.all(
      batch.folders.map((folder) => this.#ledger.step(() => this.#folder(folder, now))),
    );
    const outcomes = recorded.flat();
    if (outcomes.length > 0) await this.#ledger.synced();
    for (const outcome of outcomes) this.#onOutcome(outcome);
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
    const isFirstSlice = !this.#folders.has(folder.key);
    this.#folders.set(folder.key, id);
    if (isContainer) folders.place(id, 'list', this.#job.targetFolderId);
    if (folder.problem && !isContainer) {
      folders.fail(id, folder.problem);
      return [failureOf(folders.path(id).display, 'failed', 0, folder.problem)];
    }
    for (const { kind, name, rawName } of folder.entries) {
      const child = { ownerId: this.#job.id, parentId: id, name, nameRaw: rawName, scan: this.#scan };
      if (kind === 'folder') folders.record({ ...child, complete: false });
    }
    // No rules are asked here, so what is left out is the data folder.
    const own = folder.ignored.map((entry) => ({ ...entry, kind: 'own' as const, facts: null, problem: null }));
    // Gone since its folder was read: not there. A root was asked for by its name.
    const isHere = ({ problem }: RecordedEntry) => isContainer || problem?.code !== 'local.missing';
    const found = [...folder.entries, ...own]
      .filter((entry) => entry.kind !== 'folder' && isHere(entry))
      .map((entry) => ({ ...entry, nameRaw: entry.rawName, problem: specialProblem(entry, now) }));
    const whole = isFirstSlice && folder.last && folder.problem === null;
    const place = { ownerId: this.#job.id, folderId: id, scan: this.#scan, now, whole, keep: this.#keep };
    const { gone } = this.#ledger.files.recordFolder(place, found);
    endTransfersOfGone(this.#ledger, gone, now);
    const path = folders.path(id).display;
    return found.flatMap((entry) =>
      entry.problem
        ? [failureOf(entryPath(path, entry.name), troubledOutcome(entry), entry.facts?.sizeBytes ?? 0, entry.problem)]
        : [],
    );
  }
}

/** Why an entry can't go up, as far as the walk knows. */
export function specialProblem(entry: Pick<RecordedEntry, 'kind' | 'problem'>, at: number): Problem | null {
  if (entry.problem) return entry.problem;
  const special = specialKinds[entry.kind];
  return special ? { code: 'local.not-regular', operation: 'scan', detail: special, at } : null;
}
