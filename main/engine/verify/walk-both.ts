import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { RuleDescription } from '../ignore/model.ts';
import { BoxListing } from '../job/box-listing.ts';
import { joinPath, type FolderPath } from '../ledger/folders.ts';
import { awayOf } from '../remote/fetch-item.ts';
import type { LocalName, ScannedFolder, ScanRoot } from '../scan/model.ts';
import { scanTrees } from '../scan/scan-trees.ts';

/** A local folder and what stands in its place on Box. */
export interface BothSides<S> {
  path: FolderPath;
  /** null where Box has no folder for it. */
  listing: BoxListing | null;
  /** What the visitor keeps of it. */
  state: S;
}

/** Who looks at both sides. A folder is opened, shown in slices and closed; its children follow. */
export interface BothVisitor<S> {
  /** @param parent null for the root */
  open(parent: BothSides<S> | null, name: LocalName, listing: BoxListing | null): S;
  slice(folder: BothSides<S>, slice: ScannedFolder): Promise<void>;
  /** @param problem set where the folder could not be read to its end */
  close(folder: BothSides<S>, problem: Problem | null): Promise<void>;
  /** The folder on Box that stands for a child, once its parent is closed; null where there is none. */
  childOnBox(folder: BothSides<S>, child: LocalName): string | null;
}

export interface WalkBothOptions<S> {
  root: ScanRoot;
  rules: RuleDescription;
  /** null: it is not there yet. */
  targetFolderId: string | null;
  connection: BoxConnection;
  visitor: BothVisitor<S>;
  signal: AbortSignal;
}

const foldersAtOnce = 4;

/**
 * Walks a local tree and lists the folders of Box beside it, each once, a few at a time. Held are the folders on the way down
 * and what is under way: never the tree. Nothing is written on either side. Rejects with `pair.root-missing`,
 * `pair.root-unreadable`, `pair.root-not-folder`, `pair.target-gone`, or with what a visitor or Box rejects with, when
 * nothing of it runs any more.
 */
export async function walkBoth<S>(options: WalkBothOptions<S>): Promise<void> {
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const underWay = new Set<Visit<S>>();
  try {
    await visitAll({ ...options, signal }, underWay);
  } finally {
    stopped.abort(new DOMException('Another folder has failed', 'AbortError'));
    await Promise.allSettled([...underWay].map((visit) => visit.work));
  }
}

async function visitAll<S>(options: WalkBothOptions<S>, underWay: Set<Visit<S>>): Promise<void> {
  const { root, rules, signal } = options;
  /** From the root down to the folder that is walked. */
  const way: Visit<S>[] = [];
  const container: { path: FolderPath | null } = { path: null };
  for await (const { folders } of scanTrees({ roots: [root], rules, signal })) {
    for (const slice of folders) {
      if (slice.parentKey === null) {
        container.path = containerPath(slice);
        continue;
      }
      let visit = way.at(-1);
      if (visit?.key !== slice.key) {
        while (way.length > 0 && way.at(-1)!.key !== slice.parentKey) way.pop();
        while (underWay.size >= foldersAtOnce) await Promise.race(endsOf(underWay));
        const begun = new Visit(options, way.at(-1) ?? null, container.path!, slice);
        visit = begun;
        way.push(begun);
        underWay.add(begun);
        begun.done.then(
          () => underWay.delete(begun),
          // Stays there, so that whoever waits for any of them is told.
          () => undefined,
        );
      }
      await visit.take(slice);
    }
  }
  await Promise.all(endsOf(underWay));
}

function endsOf<S>(visits: ReadonlySet<Visit<S>>): Promise<void>[] {
  return [...visits].map(({ done }) => done);
}

/** One folder on its way: what is awaited are the listing of its parent and its own. */
class Visit<S> {
  readonly key: number;
  /** Settles when the folder is closed. */
  readonly done: Promise<void>;
  readonly #options: WalkBothOptions<S>;
  readonly #parent: Visit<S> | null;
  readonly #path: FolderPath;
  readonly #name: LocalName;
  readonly #opened: Promise<BothSides<S>>;
  readonly #closed = Promise.withResolvers<undefined>();
  #slices = 0;
  #work: Promise<void>;

  constructor(options: WalkBothOptions<S>, parent: Visit<S> | null, container: FolderPath, first: ScannedFolder) {
    this.key = first.key;
    this.#options = options;
    this.#parent = parent;
    this.#name = { name: first.name, rawName: first.rawName };
    this.#path = joinPath(parent ? parent.#path : container, first.name, first.rawName);
    this.done = this.#closed.promise;
    this.#opened = this.#open();
    this.#work = this.#opened.then(() => undefined);
    this.#work.catch(this.#closed.reject);
  }

  /** What was taken so far; settles although slices may be missing. */
  get work(): Promise<void> {
    return this.#work;
  }

  /** Resolves when the slice before it is done, so that one waits at most. The first waits alone: the next folder may begin. */
  async take(slice: ScannedFolder): Promise<void> {
    const before = this.#work;
    this.#work = before.then(() => this.#visit(slice));
    this.#work.catch(this.#closed.reject);
    this.#slices += 1;
    if (this.#slices > 1) await before;
  }

  async #open(): Promise<BothSides<S>> {
    const { visitor, targetFolderId, connection, signal } = this.#options;
    await this.#parent?.done;
    const parent = this.#parent ? await this.#parent.#opened : null;
    const boxId = parent ? visitor.childOnBox(parent, this.#name) : targetFolderId;
    const listing = boxId === null ? null : await list(connection, boxId, parent === null, signal);
    return { path: this.#path, listing, state: visitor.open(parent, this.#name, listing) };
  }

  async #visit(slice: ScannedFolder): Promise<void> {
    const { visitor, signal } = this.#options;
    signal.throwIfAborted();
    const folder = await this.#opened;
    if (slice.problem && this.#parent === null) throw rootProblem(slice.problem, this.#path.display);
    await visitor.slice(folder, slice);
    if (!slice.last) return;
    await visitor.close(folder, slice.problem);
    // The children have their places: what stands in it is no longer needed.
    folder.listing = null;
    this.#closed.resolve(undefined);
  }
}

async function list(
  connection: BoxConnection,
  folderId: string,
  isTarget: boolean,
  signal: AbortSignal,
): Promise<BoxListing | null> {
  try {
    return await BoxListing.read(connection, folderId, signal);
  } catch (error) {
    // A folder that went away since its parent was listed.
    if (awayOf(error) === undefined) throw error;
    if (!isTarget) return null;
    const { problem } = error as ProblemError;
    throw new ProblemError({ ...problem, code: 'pair.target-gone' }, { cause: error });
  }
}

/** The folder that the root stands in. Throws where the root is not a folder that can be walked. */
function containerPath({ name, rawName, entries: [root] }: ScannedFolder): FolderPath {
  const path: FolderPath = { display: name, local: rawName ? Buffer.from(rawName) : name };
  if (root && !root.problem && root.kind === 'folder') return path;
  const item = root ? joinPath(path, root.name, root.rawName).display : name;
  if (root?.problem) throw rootProblem(root.problem, item);
  const detail = root ? `It is a ${root.kind}` : 'It is not there';
  throw new ProblemError({ code: 'pair.root-not-folder', operation: 'read folder', detail, item, at: Date.now() });
}

function rootProblem(problem: Problem, item: string): ProblemError {
  const code = problem.code === 'local.missing' ? 'pair.root-missing' : 'pair.root-unreadable';
  return new ProblemError({ ...problem, code, item });
}
