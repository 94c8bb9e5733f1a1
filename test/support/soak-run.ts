// Folder pairs kept up to date by the built command, as processes that are killed and started again; and the sandbox they go to.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { startSandbox } from '../../main/sandbox/server.ts';
import { boxcar, sandboxEnvironment, type Command } from './boxcar-command.ts';
import { localTree } from './pair-fixture.ts';
import { historyKey, type SoakDisk } from './soak-disk.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What sends content. */
const sending = ['upload-file', 'upload-version', 'create-session', 'create-version-session', 'upload-part'];
/** The engine leads its events to the command in batches of at most so long; twice that and nothing new: it rests. */
const quietMs = 600;
const patienceMs = 60_000;

export interface SoakPair {
  root: string;
  /** The folder on Box, which is directly below its root. */
  target: string;
  deletions: 'keep' | 'trash';
}

/** `boxcar run` on a data folder over a sandbox whose requests are counted. */
export class SoakRun {
  readonly pairs: readonly SoakPair[];
  /** Requests that send content, since the last time that this was set to 0. */
  sent = 0;
  readonly #env: NodeJS.ProcessEnv;
  readonly #boxRoot: string;
  readonly #api: (path: string) => Promise<unknown>;
  #command: Command | null = null;

  /** The sandbox, and the pairs added; nothing keeps them up to date yet. */
  static async open(pairs: readonly SoakPair[], settle: string): Promise<SoakRun> {
    const boxRoot = temporaryFolder();
    const opened: { run?: SoakRun } = {};
    const sandbox = await startSandbox({
      root: boxRoot,
      port: 0,
      partSize: 2 ** 20,
      intercept: ({ route }) => {
        if (opened.run && sending.includes(route ?? '')) opened.run.sent += 1;
        return undefined;
      },
    });
    onTestFinished(() => sandbox.close());
    const { ready } = sandbox;
    const api = async (path: string) =>
      (await fetch(`${ready.api}${path}`, { headers: { authorization: `Bearer ${ready.token}` } })).json() as unknown;
    const run = new SoakRun(pairs, boxRoot, sandboxEnvironment(ready, temporaryFolder()), api);
    opened.run = run;
    for (const { root, target, deletions } of pairs) {
      const add = boxcar(['add', root, '--to', `/${target}`, '--settle', settle, '--deletions', deletions], run.#env);
      expect(await add.exit, add.stderr()).toBe(0);
    }
    return run;
  }

  private constructor(
    pairs: readonly SoakPair[],
    boxRoot: string,
    env: NodeJS.ProcessEnv,
    api: (path: string) => Promise<unknown>,
  ) {
    this.pairs = pairs;
    this.#boxRoot = boxRoot;
    this.#env = env;
    this.#api = api;
  }

  start(): void {
    this.#command = boxcar(['run', '--json'], this.#env);
  }

  /** kill -9 to all processes at once. */
  async kill(): Promise<void> {
    this.#command!.killAll();
    await this.#command!.exit;
  }

  /** What the command told, for whoever looks for a fault. */
  get told(): string {
    return this.#command?.stdout() ?? '';
  }

  /**
   * Resolves when nothing is left to do: the last thing told is `synced`, every pair says so, and nothing more comes. Large
   * deletions are allowed, as somebody would; any other question is a fault.
   */
  async rest(): Promise<void> {
    const until = performance.now() + patienceMs;
    for (let last = -1; ;) {
      const { events } = this.#command!;
      await sleep(quietMs);
      const isQuiet = events.length === last && events.some(({ event }) => event === 'synced');
      last = events.length;
      if (isQuiet && !(await this.#answer()) && (await this.#areSynced()) && events.length === last) return;
      if (performance.now() > until) throw new Error(`Not at rest after ${patienceMs} ms: ${this.told.slice(-3000)}`);
    }
  }

  /** The pairs on Box are the pairs here by their rules, as they lie in the sandbox's folder and as `boxcar verify` says. */
  async expectEqual(disk: SoakDisk): Promise<void> {
    // What was deleted where it is kept stays on Box, in whichever folder it comes along; and what comes along to where it is kept.
    const histories = (pairs: readonly SoakPair[]) =>
      new Set(pairs.flatMap(({ root }) => [...disk.history.get(root)!]));
    const everything = histories(this.pairs);
    const kept = histories(this.pairs.filter(({ deletions }) => deletions === 'keep'));
    for (const { root, target, deletions } of this.pairs) {
      const here = disk.tree(root);
      const onBox = localTree(join(this.#boxRoot, target));
      const extra = [...onBox].filter(([path]) => !here.has(path));
      const rest = new Map([...onBox].filter(([path]) => here.has(path)));
      expect(rest, `what stands on Box of ${root}`).toEqual(here);
      const known = deletions === 'keep' ? everything : kept;
      const unknown = extra.filter(([path, sha1]) => !known.has(historyKey(path, sha1)));
      expect(unknown, `only on Box in ${target}`).toEqual([]);
    }
    const verify = boxcar(['verify', '--json'], this.#env);
    await verify.exit;
    // What is kept on Box is extra only where the ledger does not know it any more; the walk above has looked at it.
    const differences = verify.events.filter(({ event }) => event === 'difference');
    const faults = differences.filter(({ what }) => what !== 'extra');
    expect(faults, verify.stdout()).toEqual([]);
    expect(await verify.exit, verify.stdout() + verify.stderr()).toBe(differences.length > 0 ? 1 : 0);
    await this.#expectDistinctVersions('0');
  }

  /** The ids of files that are on Box alone: deleted here, and kept there. */
  async onBoxAlone(disk: SoakDisk): Promise<Set<string>> {
    const alone = new Set<string>();
    const look = async (folderId: string, path: string, here: ReadonlyMap<string, unknown>): Promise<void> => {
      for (const { type, id, name } of await this.#list(folderId)) {
        if (type === 'folder') await look(id, `${path}${name}/`, here);
        else if (!here.has(path + name)) alone.add(id);
      }
    };
    const roots = await this.#list('0');
    for (const { root, target } of this.pairs) {
      await look(roots.find(({ name }) => name === target)!.id, '', disk.tree(root));
    }
    return alone;
  }

  async #list(folderId: string): Promise<Listing['entries']> {
    const { entries } = (await this.#api(`/folders/${folderId}/items?limit=1000&fields=sha1,name`)) as Listing;
    return entries;
  }

  /** No version has the content of the one before. */
  async #expectDistinctVersions(folderId: string): Promise<void> {
    for (const { type, id, name, sha1 } of await this.#list(folderId)) {
      if (type === 'folder') await this.#expectDistinctVersions(id);
      if (type !== 'file') continue;
      const versions = (await this.#api(`/files/${id}/versions?limit=1000&fields=sha1`)) as Listing;
      const all = [sha1, ...versions.entries.map((version) => version.sha1)];
      const again = all.filter((content, at) => at > 0 && content === all[at - 1]);
      expect(again, `versions of ${name} without a change`).toEqual([]);
    }
  }

  async #areSynced(): Promise<boolean> {
    const pairs = boxcar(['pairs', '--json'], this.#env);
    expect(await pairs.exit, pairs.stderr()).toBe(0);
    const states = pairs.events.filter(({ event }) => event === 'pair').map(({ state }) => state);
    return states.length === this.pairs.length && states.every((state) => state === 'synced');
  }

  /** Whether anything was asked. */
  async #answer(): Promise<boolean> {
    const asked = boxcar(['questions', '--json'], this.#env);
    expect(await asked.exit, asked.stderr()).toBe(0);
    const questions = asked.events.filter(({ event }) => event === 'question');
    for (const question of questions) {
      expect(question['kind'], JSON.stringify(question)).toBe('many-deletions');
      const answer = boxcar(['answer', String(question['question'] ?? question['id']), 'trash', '--json'], this.#env);
      expect(await answer.exit, answer.stderr()).toBe(0);
    }
    return questions.length > 0;
  }
}

interface Listing {
  entries: { type: string; id: string; name: string; sha1: string }[];
}
