import type { Problem } from '../../../shared/problem.ts';
import type { Database } from './database.ts';
import { readProblem } from './jobs.ts';
import { isLive } from './transfer-sql.ts';

/** A transfer of which parts may be on Box. */
export interface InParts {
  id: number;
  sizeBytes: number;
  session: { partSizeBytes: number; totalParts: number };
  updatedAt: number;
}

/** Figures over all jobs and pairs. Only reads, and reads only what is kept counted. */
export class Totals {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Jobs that are going on and pairs that are neither paused nor being removed. `isScanning`: more may be found. */
  goingOn(): { ownerId: number; isScanning: boolean }[] {
    const jobs = this.#db.arrays("SELECT id, state = 'scanning' FROM job WHERE state IN ('scanning', 'active')");
    const pairs = this.#db.arrays('SELECT id, 0 FROM pair WHERE paused = 0 AND removed_at IS NULL');
    return [...jobs, ...pairs].map(([id, scanning]) => ({ ownerId: Number(id), isScanning: scanning === 1 }));
  }

  /** Files of an owner that are still to go up, and their sizes. */
  pending(ownerId: number): { files: number; bytes: number } {
    const [row] = this.#db.arrays(
      "SELECT files, bytes FROM owner_count WHERE owner_id = ? AND outcome = 'pending'",
      ownerId,
    );
    return { files: Number(row?.[0] ?? 0), bytes: Number(row?.[1] ?? 0) };
  }

  /** Transfers of an owner with a session that have not ended: parts of them may be on Box. */
  inParts(ownerId: number): InParts[] {
    return this.#db
      .arrays(
        `SELECT id, size, session ->> '$.partSizeBytes', session ->> '$.totalParts', updated_at
           FROM transfer INDEXED BY transfer_parts
           WHERE owner_id = ? AND session IS NOT NULL AND ${isLive} LIMIT 1000`,
        ownerId,
      )
      .map(([id, size, partSize, parts, updatedAt]) => ({
        id: Number(id),
        sizeBytes: Number(size),
        session: { partSizeBytes: Number(partSize), totalParts: Number(parts) },
        updatedAt: Number(updatedAt),
      }));
  }

  /** Those of these transfers that have not ended. */
  unended(ids: readonly number[]): number[] {
    return ids.filter((id) => {
      const [row] = this.#db.arrays(`SELECT ${isLive} FROM transfer WHERE id = ?`, id);
      return row?.[0] === 1;
    });
  }

  pairs(): number {
    return Number(this.#db.arrays('SELECT count(*) FROM pair WHERE removed_at IS NULL')[0]![0]);
  }

  questions(): number {
    return Number(this.#db.arrays('SELECT count(*) FROM question WHERE answer IS NULL')[0]![0]);
  }

  /** Files that failed, and folders that could not be read or made, but for those that a question is open about. */
  problems(): number {
    const [[files]] = this.#db.arrays("SELECT ifnull(sum(files), 0) FROM owner_count WHERE outcome = 'failed'") as [
      [number],
    ];
    // Of jobs only what the last scan has found counts; rows of pairs carry the scan 0.
    const [[folders]] = this.#db.arrays(
      `SELECT ifnull(sum(folders), 0) FROM folder_count LEFT JOIN job ON job.id = folder_count.owner_id
         WHERE folder_count.state = 'failed' AND container = 0 AND folder_count.scan = ifnull(job.scan, 0)`,
    ) as [[number]];
    const [[asked]] = this.#db.arrays(
      `SELECT count(*) FROM question WHERE answer IS NULL AND ((SELECT outcome FROM file WHERE file.id = file_id) = 'failed'
         OR (SELECT state FROM folder WHERE folder.id = question.folder_id) = 'failed')`,
    ) as [[number]];
    return files + folders - asked;
  }

  /** What holds jobs and pairs as a whole. */
  blocking(): Problem[] {
    const rows = [
      ...this.#db.arrays("SELECT problem FROM job WHERE state IN ('blocked', 'scanning', 'active')"),
      ...this.#db.arrays('SELECT problem FROM pair WHERE problem IS NOT NULL AND paused = 0 AND removed_at IS NULL'),
    ];
    return rows.flatMap(([problem]) => readProblem(problem) ?? []);
  }
}
