import { nameKey, nameProblem } from '../../../shared/box-names.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { ensureFolder } from '../../box/folders.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import { proposeName } from '../names/propose-name.ts';
import { findTwins } from '../plan/twins.ts';
import { failureOf } from '../progress/failure-of.ts';
import { ask, type PairServices } from './services.ts';

/** Gives folders their place on Box, each once however many of its children ask for it at a time. */
export class FolderStands {
  readonly #services: PairServices;
  readonly #underWay = new Map<number, Promise<string | undefined>>();
  #twins: Map<number, ReadonlyMap<string, string>> | null = null;

  constructor(services: PairServices) {
    this.#services = services;
  }

  /**
   * The folder's id on Box; made where it has none, its parents first, and taken over where one of that name stands there.
   * Undefined where it can't stand (the problem is then recorded with it), or is not here any more. Rejects with what
   * concerns more than this folder.
   */
  stand(folderId: number, signal: AbortSignal): Promise<string | undefined> {
    const running = this.#underWay.get(folderId);
    if (running) return running;
    const standing = this.#stand(folderId, signal).finally(() => this.#underWay.delete(folderId));
    this.#underWay.set(folderId, standing);
    return standing;
  }

  /**
   * Runs work during which no name changes here: the names of a folder are read once for all folders in it. (What comes to
   * stand on Box meanwhile changes no verdict: of several twins only the one that goes up does so.)
   */
  async whileNamesRest<T>(work: () => Promise<T>): Promise<T> {
    this.#twins = new Map();
    try {
      return await work();
    } finally {
      this.#twins = null;
    }
  }

  async #stand(folderId: number, signal: AbortSignal): Promise<string | undefined> {
    const { ledger, clock, connection } = this.#services;
    const folder = ledger.tree.folder(folderId);
    if (!folder || folder.state === 'gone' || folder.state === 'left' || folder.state === 'failed') return undefined;
    if (folder.parentId === null) return folder.boxId!;
    const parentId = await this.stand(folder.parentId, signal);
    if (parentId === undefined) return undefined;
    if (folder.boxId !== null) return folder.boxId;
    try {
      this.#refuseBadName(folder);
      // Until the answer is there it may stand on Box, and only this says so: see bindMade.
      await ledger.step(() => ledger.tree.setMoving('folder', [folderId], true));
      const { folder: made, created } = await ensureFolder(connection, { parentId, name: folder.name }, { signal });
      // What was made just now is empty: it need not be listed.
      await ledger.write(() => {
        ledger.tree.place(folderId, made.id, created ? clock.now() : null);
        ledger.questions.withdraw('name', { ownerId: folder.pairId, folderId });
      });
      return made.id;
    } catch (error) {
      signal.throwIfAborted();
      await this.#failed(folder, error);
      return undefined;
    }
  }

  #refuseBadName({ name, parentId }: PairFolder): void {
    const refuse = (code: ProblemCode, detail: string) => {
      throw new ProblemError({ code, operation: 'create folder', detail, at: this.#services.clock.now() });
    };
    const bad = nameProblem(name);
    if (bad) refuse(bad, '');
    const twin = this.#twinsIn(parentId!).get(name);
    if (twin !== undefined) refuse('name.twins', `"${twin}" goes up in its place`);
  }

  #twinsIn(folderId: number): ReadonlyMap<string, string> {
    const known = this.#twins?.get(folderId);
    if (known) return known;
    const names = this.#services.ledger.tree.names(folderId);
    const onBox = new Set(names.filter((child) => child.onBox).map((child) => child.name));
    const twins = findTwins(
      names.map((child) => child.name),
      onBox,
    );
    this.#twins?.set(folderId, twins);
    return twins;
  }

  /** A problem of this folder alone is recorded with it; anything else is thrown on. */
  async #failed(folder: PairFolder, error: unknown): Promise<void> {
    const { ledger, onEvent } = this.#services;
    if (!(error instanceof ProblemError)) throw error;
    const { problem } = error;
    if (!error.isOfItem) throw error;
    // The parent is gone on Box: that is for whoever follows Box's side, and not this folder's fault.
    if (problem.code === 'target.not-found' || problem.code === 'target.trashed') throw error;
    const path = ledger.folders.path(folder.id).display;
    const isLeftOut = ledger.questions.isLeftOut('folder', folder.id, path);
    await ledger.write(() => {
      ledger.folders.fail(folder.id, { ...problem, item: path });
      if (problem.code.startsWith('name.') && !isLeftOut) this.#askOfName(folder, path, problem.detail);
    });
    if (isLeftOut) return;
    onEvent({ type: 'file', pairId: folder.pairId, outcome: failureOf(path, 'failed', 0, problem) });
  }

  /** What would settle it is proposed. Within a transaction. */
  #askOfName(folder: PairFolder, path: string, detail: string): void {
    const { tree } = this.#services.ledger;
    const keys = new Set(tree.names(folder.parentId!).map(({ name }) => nameKey(name)));
    if (detail === '') keys.delete(nameKey(folder.name));
    const proposal = proposeName(folder.name, true, Buffer.byteLength(folder.name), keys);
    if (proposal === folder.name) return;
    const why = detail === '' ? 'Box does not take this name for a folder' : `Box does not take this folder: ${detail}`;
    ask(this.#services, {
      ownerId: folder.pairId,
      kind: 'name',
      fileId: null,
      folderId: folder.id,
      path,
      text: `${why}. Rename it here to "${proposal}"?`,
      detail: { proposal },
    });
  }
}
