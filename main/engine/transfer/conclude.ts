import { assertNever } from '../../../shared/assert-never.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';
import { endStates } from '../../../shared/transfer-state.ts';
import type { Clock } from '../../platform/clock.ts';
import { factsKey, sameRevision, type LedgerFacts } from '../ledger/facts.ts';
import type { FilePlace } from '../ledger/files.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { LiveBoard, LiveTransfer } from '../progress/live.ts';
import type { FileReader } from '../read/file-reader.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { localFileOf } from './local-file.ts';
import type { RunResult } from './result.ts';
import { routeFor } from './route.ts';

/** A file that was another revision this often while it went up asks the user: something writes it all the time. */
const maxRevisions = 5;

export interface ConcluderOptions {
  ledger: Ledger;
  clock: Clock;
  board: LiveBoard;
  reader: FileReader;
  scheduler: () => Scheduler;
  /** How long a one-shot upload waits for a file that is written all the time. */
  writerPatienceMs: (ownerId: number) => number;
  onOutcome: (ownerId: number, outcome: Outcome) => void;
  /** Within the transaction that says so: whoever reads the ledger next knows it too. */
  onConcluded: (ownerId: number, fileId: number, outcome: Outcome['outcome'], wasGone: boolean) => void;
  /** A transfer ended with a session that is no longer wanted. */
  onOrphan: () => void;
  onBlocked: (ownerId: number, problem: Problem) => void;
  /** Why everything is paused, for the timeline. */
  heldBecause: () => string;
}

/** Carries the result of a run over to the ledger, and tells who listens. The only place that ends a transfer's run. */
export class Concluder {
  readonly #options: ConcluderOptions;
  readonly #revisions = new Map<number, number>();
  readonly #writersSince = new Map<number, number>();

  constructor(options: ConcluderOptions) {
    this.#options = options;
  }

  /** @param release called when the result is written down and only a last look at the file is left */
  async conclude(transfer: TransferRowData, result: RunResult, live: LiveTransfer, release: () => void): Promise<void> {
    const { ledger, onOrphan } = this.#options;
    if (result.kind !== 'settling') this.#writersSince.delete(transfer.fileId);
    if (result.kind !== 'done' && endStates.includes(ledger.transfers.get(transfer.id)!.state)) {
      // It was superseded while it ran: its file is gone, say. Who did that has said what becomes of the file.
      await ledger.write(() => ledger.transfers.addSentBytes(transfer.id, live.sentBytes));
      return onOrphan();
    }
    switch (result.kind) {
      case 'done':
        return this.#done(transfer, result, live, release);
      case 'kept':
        return this.#end(transfer, live, 'kept', result.problem);
      case 'failed':
        return this.#end(transfer, live, 'failed', result.problem);
      case 'again':
        return this.#requeue(transfer, live, result.note);
      case 'settling':
        return this.#settling(transfer, live, result);
      case 'waiting':
        return this.#waiting(transfer, live, result);
      case 'changed':
        return this.#changed(transfer, live, result.facts);
      case 'blocked':
        await this.#requeue(transfer, live, result.problem.code);
        return this.#options.onBlocked(transfer.ownerId, result.problem);
      case 'stopped':
        return this.#stopped(transfer, live, result.why);
      default:
        return assertNever(result);
    }
  }

  async #done(
    transfer: TransferRowData,
    { copy, sha1, facts, how }: Extract<RunResult, { kind: 'done' }>,
    live: LiveTransfer,
    release: () => void,
  ): Promise<void> {
    const { ledger, clock, board } = this.#options;
    const file = ledger.files.place(transfer.fileId)!;
    const localFile = localFileOf(ledger, file);
    const path = localFile.display;
    await ledger.note(() => {
      const now = clock.now();
      const { transfers, files, receipts } = ledger;
      const { sentBytes } = live;
      if (!transfers.move(transfer.id, 'done', { note: how, sentBytes, intendedSha1: sha1 }, now)) {
        transfers.addSentBytes(transfer.id, sentBytes);
        transfers.setIntended(transfer.id, sha1);
      }
      files.finish(transfer.fileId, how, sha1, factsKey(facts), copy);
      this.#options.onConcluded(transfer.ownerId, transfer.fileId, how, file.outcome === 'gone');
      receipts.add({
        ownerId: transfer.ownerId,
        path,
        sizeBytes: transfer.sizeBytes,
        sha1,
        boxSha1: copy.sha1,
        fileId: copy.fileId,
        versionId: copy.versionId,
        etag: copy.etag,
        how,
        sentBytes: transfer.sentBytes + sentBytes,
        at: now,
      });
    });
    this.#revisions.delete(transfer.fileId);
    board.traffic(transfer.ownerId).finishedFiles += 1;
    const told = { sha1, fileId: copy.fileId, versionId: copy.versionId, boxName: copy.name };
    const outcome = this.#outcome(transfer, live, { file, path }, how, null, told);
    // Told only once the receipt is on the disk; the next transfer need not wait for that. A disk that refuses ends the engine.
    void ledger.synced(true).then(
      () => this.#options.onOutcome(transfer.ownerId, outcome),
      () => undefined,
    );
    // The look goes to the reading thread together with what the next transfer asks of it.
    release();
    // Gone, unreadable or a link by now: what was there is on Box, and that is all there is to do.
    const now = await this.#options.reader.look(localFile).catch(() => undefined);
    await this.#planAgainIfChanged(transfer, copy, now);
  }

  /** Only once the outcome is known is a newer state of the file planned. */
  async #planAgainIfChanged(
    transfer: TransferRowData,
    copy: { fileId: string; etag: string | null; sha1: string; name: string },
    now: LedgerFacts | undefined,
  ) {
    const { ledger } = this.#options;
    if (!now || sameRevision(now, transfer.facts)) return;
    await ledger.write(() => {
      // The walk may have planned it meanwhile; that transfer looks at the file by itself.
      if (ledger.transfers.live(transfer.fileId)) return;
      const base = { fileId: copy.fileId, etag: copy.etag, sha1: copy.sha1 };
      this.#plan(transfer, now, base, copy.name);
    });
  }

  async #end(
    transfer: TransferRowData,
    live: LiveTransfer,
    outcome: 'kept' | 'failed',
    problem: Problem,
  ): Promise<void> {
    const { ledger, clock } = this.#options;
    this.#revisions.delete(transfer.fileId);
    await ledger.write(() => {
      ledger.transfers.addSentBytes(transfer.id, live.sentBytes);
      if (outcome === 'kept')
        ledger.transfers.move(transfer.id, 'superseded', { note: 'left as it is on Box' }, clock.now());
      else ledger.transfers.move(transfer.id, 'needs-you', { problem, countAttempt: true }, clock.now());
      const wasGone = ledger.files.get(transfer.fileId)!.outcome === 'gone';
      ledger.files.setOutcome(transfer.fileId, outcome, problem);
      this.#options.onConcluded(transfer.ownerId, transfer.fileId, outcome, wasGone);
    });
    if (outcome === 'kept') this.#options.onOrphan();
    const file = ledger.files.place(transfer.fileId)!;
    // A walk had found that it is not here any more: that is its outcome.
    if (file.outcome === 'gone') return;
    const { display: path } = localFileOf(ledger, file);
    this.#options.onOutcome(transfer.ownerId, this.#outcome(transfer, live, { file, path }, outcome, problem));
  }

  async #requeue(transfer: TransferRowData, live: LiveTransfer, note: string): Promise<void> {
    const { ledger, clock } = this.#options;
    await ledger.write(() => {
      ledger.transfers.addSentBytes(transfer.id, live.sentBytes);
      ledger.transfers.move(transfer.id, 'queued', { note }, clock.now());
    });
  }

  async #settling(
    transfer: TransferRowData,
    live: LiveTransfer,
    result: Extract<RunResult, { kind: 'settling' }>,
  ): Promise<void> {
    const { ledger, clock } = this.#options;
    if (result.writer && this.#writerTooLong(transfer)) {
      this.#writersSince.delete(transfer.fileId);
      return this.#end(transfer, live, 'failed', this.#keepsChanging(transfer));
    }
    await ledger.write(() => {
      const wait = { reason: 'writer', lengthMs: Math.ceil(result.lookAgainMs) } as const;
      if (result.writer) ledger.transfers.move(transfer.id, 'waiting', { wait }, clock.now());
      else ledger.transfers.move(transfer.id, 'settling', {}, clock.now());
    });
    this.#later(transfer.id, result.lookAgainMs);
  }

  async #waiting(
    transfer: TransferRowData,
    live: LiveTransfer,
    { reason, delayMs, problem }: Extract<RunResult, { kind: 'waiting' }>,
  ): Promise<void> {
    const { ledger, clock } = this.#options;
    // An outage and a limit of rate say nothing about this file.
    const countAttempt = problem.code !== 'network.unreachable' && problem.code !== 'box.rate-limit';
    await ledger.write(() => {
      ledger.transfers.addSentBytes(transfer.id, live.sentBytes);
      // The ledger takes whole ones; a Retry-After may have a fraction.
      const wait = { reason, lengthMs: Math.ceil(delayMs) };
      ledger.transfers.move(transfer.id, 'waiting', { wait, problem, countAttempt }, clock.now());
    });
    this.#later(transfer.id, delayMs);
  }

  async #changed(transfer: TransferRowData, live: LiveTransfer, facts: LedgerFacts): Promise<void> {
    const { ledger, clock } = this.#options;
    const revisions = (this.#revisions.get(transfer.fileId) ?? 0) + 1;
    this.#revisions.set(transfer.fileId, revisions);
    if (revisions > maxRevisions && this.#options.writerPatienceMs(transfer.ownerId) !== Infinity) {
      return this.#end(transfer, live, 'failed', this.#keepsChanging(transfer));
    }
    await ledger.write(() => {
      ledger.transfers.addSentBytes(transfer.id, live.sentBytes);
      ledger.files.setFacts(transfer.fileId, facts, clock.now());
      const began = ledger.transfers.get(transfer.id);
      if (began?.session || began?.intendedSha1) {
        ledger.transfers.move(transfer.id, 'superseded', { note: 'the file changed' }, clock.now());
        this.#plan(transfer, facts, transfer.base, transfer.name);
        return;
      }
      const route = routeFor(facts.sizeBytes);
      ledger.transfers.setFacts(transfer.id, facts);
      ledger.transfers.setKind(transfer.id, transfer.kind === 'check' ? 'check' : route.kind, route.lane);
      ledger.transfers.move(transfer.id, 'queued', { note: 'the file changed' }, clock.now());
    });
    this.#options.onOrphan();
  }

  async #stopped(transfer: TransferRowData, live: LiveTransfer, why: string): Promise<void> {
    const { ledger, clock } = this.#options;
    await ledger.write(() => {
      ledger.transfers.addSentBytes(transfer.id, live.sentBytes);
      const to = why === 'pause' ? 'paused' : why === 'abort' ? 'aborting' : 'queued';
      const note = why === 'hold' ? this.#options.heldBecause() : why;
      const moved = ledger.transfers.move(transfer.id, to, { note }, clock.now());
      // One whose commit has left meanwhile can't be aborted: its outcome is asked for.
      if (!moved) ledger.transfers.move(transfer.id, 'queued', { note }, clock.now());
    });
  }

  #plan(transfer: TransferRowData, facts: LedgerFacts, base: TransferRowData['base'], name: string): void {
    const { ledger, clock, scheduler } = this.#options;
    ledger.files.setFacts(transfer.fileId, facts, clock.now());
    ledger.files.setOutcome(transfer.fileId, 'pending', null);
    const { ownerId, fileId, parentBoxId } = transfer;
    const route = routeFor(facts.sizeBytes);
    ledger.transfers.create({
      ownerId,
      fileId,
      ...route,
      state: 'queued',
      facts,
      parentBoxId,
      name,
      base,
      now: clock.now(),
    });
    scheduler().kick();
  }

  /** Queues the transfer again after the time. */
  #later(transferId: number, delayMs: number): void {
    const { ledger, clock, scheduler } = this.#options;
    scheduler().later(transferId, delayMs, () => {
      void ledger
        .write(() => ledger.transfers.move(transferId, 'queued', {}, clock.now()))
        .then(() => scheduler().kick());
    });
  }

  #writerTooLong({ ownerId, fileId }: TransferRowData): boolean {
    const now = this.#options.clock.monotonic();
    const since = this.#writersSince.get(fileId) ?? now;
    this.#writersSince.set(fileId, since);
    return now - since > this.#options.writerPatienceMs(ownerId);
  }

  #keepsChanging(transfer: TransferRowData): Problem {
    return {
      code: 'local.keeps-changing',
      operation: 'wait for the writer',
      item: this.#displayPath(transfer.fileId),
      detail: 'size or modification time changed at every look',
      at: this.#options.clock.now(),
    };
  }

  #displayPath(fileId: number): string {
    const { ledger } = this.#options;
    return localFileOf(ledger, ledger.files.place(fileId)!).display;
  }

  #outcome(
    transfer: TransferRowData,
    live: LiveTransfer,
    { file, path }: { file: FilePlace; path: string },
    outcome: Outcome['outcome'],
    problem: Problem | null,
    copy: { sha1: string; fileId: string; versionId: string | null; boxName: string } | null = null,
  ): Outcome {
    return {
      path,
      outcome,
      sizeBytes: transfer.sizeBytes,
      transferId: transfer.id,
      sha1: copy?.sha1 ?? null,
      fileId: copy?.fileId ?? null,
      versionId: copy?.versionId ?? null,
      sentBytes: live.sentBytes,
      boxName: copy && copy.boxName !== file.name ? copy.boxName : null,
      problem,
    };
  }
}
