import { sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PairWatchReport, PairState } from '../../../shared/pair-model.ts';
import type { Problem } from '../../../shared/problem.ts';
import { formatTarget } from '../../../shared/ids.ts';
import type { PairRow } from '../ledger/pairs.ts';
import type { WalkFindings } from './record-walk.ts';
import { WalkRecorder } from './record-walk.ts';
import { lookAtRoot } from './look-at-root.ts';
import type { ScanRoot } from '../scan/model.ts';
import { walkPair, type ScanRequest } from './scan-pair.ts';
import { ask, type PairServices } from './services.ts';

/** Folders that are hinted at one by one; more are one walk of the whole pair. */
const mostHints = 1000;
const hourMs = 3_600_000;
/** What the watcher tells of one change, in two folders say, comes within this time: both ends of a move are known then. */
const hintSpreadMs = 1000;
/** A folder that is missing or not the one is looked at again this often. */
const rootAgainMs = 15_000;

/** What the app's watcher is told. */
export interface WatchLink {
  /** `more`: the walk goes on. */
  watch(pair: PairRow, folders: string[], more: boolean): void;
  unwatch(pair: PairRow, folders: string[] | null): void;
}

/** One pair that is kept up to date: what is to be read again, what waits for a decision, and how its walk goes. */
export class PairRun {
  readonly id: number;
  /** Folders in which something waits, and from when on it may be decided (monotonic). */
  readonly dirty = new Map<number, number>();
  watch: PairWatchReport | null = null;
  scan: { files: number; folders: number; ignored: number; bytes: number } | null = null;
  /** How often in a row something concerned every file, and none has arrived since. */
  blocks = 0;
  /** Something is gone, and not decided. */
  lost = true;
  /** Paused or removed: nothing of it starts any more. */
  ended = false;
  /** Why it stands still, and when it is tried again (monotonic). */
  blocked: { problem: Problem; untilMs: number } | null = null;
  readonly #services: PairServices;
  readonly #dataFolder: string;
  readonly #link: WatchLink;
  #whole = true;
  #scannedWhole = false;
  /** What was asked for is being walked, and no folder of it need be read yet. */
  #isWalking = false;
  #hints = new Set<string>();
  #deep = new Set<string>();
  #nextWholeMs = 0;
  #toldOf: string | null = null;
  #wasBlockedBy: string | null = null;

  constructor(options: { id: number; services: PairServices; dataFolder: string; link: WatchLink }) {
    this.id = options.id;
    this.#services = options.services;
    this.#dataFolder = options.dataFolder;
    this.#link = options.link;
    // What stopped it before is looked at first.
    const { problem } = this.row;
    if (problem) this.blocked = { problem, untilMs: 0 };
    this.#wasBlockedBy = problem?.code ?? null;
  }

  get row(): PairRow {
    return this.#services.ledger.pairs.get(this.id)!;
  }

  get state(): PairState {
    if (this.blocked) return 'blocked';
    if (this.scan) return 'scanning';
    return this.isIdle ? 'synced' : 'syncing';
  }

  /** Nothing is to be walked, nothing waits for a decision, and nothing is on its way that may arrive by itself. */
  get isIdle(): boolean {
    return (
      this.#scannedWhole &&
      !this.hasRequests &&
      !this.#isWalking &&
      this.scan === null &&
      this.dirty.size === 0 &&
      !this.lost &&
      !this.hasTransfers
    );
  }

  get hasTransfers(): boolean {
    const live = this.#services.ledger.transfers.countLive(this.id);
    for (const state of ['needs-you', 'paused', 'aborting'] as const) live.delete(state);
    return [...live.values()].some((count) => count > 0);
  }

  /** It was walked whole, so that what is missing is gone. */
  get isKnown(): boolean {
    return this.#scannedWhole;
  }

  /** Whether something is to be walked now. */
  wantsWalk(nowMs: number): boolean {
    return this.hasRequests || (this.#nextWholeMs > 0 && nowMs >= this.#nextWholeMs);
  }

  get hasRequests(): boolean {
    return this.#whole || this.#hints.size > 0 || this.#deep.size > 0;
  }

  /** When something is to be done next (monotonic); Infinity when only an event can tell. */
  get nextMs(): number {
    if (this.blocked) return this.blocked.untilMs;
    if (this.hasRequests) return 0;
    const dirtyMs = this.dirty.values().reduce((least, dueMs) => Math.min(least, dueMs), Infinity);
    return Math.min(this.#nextWholeMs || 0, this.lost ? this.lostDueMs : Infinity, dirtyMs);
  }

  /** What is gone is decided once it has been gone for as long as a file must be quiet. */
  lostDueMs = 0;
  /** Since when that decision waits for what was found meanwhile (monotonic). */
  lostHeldMs: number | null = null;

  rescan(): void {
    this.#whole = true;
    if (this.blocked) this.blocked = { ...this.blocked, untilMs: 0 };
  }

  hint(folders: readonly string[], overflow: boolean): void {
    for (const folder of folders) this.#hints.add(folder);
    if (overflow || this.#hints.size > mostHints) this.#whole = true;
    if (this.#whole) this.#hints.clear();
  }

  /** A folder that moved here with all that is in it. */
  walkDeep(path: string): void {
    this.#deep.add(path);
    // What is gone in it was so in the pair that it came from.
    if (!this.lost) this.lostDueMs = this.#services.clock.monotonic() + this.row.options.settleMs;
    this.lost = true;
  }

  /** Does the walks that were asked for. Rejects with the signal's reason, or what a walk can't go on after. */
  async walk(signal: AbortSignal): Promise<void> {
    const { clock } = this.#services;
    if (clock.monotonic() >= this.#nextWholeMs && this.#nextWholeMs > 0) this.#whole = true;
    const whole = this.#whole;
    const hints = [...this.#hints];
    const deep = [...this.#deep];
    this.#whole = false;
    this.#hints = new Set();
    this.#deep = new Set();
    this.#isWalking = true;
    try {
      if (!(await this.#rootIsSound())) {
        this.#whole = true;
        return;
      }
      if (whole) await this.#walkOnce({ whole: true }, signal);
      else {
        const roots = (paths: readonly string[]) => paths.map((path) => ({ path }));
        if (deep.length > 0) await this.#walkOnce({ whole: false, folders: roots(deep), deep: true }, signal);
        if (hints.length > 0) await this.#walkOnce({ whole: false, folders: roots(hints), deep: false }, signal);
      }
      // A folder that went away during the walk looks like an empty one.
      await this.#rootIsSound();
    } catch (error) {
      this.#whole = true;
      throw error;
    } finally {
      this.#isWalking = false;
    }
  }

  async #walkOnce(request: ScanRequest, signal: AbortSignal): Promise<void> {
    const { ledger, clock, onEvent } = this.#services;
    const pair = this.row;
    const startedMs = clock.monotonic();
    const root = await ledger.write(() => ledger.tree.ensureRoot(pair));
    const roots = request.whole ? new Map([[pair.path, root.id]]) : this.#known(root.id, pair.path, request.folders);
    if (roots.size === 0) return;
    const recorder = new WalkRecorder({
      ledger,
      pair,
      roots,
      onOutcome: (outcome) => onEvent({ type: 'file', pairId: this.id, outcome }),
    });
    const asked = request.whole ? request : { ...request, folders: [...roots].map((known) => this.#rootOf(known)) };
    let watched = 0;
    try {
      for await (const batch of walkPair(pair, asked, this.#dataFolder, signal)) {
        await recorder.record(batch, clock.now());
        const { foldersSoFar, filesSoFar, ignoredSoFar, bytesSoFar } = batch;
        if (request.whole) {
          this.scan = { files: filesSoFar, folders: foldersSoFar, ignored: ignoredSoFar, bytes: bytesSoFar };
          const { read } = recorder.findings;
          if (read.length > watched) this.#link.watch(pair, read.slice(watched), true);
          watched = read.length;
        }
      }
      if (request.whole) this.#link.watch(pair, [], false);
      await this.#took(request, recorder.findings, pair);
      if (request.whole) await this.#finishedWhole(startedMs);
    } finally {
      this.scan = null;
    }
  }

  /** A folder as a walk begins with it: a hint names it as people see it, and its name may be no text. */
  #rootOf([path, id]: [string, number]): ScanRoot {
    const { local } = this.#services.ledger.folders.path(id);
    return typeof local === 'string' ? { path } : { path, rawPath: local };
  }

  /** The ids of folders that are walked by themselves, by their paths; of one that is not known, those of what it lies in. */
  #known(rootId: number, rootPath: string, folders: readonly ScanRoot[]): Map<string, number> {
    const { tree } = this.#services.ledger;
    const known = new Map<string, number>();
    for (const { path } of folders) {
      if (path !== rootPath && !path.startsWith(rootPath.endsWith(sep) ? rootPath : rootPath + sep)) continue;
      let id = rootId;
      let at = rootPath;
      for (const name of path.slice(rootPath.length).split(sep).filter(Boolean)) {
        const child = tree.childShown(id, name);
        if (!child || child.state === 'gone' || child.state === 'left') break;
        id = child.id;
        at = at.endsWith(sep) ? at + name : at + sep + name;
      }
      known.set(at, id);
    }
    return known;
  }

  async #took(request: ScanRequest, findings: WalkFindings, pair: PairRow): Promise<void> {
    const { ledger, clock, scheduler } = this.#services;
    const dueMs = clock.monotonic() + pair.options.settleMs;
    for (const id of findings.dirty) {
      if (this.dirty.has(id)) continue;
      this.dirty.set(id, request.whole ? dueMs : this.#stillMs(findings.changedAtMs.get(id), pair.options.settleMs));
    }
    if (findings.lost) {
      if (!this.lost) this.lostDueMs = dueMs;
      this.lost = true;
    }
    const root = findings.dirty.size > 0 ? ledger.tree.root(this.id) : undefined;
    // What was asked about may have come back.
    if (root && ledger.questions.isOpen('many-deletions', { ownerId: this.id, folderId: root.id })) this.lost = true;
    if (findings.unread.length > 0) this.#link.unwatch(pair, findings.unread);
    if (!request.whole) {
      if (request.deep) this.#link.watch(pair, findings.read, false);
      // New folders are read with all that is in them, and watched.
      else for (const { path } of findings.found) this.#deep.add(path);
    }
    for (const fileId of findings.leftOut) {
      const live = ledger.transfers.live(fileId);
      if (!live) continue;
      await ledger.write(() =>
        ledger.transfers.move(live.id, 'superseded', { note: 'left out by a rule' }, clock.now()),
      );
      await scheduler.stop(live.id, 'supersede');
    }
  }

  /** From when on (monotonic) what changed then (ms since 1970) has been still for long enough. */
  #stillMs(changedAtMs: number | undefined, settleMs: number): number {
    const { clock } = this.#services;
    const agoMs = Math.max(0, clock.now() - (changedAtMs ?? Infinity));
    return clock.monotonic() + Math.max(settleMs - agoMs, Math.min(settleMs, hintSpreadMs));
  }

  async #finishedWhole(startedMs: number): Promise<void> {
    const { ledger, clock, onEvent } = this.#services;
    // What was begun before a crash is looked at.
    if (!this.#scannedWhole) {
      for (const id of ledger.tree.foldersOfMoving(this.id)) if (!this.dirty.has(id)) this.dirty.set(id, 0);
    }
    this.#scannedWhole = true;
    // Hourly, and not all pairs and machines at one time.
    this.#nextWholeMs = clock.monotonic() + hourMs * (0.9 + clock.random() * 0.2);
    await ledger.write(() => ledger.pairs.setScanned(this.id, clock.now()));
    const scan = this.scan ?? { files: 0, folders: 0, ignored: 0, bytes: 0 };
    onEvent({ type: 'scanned', pairId: this.id, ...scan, durationMs: Math.round(clock.monotonic() - startedMs) });
  }

  /** False: it may not be walked, and nothing in it counts as gone. */
  async #rootIsSound(): Promise<boolean> {
    const { ledger, clock } = this.#services;
    const pair = this.row;
    const result = await lookAtRoot(ledger, pair, clock.now());
    const isAccepted =
      !result.may && result.reason === 'emptied' && pair.acceptEmpty && isDeepStrictEqual(result.seen, pair.root);
    if (result.may || isAccepted) {
      // Once it was walked nothing is missing in it any more, and the next time is another matter.
      if (result.may && pair.acceptEmpty) await ledger.write(() => ledger.pairs.setAcceptEmpty(this.id, false));
      if (result.may && result.accept) await ledger.write(() => ledger.pairs.setRoot(this.id, result.seen));
      await this.#unblockRoot();
      return true;
    }
    this.block(result.problem, clock.monotonic() + rootAgainMs);
    this.lost = true;
    const { seen, reason } = result;
    if (seen && (reason === 'replaced' || reason === 'emptied')) {
      await ledger.write(() =>
        ask(this.#services, {
          ownerId: this.id,
          kind: 'root',
          fileId: null,
          folderId: ledger.tree.root(this.id)?.id ?? null,
          path: pair.path,
          text:
            reason === 'emptied'
              ? `${pair.path} is empty now. Is it to be empty?`
              : `Another folder stands at ${pair.path} now. Is it to be kept up to date in the place of the old one?`,
          detail: { ...seen, isEmpty: reason === 'emptied' },
        }),
      );
    }
    return false;
  }

  /** It stands still: says why, once. */
  block(problem: Problem, untilMs: number): void {
    const { onEvent, log } = this.#services;
    this.blocked = { problem, untilMs };
    if (this.#wasBlockedBy === problem.code) return;
    this.#wasBlockedBy = problem.code;
    // Without its folder, or a place on Box, each transfer would fail by itself.
    if (problem.code.startsWith('pair.')) void this.#services.scheduler.removeOwner(this.id, 'block');
    log.warn({ pair: formatTarget({ kind: 'pair', id: this.id }), problem }, 'a pair stands still');
    this.#noteProblem(problem);
    // The same again after each try is not told again.
    const isKnown = this.blocks > 1 && this.#toldOf === problem.code;
    this.#toldOf = problem.code;
    if (!isKnown) onEvent({ type: 'problem', pairId: this.id, problem });
  }

  unblock(): void {
    this.blocked = null;
    if (this.#wasBlockedBy === null) return;
    this.#wasBlockedBy = null;
    const { scheduler } = this.#services;
    if (!this.ended) scheduler.addOwner(this.id);
    this.#noteProblem(null);
  }

  /** Nothing waits for it; a ledger that is just being closed has nothing to add. */
  #noteProblem(problem: Problem | null): void {
    const { ledger, log } = this.#services;
    ledger
      .write(() => ledger.pairs.setProblem(this.id, problem))
      .catch((error: unknown) => log.info({ err: error }, 'what holds a pair could not be noted'));
  }

  async #unblockRoot(): Promise<void> {
    if (!this.#wasBlockedBy?.startsWith('pair.root')) return;
    const { ledger } = this.#services;
    const folderId = ledger.tree.root(this.id)?.id;
    await ledger.write(() =>
      ledger.questions.withdraw('root', { ownerId: this.id, ...(folderId === undefined ? {} : { folderId }) }),
    );
    this.#whole = true;
    this.unblock();
  }
}
