import type { IfExists } from '../../../shared/model.ts';
import { pairOptionsSchema, type PairOptions } from '../../../shared/pair-model.ts';
import type { Database } from './database.ts';

/** A job or a pair: one of the two is set. */
export interface OwnerRef {
  jobId: number | null;
  pairId: number | null;
}

/** What happens when Box holds other content than expected: under a name that is taken, or in the file that was to get a version. */
export interface ConflictRules {
  taken: IfExists;
  /** ask: the transfer fails and the person decides. */
  changed: IfExists | 'ask';
  /** A file that was to get a version and is gone: it goes up as a new one, is left, or the person decides. */
  removed: PairOptions['removedOnBox'];
}

/** Whatever owns folders, files and transfers. */
export class OwnerStore {
  readonly #db: Database;
  /** An id never changes its kind, and is asked for every file. */
  readonly #kinds = new Map<number, 'job' | 'pair'>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** One that is not known counts as a job: receipts outlast everything else. */
  kind(id: number): 'job' | 'pair' {
    let kind = this.#kinds.get(id);
    if (!kind) {
      const row = this.#db.get('SELECT kind FROM owner WHERE id = ?', id);
      kind = row?.['kind'] === 'pair' ? 'pair' : 'job';
      if (row) this.#kinds.set(id, kind);
    }
    return kind;
  }

  ref(id: number): OwnerRef {
    return this.kind(id) === 'job' ? { jobId: id, pairId: null } : { jobId: null, pairId: id };
  }

  /** What its job or pair was told to do. Asked for every file; may change at any time. */
  conflictRules(id: number): ConflictRules {
    if (this.kind(id) === 'job') {
      const row = this.#db.get('SELECT if_exists FROM job WHERE id = ?', id)!;
      return { taken: row['if_exists'] as IfExists, changed: 'ask', removed: 'upload' };
    }
    const row = this.#db.get('SELECT options FROM pair WHERE id = ?', id)!;
    const { conflicts, removedOnBox } = pairOptionsSchema.parse(JSON.parse(row['options'] as string));
    return { taken: conflicts, changed: conflicts, removed: removedOnBox };
  }
}
