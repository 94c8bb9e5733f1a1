import type { NetworkGate } from '../schedule/network-gate.ts';
import { EventFollower } from '../remote/follow-events.ts';
import type { PairRun } from './pair-run.ts';
import type { RemoteChanges } from './remote-changes.ts';
import type { PairServices } from './services.ts';

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

/** Follows Box's side of all pairs: the user's events, and listings daily and where events were missed. */
export class RemoteFollowers {
  readonly #options: RemoteFollowersOptions;
  readonly #controller = new AbortController();
  #follower: EventFollower | null = null;
  #comparing: Promise<void> = Promise.resolve();
  #daily: NodeJS.Timeout | undefined;
  #started = false;

  constructor(options: RemoteFollowersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#started = true;
    this.#follow();
    this.#daily = setInterval(() => this.#compareAll(), dayMs).unref();
  }

  /** A pair has begun: the account of the first one says whose events are followed. */
  added(_run: PairRun): void {
    if (this.#started) this.#follow();
  }

  async close(): Promise<void> {
    clearInterval(this.#daily);
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
      onGap: () => this.#compareAll(),
      gate,
    });
    this.#follower.start();
  }

  /** One after the other, and never twice at a time. */
  #compareAll(): void {
    const { signal } = this.#controller;
    this.#comparing = this.#comparing.then(async () => {
      for (const run of this.#options.runs()) {
        if (signal.aborted) return;
        // Before its first walk it has nothing that could be compared.
        if (run.row.scannedAt === null) continue;
        try {
          await this.#options.changes.compare(run, signal);
        } catch (error) {
          if (signal.aborted) return;
          this.#options.services.log.warn({ err: error, pair: run.id }, 'a pair could not be compared with Box');
          setTimeout(() => this.#compareAll(), againMs).unref();
          return;
        }
        this.#options.onChange();
      }
    });
  }
}
