import type { ProblemGroup, ProblemItem } from '../../../shared/list-model.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ProblemRow } from '../ledger/problem-queries.ts';
import { isBelowAny, supersededPaths } from './superseded.ts';
import { Turns } from './turns.ts';

const rowsAtOnce = 250;
/** Ids of files follow those of folders, so that one number says how far a list was read. */
const firstFile = 2 ** 40;

/** A file or folder that did not make it, and whose it is. */
export type OwnedProblem = ProblemRow & { ownerId: number };

/**
 * What did not make it, of all jobs and pairs that are still of interest: walked, and grouped and listed but for what a person is asked
 * about, which stands among the questions. Only reads.
 */
export class Problems {
  readonly #ledger: Ledger;
  readonly #signal: AbortSignal;

  constructor(ledger: Ledger, signal: AbortSignal) {
    this.#ledger = ledger;
    this.#signal = signal;
  }

  /** By cause, the most frequent first. */
  async groups(): Promise<ProblemGroup[]> {
    const found = new Map<ProblemCode, { count: number; retryable: boolean; latest: OwnedProblem }>();
    for await (const row of this.walk()) {
      if (row.isAsked) continue;
      const group = found.get(row.code);
      const retryable = canBeRetried(row);
      if (!group) {
        found.set(row.code, { count: 1, retryable, latest: row });
        continue;
      }
      group.count += 1;
      group.retryable &&= retryable;
      if (row.at > group.latest.at) group.latest = row;
    }
    return [...found]
      .sort(([a, { count: as }], [b, { count: bs }]) => bs - as || (a < b ? -1 : 1))
      .flatMap(([code, { count, retryable, latest }]) => {
        const item = this.#item(latest);
        if (!item) return [];
        return [{ code, count, retryable, example: { path: item.path, problem: item.problem } }];
      });
  }

  /** Those of one cause in the order of their ids, after the given one: folders, then files. */
  async items(code: ProblemCode, after: number, limit: number): Promise<ProblemItem[]> {
    const rows: OwnedProblem[] = [];
    if (after < firstFile) rows.push(...(await this.#first('folder', code, after, limit)));
    if (rows.length < limit) {
      rows.push(...(await this.#first('file', code, Math.max(0, after - firstFile), limit - rows.length)));
    }
    const turns = new Turns(this.#signal);
    const items: ProblemItem[] = [];
    for (const row of rows) {
      const item = this.#item(row);
      if (item) items.push(item);
      await turns.take();
    }
    return items;
  }

  /** All of them, owner by owner, or those of one; in slices between which others have their turn. */
  async *walk(only: number | null = null): AsyncGenerator<OwnedProblem, void, undefined> {
    const turns = new Turns(this.#signal);
    for (const owner of this.#owners()) {
      if (only !== null && owner.id !== only) continue;
      for (const what of ['folder', 'file'] as const) {
        for (let after = 0; ;) {
          const rows = this.#slice(owner, what, after);
          for (const row of rows) if (this.#isOfInterest(owner, row)) yield { ...row, ownerId: owner.id };
          if (rows.length < rowsAtOnce) break;
          after = rows.at(-1)!.id;
          await turns.take();
        }
        await turns.take();
      }
    }
  }

  /** The first ones of a cause after an id, of all owners. */
  async #first(what: 'file' | 'folder', code: ProblemCode, from: number, limit: number): Promise<OwnedProblem[]> {
    const turns = new Turns(this.#signal);
    const first: OwnedProblem[] = [];
    for (const owner of this.#owners()) {
      const found: OwnedProblem[] = [];
      for (let after = from; found.length < limit;) {
        const rows = this.#slice(owner, what, after);
        for (const row of rows) {
          if (row.code === code && !row.isAsked && this.#isOfInterest(owner, row))
            found.push({ ...row, ownerId: owner.id });
        }
        if (rows.length < rowsAtOnce) break;
        after = rows.at(-1)!.id;
        await turns.take();
      }
      first.push(...found);
      await turns.take();
    }
    return first.sort((a, b) => a.id - b.id).slice(0, limit);
  }

  #owners(): Owner[] {
    const { jobs, pairs, problems } = this.#ledger;
    const ids = problems.owners();
    const superseded = supersededPaths(jobs.list(false), new Set(ids));
    return ids.flatMap((id): Owner[] => {
      const job = jobs.get(id);
      const old = superseded.get(id) ?? [];
      // One that was given up as a whole has nothing left to settle.
      if (job) return job.state === 'aborted' ? [] : [{ id, scan: job.scan, old }];
      return pairs.get(id)?.removedAt === null ? [{ id, scan: 0, old }] : [];
    });
  }

  #slice({ id, scan }: Owner, what: 'file' | 'folder', after: number): ProblemRow[] {
    const { problems } = this.#ledger;
    return what === 'file' ? problems.files(id, after, rowsAtOnce) : problems.folders(id, scan, after, rowsAtOnce);
  }

  #isOfInterest({ old }: Owner, row: ProblemRow): boolean {
    if (!row.isTold) return false;
    return old.length === 0 || !isBelowAny(this.#path(row), old);
  }

  #path({ kind, id }: ProblemRow): string {
    const { files, folders } = this.#ledger;
    if (kind === 'folder') return folders.path(id).display;
    const file = files.get(id)!;
    return joinPath(folders.path(file.folderId), file.name, file.nameRaw).display;
  }

  /** Undefined where it has settled itself while the list was put together. */
  #item(row: OwnedProblem): ProblemItem | undefined {
    const { files, folders, transfers, owners } = this.#ledger;
    const isFolder = row.kind === 'folder';
    const problem = (isFolder ? folders.get(row.id) : files.get(row.id))?.problem;
    if (!problem) return undefined;
    return {
      id: isFolder ? row.id : firstFile + row.id,
      path: this.#path(row),
      kind: row.kind,
      ...owners.ref(row.ownerId),
      transferId: isFolder ? null : (transfers.live(row.id)?.id ?? null),
      problem,
    };
  }
}

interface Owner {
  id: number;
  scan: number;
  /** Paths that a later run has looked at. */
  old: readonly string[];
}

/** What is no regular file stays so, and what is asked about waits for the answer. */
export function canBeRetried({ kind, isAsked }: ProblemRow): boolean {
  return kind !== 'special' && !isAsked;
}
