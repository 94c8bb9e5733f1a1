// Joins the database and the files on disk so that they agree after the process is killed at any line.
//
// [Note: Effects] A change writes its rows and the file moves it needs in one transaction; the moves are made right after the
// commit, and the next transaction forgets them: it writes its own over them, unless one could not be made, which then keeps
// its place in the order. So at a start only the moves of the last transaction and those that failed can be outstanding,
// and each is repeated only where its source still exists and its target doesn't yet. Where one fails again, all that aren't made
// wait for another start: a later one may need the earlier.
//
// [Note: Together] Changes that come in one turn of the event loop may share a transaction (`changeSoon`): its frames in the log
// and the pages that all of them touch cost once. Nobody hears of a change before its commit. Only changes may share one whose
// moves have sources or targets of their own, which nothing else ever has: then [Note: Effects] holds for all of them.
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SandboxError } from '../sandbox-error.ts';
import { openDatabase, type Database, type Query } from './database.ts';

/** The hidden folder beside the tree. Nothing on Box can have this name at the root's top level on disk. */
export const stateFolderName = '.boxcar-sandbox';

/** File moves that belong to a change. Paths are relative to the root. */
export interface Effects {
  move(source: string, target: string): void;
  makeFolder(path: string): void;
  /** Moves the path out of sight; it is deleted in the background. */
  discard(path: string): void;
}

/** A change that waits for its turn's transaction. */
interface Waiting {
  work: (effects: Effects) => unknown;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

interface EffectRow {
  id: number;
  kind: string;
  source: string;
  target: string;
}

/** A change stands in the database, but a file move of it could not be made: a later start makes it, if its source stays where it is. */
export class EffectError extends Error {
  constructor({ source, target }: { source: string; target: string }, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${source} could not be moved to ${target} and waits for another start: ${reason}`, { cause });
    this.name = 'EffectError';
  }
}

/** Paths that may be one place on this system's disk become one text. Folding too much only costs a nicer name. */
const onDisk = (path: string): string =>
  process.platform === 'linux' ? path : path.normalize('NFKC').toUpperCase().toLowerCase();

/** Whether anything lies at a path. A link that leads nowhere does: a move to its place would put an end to it. */
function isOccupied(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function settle({ resolve, reject }: Waiting, make: () => unknown): void {
  try {
    resolve(make() as never);
  } catch (error) {
    reject(error);
  }
}

/** Node's recursive mkdir never returns where the system answers ENOENT below a folder that exists, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  // A drive that is not there has nothing above it.
  if (above !== path) makeFolder(above);
  mkdirSync(path);
}

export class State {
  readonly root: string;
  readonly database: Database;
  /** Called before each change. */
  onChange: () => void = () => undefined;
  /** Called after each change was rolled back: caches must forget what they saw. */
  onRollback: () => void = () => undefined;
  readonly #addEffect: Query<unknown>;
  readonly #forgetEffect: Query<unknown>;
  #applied: number[] = [];
  /** An effect could not be made: its row stays until the next start. */
  #hasFailed = false;
  #discarded = 0;
  #removals: Promise<void>[] = [];
  #waiting: Waiting[] = [];
  /** Where the moves of the current transaction lead. */
  readonly #targets = new Set<string>();

  constructor(root: string) {
    this.root = root;
    const folder = join(root, stateFolderName);
    try {
      for (const name of ['incoming', 'sessions', 'versions', 'trash']) makeFolder(join(folder, name));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new SandboxError(
        'root-unusable',
        `The folder ${root} can't be used: ${text}. Choose another with --root.`,
        {
          cause: error,
        },
      );
    }
    this.database = openDatabase(join(folder, 'state.db'));
    // A null id is the next free one.
    this.#addEffect = this.database.query(
      'insert or replace into effect (id, kind, source, target) values (?, ?, ?, ?)',
    );
    this.#forgetEffect = this.database.query('delete from effect where id = ?');
    this.#recover();
  }

  /** Absolute path of a path relative to the root. */
  path(relative: string): string {
    return `${this.root}/${relative}`;
  }

  /** Bytes free on the root's file system. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.root);
    return bavail * bsize;
  }

  /**
   * Makes one change: rows in a transaction, then the file moves. Synchronous, so changes never interleave.
   * @throws whatever `work` throws, with nothing changed; EffectError where a move can't be made, with the rows changed.
   */
  change<Result>(work: (effects: Effects) => Result): Result {
    const { results, plans } = this.#commit([work]);
    this.#applied = [];
    this.#applyAll(plans[0] ?? []);
    return results[0] as Result;
  }

  /**
   * As `change`, but at the end of this turn of the event loop and in one transaction with the others that wait for it
   * ([Note: Together]). `work` may run twice: where one fails, each is made by itself.
   * @throws as `change`
   */
  changeSoon<Result>(work: (effects: Effects) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ work, resolve, reject }) === 1) setImmediate(() => this.#changeTogether());
    });
  }

  #changeTogether(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    let made: { results: unknown[]; plans: EffectRow[][] };
    try {
      made = this.#commit(waiting.map(({ work }) => work));
    } catch (error) {
      if (waiting.length === 1) return waiting[0]?.reject(error);
      for (const one of waiting) settle(one, () => this.change(one.work));
      return;
    }
    this.#applied = [];
    waiting.forEach((one, index) =>
      settle(one, () => {
        this.#applyAll(made.plans[index] ?? []);
        return made.results[index];
      }),
    );
  }

  /** The rows of some changes, in one transaction. Gives what each made and the moves it planned. */
  #commit(works: ((effects: Effects) => unknown)[]): { results: unknown[]; plans: EffectRow[][] } {
    const spent = this.#hasFailed ? [] : this.#applied;
    const plans: EffectRow[][] = [];
    let planned = 0;
    this.#targets.clear();
    this.onChange();
    try {
      return this.database.transaction(() => {
        const results = works.map((work) => {
          const plan: EffectRow[] = [];
          plans.push(plan);
          return work(
            this.#planner((kind, source, target) => {
              const place = spent[planned++] ?? null;
              plan.push({ id: this.#addEffect.run(place, kind, source, target).lastId, kind, source, target });
            }),
          );
        });
        const kept = spent.length > 0 ? planned : 0;
        for (const id of this.#applied.slice(kept)) this.#forgetEffect.run(id);
        return { results, plans };
      });
    } catch (error) {
      this.onRollback();
      throw error;
    }
  }

  #planner(plan: (kind: string, source: string, target: string) => void): Effects {
    return {
      move: (source, target) => {
        plan('move', source, target);
        this.#targets.add(onDisk(target));
      },
      makeFolder: (path) => plan('folder', path, path),
      discard: (path) =>
        plan('discard', path, `${stateFolderName}/discarded-${process.pid}-${Date.now()}-${++this.#discarded}`),
    };
  }

  #applyAll(effects: EffectRow[]): void {
    for (const effect of effects) {
      try {
        this.#apply(effect);
      } catch (error) {
        this.#hasFailed = true;
        throw new EffectError(effect, error);
      }
      this.#applied.push(effect.id);
    }
  }

  /** Whether something lies at a path relative to the root, or will once the moves of this transaction are made. */
  isTaken(path: string): boolean {
    return this.#targets.has(onDisk(path)) || isOccupied(this.path(path));
  }

  async close(): Promise<void> {
    this.#changeTogether();
    await Promise.allSettled(this.#removals);
    this.database.close();
  }

  #apply({ kind, source, target }: EffectRow): void {
    const to = this.path(target);
    if (kind === 'folder') {
      mkdirSync(to, { recursive: true });
      return;
    }
    try {
      renameSync(this.path(source), to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // A person may have removed a file or folder by hand. What is gone can't be moved; a missing target folder is made again.
      if (!isOccupied(this.path(source))) return;
      mkdirSync(dirname(to), { recursive: true });
      renameSync(this.path(source), to);
    }
    if (kind === 'discard') this.#remove(to);
  }

  #remove(path: string): void {
    const removal = rm(path, { recursive: true, force: true }).catch(() => undefined);
    this.#removals.push(removal);
    void removal.then(() => (this.#removals = this.#removals.filter((other) => other !== removal)));
  }

  #recover(): void {
    const kept = new Set<string>();
    for (const { id, source } of this.#repeatEffects()) {
      if (this.#hasFailed) kept.add(this.path(source));
      else this.#forgetEffect.run(id);
    }
    const folder = this.path(stateFolderName);
    for (const name of readdirSync(folder)) {
      if (name.startsWith('discarded-')) rmSync(join(folder, name), { recursive: true, force: true });
    }
    const removeUnlessKept = (path: string): void => {
      if (!kept.has(this.path(path))) rmSync(this.path(path), { force: true });
    };
    for (const name of readdirSync(join(folder, 'incoming'))) removeUnlessKept(`${stateFolderName}/incoming/${name}`);
    const live = this.database.query('select 1 from session where id = ? and committed_file is null');
    for (const name of readdirSync(join(folder, 'sessions'))) {
      if (!live.get(name)) removeUnlessKept(`${stateFolderName}/sessions/${name}`);
    }
  }

  /** Makes the outstanding moves that can be made, and notes whether one can't. Gives those of which nothing shows that they are made. */
  #repeatEffects(): EffectRow[] {
    return this.database
      .query<EffectRow>('select * from effect order by id')
      .all()
      .filter((effect) => {
        const isThere = (path: string): boolean => isOccupied(this.path(path));
        try {
          if (effect.kind === 'folder' || (isThere(effect.source) && !isThere(effect.target))) this.#apply(effect);
        } catch {
          this.#hasFailed = true;
        }
        const isMade = isThere(effect.target) && (effect.kind === 'folder' || !isThere(effect.source));
        if (isMade) this.#forgetEffect.run(effect.id);
        return !isMade;
      });
  }
}
