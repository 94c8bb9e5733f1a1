import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { IfExists, JobCounts, JobState, JobSummary } from '../../../shared/model.ts';
import { problemSchema, type Problem } from '../../../shared/problem.ts';
import type { Database, Row } from './database.ts';

const pathsSchema = z.array(z.string());

/** A job as the engine works with it; counts are asked for apart. */
export interface JobRow {
  id: number;
  accountId: number;
  paths: string[];
  target: string;
  targetFolderId: string | null;
  ifExists: IfExists;
  state: JobState;
  problem: Problem | null;
  scan: number;
  createdAt: number;
  finishedAt: number | null;
}

/** Reads a problem column: JSON, or null. */
export function readProblem(value: unknown): Problem | null {
  return typeof value === 'string' ? problemSchema.parse(JSON.parse(value)) : null;
}

/** What makes two commands the same job: the account, the set of paths and the target, but not the order or the policy. */
export function jobIdentity(accountId: number, paths: readonly string[], target: string): string {
  const text = JSON.stringify([accountId, [...paths].sort(), target]);
  return createHash('sha256').update(text).digest('hex');
}

/** Accounts, owners and jobs. Every method that writes is called within a transaction of the database. */
export class JobStore {
  readonly #db: Database;
  /** Jobs that stand still with what the disk had no room for, until their next state. */
  readonly #unwritten = new Map<number, Problem>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The account of a user on a Box, made when new; returns its id. */
  upsertAccount(account: { boxHost: string; userId: string; login: string | null }): number {
    const known = this.#db.get(
      'SELECT id FROM account WHERE box_host = ? AND user_id = ?',
      account.boxHost,
      account.userId,
    );
    if (known) {
      const id = Number(known['id']);
      this.#db.run('UPDATE account SET login = ? WHERE id = ?', account.login, id);
      return id;
    }
    return this.#db.run(
      'INSERT INTO account (box_host, user_id, login) VALUES (?, ?, ?)',
      account.boxHost,
      account.userId,
      account.login,
    ).id;
  }

  /** The job of these paths and this target, made when new; an earlier one takes the policy of now. */
  open(job: { accountId: number; paths: string[]; target: string; ifExists: IfExists; now: number }): {
    id: number;
    known: JobState | null;
  } {
    const identity = jobIdentity(job.accountId, job.paths, job.target);
    const known = this.#db.get('SELECT id, state FROM job WHERE identity = ?', identity);
    if (known) {
      const id = Number(known['id']);
      this.#db.run('UPDATE job SET if_exists = ? WHERE id = ?', job.ifExists, id);
      return { id, known: known['state'] as JobState };
    }
    const { id } = this.#db.run("INSERT INTO owner (kind, account_id) VALUES ('job', ?)", job.accountId);
    this.#db.run(
      "INSERT INTO job (id, identity, paths, target, if_exists, state, created_at) VALUES (?, ?, ?, ?, ?, 'stopped', ?)",
      id,
      identity,
      JSON.stringify(job.paths),
      job.target,
      job.ifExists,
      job.now,
    );
    return { id, known: null };
  }

  get(id: number): JobRow | undefined {
    const row = this.#db.get(`${select} WHERE job.id = ?`, id);
    return row && this.#asIs(toJob(row));
  }

  list(unfinishedOnly: boolean): JobRow[] {
    const where = unfinishedOnly ? "WHERE job.state NOT IN ('done', 'aborted')" : '';
    return this.#db.all(`${select} ${where} ORDER BY job.id`).map((row) => this.#asIs(toJob(row)));
  }

  /** A job is blocked, and that can't be written down: who follows it is told all the same. */
  blockUnwritten(id: number, problem: Problem): void {
    this.#unwritten.set(id, problem);
  }

  #asIs(job: JobRow): JobRow {
    const problem = this.#unwritten.get(job.id);
    return problem ? { ...job, state: 'blocked', problem } : job;
  }

  setState(id: number, state: JobState, problem: Problem | null, now: number): void {
    this.#db.run(
      'UPDATE job SET state = ?, problem = ?, finished_at = ? WHERE id = ?',
      state,
      problem && JSON.stringify(problem),
      state === 'done' || state === 'aborted' ? now : null,
      id,
    );
    this.#unwritten.delete(id);
  }

  /** What a job that is under way waits for, or null; one that is not has its problem from `setState`. */
  setProblem(id: number, problem: Problem | null): void {
    this.#db.run(
      "UPDATE job SET problem = ? WHERE id = ? AND state IN ('scanning', 'active')",
      problem && JSON.stringify(problem),
      id,
    );
  }

  setTargetFolder(id: number, folderId: string): void {
    this.#db.run('UPDATE job SET target_folder_id = ? WHERE id = ?', folderId, id);
  }

  /** Begins a scan and returns its number. Rows of an older number are no longer there, or wait for this scan to reach them. */
  beginScan(id: number): number {
    this.#db.run('UPDATE job SET scan = scan + 1 WHERE id = ?', id);
    return Number(this.#db.get('SELECT scan FROM job WHERE id = ?', id)!['scan']);
  }

  /** A start of the engine: nothing is under way. */
  stopAll(): void {
    this.#db.run("UPDATE job SET state = 'stopped' WHERE state IN ('scanning', 'active', 'blocked')");
  }

  summary(id: number): JobSummary | undefined {
    const job = this.get(id);
    if (!job) return undefined;
    const { counts, bytes } = this.#counts(id);
    const totalBytes = Object.values(bytes).reduce((sum, value) => sum + value, 0);
    const finished = ['sent', 'adopted', 'unchanged', 'kept'].reduce((sum, name) => sum + (bytes[name] ?? 0), 0);
    const { accountId: _account, scan: _scan, ...shown } = job;
    return { ...shown, counts, totalBytes, doneBytes: finished };
  }

  #counts(id: number): { counts: JobCounts; bytes: Record<string, number> } {
    const files: Record<string, number> = {};
    const bytes: Record<string, number> = {};
    for (const row of this.#db.all('SELECT outcome, files, bytes FROM owner_count WHERE owner_id = ?', id)) {
      const outcome = row['outcome'] as string;
      files[outcome] = Number(row['files']);
      if (outcome !== 'gone' && outcome !== 'special') bytes[outcome] = Number(row['bytes']);
    }
    const of = (outcome: string) => files[outcome] ?? 0;
    const regular = ['pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted'];
    const folders = this.#db.get(
      `SELECT ifnull(sum(folders), 0) AS folders, ifnull(sum(folders) FILTER (WHERE state = 'failed'), 0) AS failed
         FROM folder_count WHERE owner_id = ? AND container = 0 AND scan = (SELECT scan FROM job WHERE id = ?)`,
      id,
      id,
    )!;
    const counts: JobCounts = {
      files: regular.reduce((sum, outcome) => sum + of(outcome), 0),
      folders: Number(folders['folders']),
      sent: of('sent'),
      adopted: of('adopted'),
      unchanged: of('unchanged'),
      kept: of('kept'),
      failed: of('failed'),
      aborted: of('aborted'),
      pending: of('pending'),
      special: of('special'),
      failedFolders: Number(folders['failed']),
    };
    return { counts, bytes };
  }
}

const select = `SELECT job.id, owner.account_id, paths, target, target_folder_id, if_exists, state, problem, scan,
  created_at, finished_at FROM job JOIN owner ON owner.id = job.id`;

function toJob(row: Row): JobRow {
  return {
    id: Number(row['id']),
    accountId: Number(row['account_id']),
    paths: pathsSchema.parse(JSON.parse(row['paths'] as string)),
    target: row['target'] as string,
    targetFolderId: row['target_folder_id'] as string | null,
    ifExists: row['if_exists'] as IfExists,
    state: row['state'] as JobState,
    problem: readProblem(row['problem']),
    scan: Number(row['scan']),
    createdAt: Number(row['created_at']),
    finishedAt: row['finished_at'] === null ? null : Number(row['finished_at']),
  };
}
