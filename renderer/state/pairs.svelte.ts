import type { PairChanges, PairOptions, PairsProgress, PairSummary, VerifyResult } from '../../shared/pair-model.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

/** A comparison with Box: it goes on while nobody looks at it, and its result stays until it is dismissed. */
export type Verification =
  | { state: 'running'; full: boolean; startedAt: number }
  | { state: 'over'; full: boolean; endedAt: number; result: VerifyResult }
  | { state: 'failed'; full: boolean; endedAt: number; message: string };

/** The folder pairs, live, and what is asked of them. One for each account: see {@link pairsOf}. */
export class PairsState {
  /** Null until the first batch. */
  progress = $state.raw<PairsProgress | null>(null);
  /** By the id of the pair. */
  verifications = $state.raw<ReadonlyMap<number, Verification>>(new Map());
  readonly #session: Session;
  #watchers = 0;
  #close: () => void = () => undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Follows the pairs until the returned function is called. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      this.#close = this.#session.watch({ kind: 'pairs' }, (batch) => {
        if (batch.kind === 'pairs') this.progress = batch.progress;
      });
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#close();
    };
  }

  /** Undefined for one that is not there, and for all while `progress` is null. */
  pair(pairId: number): PairSummary | undefined {
    return this.progress?.pairs.find(({ id }) => id === pairId);
  }

  /** `durationMs` null: until it is resumed. */
  pause(pairId: number, durationMs: number | null): Promise<unknown> {
    return this.#session.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs });
  }

  resume(pairId: number): Promise<unknown> {
    return this.#session.commands.resume({ target: { kind: 'pair', id: pairId } });
  }

  rescan(pairId: number): Promise<unknown> {
    return this.#session.commands.rescan({ pairId });
  }

  /** Begins to keep all pairs up to date. */
  start(): Promise<unknown> {
    return this.#session.commands.startPairs({});
  }

  set(pairId: number, options: PairChanges): Promise<unknown> {
    return this.#session.commands.setPair({ pairId, options });
  }

  /** Shows options that were saved before the next batch has them, so that a form doesn't fall back for a moment. */
  keepOptions(pairId: number, options: PairOptions): void {
    if (!this.progress) return;
    const pairs = this.progress.pairs.map((pair) => (pair.id === pairId ? { ...pair, options } : pair));
    this.progress = { ...this.progress, pairs };
  }

  /** Takes minutes where a large file of it is being finished on Box. */
  async remove(pairId: number): Promise<void> {
    await this.#session.commands.removePair({ pairId });
    this.dismissVerification(pairId);
    if (this.progress) {
      this.progress = { ...this.progress, pairs: this.progress.pairs.filter(({ id }) => id !== pairId) };
    }
  }

  /** Compares a pair with Box; never rejects, `verifications` has the outcome. A second call while one runs does nothing. */
  async verify(pairId: number, full: boolean): Promise<void> {
    if (this.verifications.get(pairId)?.state === 'running') return;
    this.#setVerification(pairId, { state: 'running', full, startedAt: Date.now() });
    try {
      const result = await this.#session.commands.verify({ pairId, full });
      this.#setVerification(pairId, { state: 'over', full, endedAt: Date.now(), result });
    } catch (error) {
      this.#setVerification(pairId, { state: 'failed', full, endedAt: Date.now(), message: messageOf(error) });
    }
  }

  dismissVerification(pairId: number): void {
    const rest = new Map(this.verifications);
    rest.delete(pairId);
    this.verifications = rest;
  }

  #setVerification(pairId: number, verification: Verification): void {
    this.verifications = new Map(this.verifications).set(pairId, verification);
  }
}

const known = new WeakMap<Session, { accountId: string | undefined; pairs: PairsState }>();

/**
 * The pairs of the account that the session shows now. The same one as long as it shows that account, so that a comparison which
 * was begun on a screen is still there when somebody comes back to it.
 */
export function pairsOf(session: Session): PairsState {
  const accountId = session.shell?.account?.id;
  const held = known.get(session);
  if (held?.accountId === accountId && held) return held.pairs;
  const pairs = new PairsState(session);
  known.set(session, { accountId, pairs });
  return pairs;
}
