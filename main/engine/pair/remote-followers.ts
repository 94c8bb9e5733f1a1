import type { NetworkGate } from '../schedule/network-gate.ts';
import { EventFollower } from '../remote/follow-events.ts';
import type { PairRun } from './pair-run.ts';
import type { RemoteChanges } from './remote-changes.ts';
import type { PairServices } from './services.ts';

/** Events are as good as complete: a listing looks for the rest once a day. */
const dayMs = 86_400_000;
/** A listing that could not be read to its end is tried again after so long. */
const againMs = 10 * 60_000;

export interface RemoteFollowersOptions {
  services: PairServices;
  changes: RemoteChanges;
  gate: NetworkGate;
  runs: () => readonly PairRun[];
  /** Box's side has changed something here. */
  onChange: () => void;
}

/** Follows Box's side of all pairs: the user's events, and listings where events were missed and a day after the last one. */
export class RemoteFollowers {
  readonly #options: RemoteFollowersOptions;
  readonly #controller = new AbortController();
  #follower: EventFollower | null = null;
  #comparing: Promise<void> = Promise.resolve();
  #started = false;
  #isComparing = false;
  /** Set after a failure: until then nothing is compared. */
  #again: NodeJS.Timeout | undefined;
  /** How often events were missed. */
  #gaps = 0;

  constructor(options: RemoteFollowersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#started = true;
    this.#follow();
  }

  /** A pair has begun: the account of the first one says whose events are followed. */
  added(_run: PairRun): void {
    if (this.#started) this.#follow();
  }

  async close(): Promise<void> {
    clearTimeout(this.#again);
    this.#controller.abort(new Error('the engine ends'));
    await this.#follower?.close();
    await this.#comparing;
  }

  #follow(): void {
    const [first] = this.#options.runs();
    if (this.#follower || !first) return;
    const { services, changes, gate, onChange } = this.#options;
    const { ledger, clock, connection, log } = services;
    const { accountId } = first.row;
    const cursor = ledger.pairs.cursor(accountId);
    const { signal } = this.#controller;
    this.#follower = new EventFollower({
      connection,
      clock,
      log,
      position: cursor?.position ?? null,
      positionAt: cursor?.movedAt ?? null,
      onPosition: (position) => ledger.write(() => ledger.pairs.setCursor(accountId, position, clock.now())),
      onEvents: async (events) => {
        await changes.onEvents(events, signal);
        onChange();
      },
      onGap: () => this.#missed(),
      gate,
    });
    this.#follower.start();
  }

  /** Box can't tell all that happened: every pair is due, which outlasts a crash. */
  #missed(): void {
    this.#gaps += 1;
    const { ledger } = this.#options.services;
    ledger
      .write(() => ledger.pairs.setAllUncompared())
      .then(
        () => this.compareDue(),
        // The ledger is being closed, and the position was not moved on.
        () => undefined,
      );
  }

  /** Pairs whose last listing is a day old, or that missed events; asked after each walk, so at the start and hourly from then on. */
  compareDue(): void {
    if (!this.#started || this.#isComparing || this.#again) return;
    if (!this.#options.runs().some((run) => this.#isDue(run))) return;
    this.#isComparing = true;
    this.#comparing = this.#compareAllDue().finally(() => (this.#isComparing = false));
  }

  #isDue(run: PairRun): boolean {
    if (run.ended) return false;
    const { scannedAt, comparedAt } = run.row;
    // Before its first walk it has nothing that could be compared.
    if (scannedAt === null) return false;
    return comparedAt === null || this.#options.services.clock.now() - comparedAt >= dayMs;
  }

  /** One after the other. */
  async #compareAllDue(): Promise<void> {
    const { changes, services, runs, onChange } = this.#options;
    const { ledger, clock, log } = services;
    const { signal } = this.#controller;
    for (let run = runs().find((one) => this.#isDue(one)); run; run = runs().find((one) => this.#isDue(one))) {
      const { id } = run;
      const begunAt = clock.now();
      const gaps = this.#gaps;
      try {
        await changes.compare(run, signal);
        // What was missed meanwhile may lie in what was listed before.
        if (gaps === this.#gaps) await ledger.write(() => ledger.pairs.setCompared(id, begunAt));
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error, pair: id }, 'a pair could not be compared with Box');
        this.#again = setTimeout(() => {
          this.#again = undefined;
          this.compareDue();
        }, againMs).unref();
        return;
      }
      if (signal.aborted) return;
      onChange();
    }
  }
}
