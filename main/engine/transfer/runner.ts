import type { Problem } from '../../../shared/problem.ts';
import { observeAnswers } from '../../box/observe-answers.ts';
import { UploadControl } from '../../box/upload-session/control.ts';
import { findTarget } from '../../box/upload-session/find-target.ts';
import { backoffMs } from '../../platform/wait.ts';
import type { LedgerFacts } from '../ledger/facts.ts';
import type { ConflictRules } from '../ledger/owners.ts';
import { unexpectedProblem } from '../ledger/unexpected-problem.ts';
import { sameRevision } from '../ledger/facts.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import { outcomeUnknown } from '../plan/plan-file.ts';
import type { LiveTransfer } from '../progress/live.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import { Stopped } from '../schedule/scheduler.ts';
import { settle, type SettleMemory } from '../settle/settle.ts';
import { openFileSource, type FileSource } from '../source/file-source.ts';
import { verifiedCopy } from './box-copy.ts';
import { checkOnBox } from './check-on-box.ts';
import { classifyFailure } from './classify-failure.ts';
import { localFileOf } from './local-file.ts';
import type { LocalFile } from '../read/file-reader.ts';
import { committedSource } from './committed-source.ts';
import { resolveConflict, type ConflictSource } from './resolve-conflict.ts';
import type { RunResult } from './result.ts';
import { sendDirect, smallSource } from './send-direct.ts';
import { sendSession, targetOf } from './send-session.ts';
import type { TransferServices } from './services.ts';

export interface RunnerOptions {
  services: (ownerId: number) => TransferServices;
  gate: NetworkGate;
  settleMs: (ownerId: number) => number;
  backoffBaseMs: number;
  /** How long nothing goes to Box because it asked to slow down. */
  pausedForMs: () => number;
  /** How long Box may be unreachable before the job is stopped. */
  networkPatienceMs: number;
  /** Carries the result over to the ledger and to whoever is told. */
  conclude: (transfer: TransferRowData, result: RunResult, live: LiveTransfer, release: () => void) => Promise<void>;
  /** A result could not be written down: nothing can go on. */
  onUnconcluded: (ownerId: number, problem: Problem) => void;
  log: { error(facts: object, message: string): void };
}

/** A large file stays open while it waits for the network, so that its digests need not be computed again. A locked one can't be read on. */
function keepsSource(transfer: TransferRowData, result: RunResult): boolean {
  if (transfer.kind !== 'session') return false;
  return result.kind === 'again' || (result.kind === 'waiting' && result.reason !== 'locked');
}

/** Read when they are needed, which for most files is never. */
function rulesOf({ ledger }: TransferServices, { ownerId }: TransferRowData): ConflictRules {
  return ledger.owners.conflictRules(ownerId);
}

/** Runs transfers: one revision of one file from the plan to a result. */
export class TransferRunner {
  readonly #options: RunnerOptions;
  readonly #settling = new Map<number, SettleMemory>();
  /** Kept open while a large file waits for the network, so that its digests need not be computed again. */
  readonly #sources = new Map<number, FileSource>();
  readonly #controls = new Map<number, UploadControl>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** The handle on a running session upload, for retrying one part. */
  control(transferId: number): UploadControl | undefined {
    return this.#controls.get(transferId);
  }

  /**
   * Runs a transfer to a result and has it concluded. Never rejects.
   * @param release called once the result is written down, when only a last look at the file is left
   */
  async run(transfer: TransferRowData, signal: AbortSignal, release: () => void): Promise<void> {
    const shared = this.#options.services(transfer.ownerId);
    const live = shared.board.begin(transfer.id, transfer.ownerId);
    const connection = observeAnswers(shared.connection, (operation, requestId) =>
      shared.board.answered(live, operation, requestId),
    );
    const services = { ...shared, connection };
    try {
      const result = await this.#result(services, transfer, live, signal);
      if (!keepsSource(transfer, result)) await this.#closeSource(transfer.id);
      if (result.kind !== 'settling') this.#settling.delete(transfer.id);
      await this.#options.conclude(transfer, result, live, release);
    } catch (error) {
      // It would be started again at once, and fail again (a full disk under the ledger, say).
      this.#options.onUnconcluded(transfer.ownerId, this.#problemOf(services, transfer, error));
    } finally {
      services.board.end(transfer.id);
      this.#controls.delete(transfer.id);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sources.keys()].map((id) => this.#closeSource(id)));
  }

  async #result(
    services: TransferServices,
    transfer: TransferRowData,
    live: LiveTransfer,
    signal: AbortSignal,
  ): Promise<RunResult> {
    try {
      const result = await this.#attempt(services, transfer, live, signal);
      if (result.kind === 'done') this.#options.gate.open();
      return result;
    } catch (error) {
      return this.#failure(services, transfer, error, signal);
    }
  }

  async #attempt(
    services: TransferServices,
    transfer: TransferRowData,
    live: LiveTransfer,
    signal: AbortSignal,
  ): Promise<RunResult> {
    const file = services.ledger.files.place(transfer.fileId)!;
    const path = localFileOf(services.ledger, file);
    const control = new UploadControl();
    this.#controls.set(transfer.id, control);

    if (outcomeUnknown(transfer)) {
      // [Note: committing] The bytes are all on Box: only the outcome is asked for, whatever the file is by now.
      const source = committedSource(transfer, services.ledger.parts.list(transfer.id));
      return this.#resolving(services, transfer, source, signal, () =>
        sendSession(services, transfer, source, live, control, signal),
      );
    }
    // A small file is read in one go with looking at it.
    const { facts, small } =
      transfer.kind === 'direct'
        ? await services.reader.read(path)
        : { facts: await services.reader.look(path), small: null };
    // Before it is compared: one that is being written is waited for, and not planned anew at every look.
    const unquiet = this.#settle(services, transfer, facts);
    if (unquiet) return unquiet;
    if (!sameRevision(facts, transfer.facts)) {
      return (await this.#arrived(services, transfer, signal)) ?? { kind: 'changed', facts };
    }

    if (transfer.kind === 'direct') {
      const arrived = await this.#arrived(services, transfer, signal);
      if (arrived) return arrived;
    }
    if (small) {
      const source = smallSource(small);
      return this.#resolving(services, transfer, source, signal, () =>
        sendDirect(services, transfer, file.name, source, live, signal),
      ).finally(() => source.release());
    }
    const source = await this.#source(services, transfer, path, live);
    return this.#resolving(services, transfer, source, signal, () => {
      switch (transfer.kind) {
        case 'check':
          return checkOnBox(services, transfer, source, rulesOf(services, transfer), signal);
        case 'direct':
          return sendDirect(services, transfer, file.name, source, live, signal);
        case 'session':
          return sendSession(services, transfer, source, live, control, signal);
      }
    });
  }

  /** Runs, and settles what Box holds against the expectation of the plan. */
  async #resolving(
    services: TransferServices,
    transfer: TransferRowData,
    source: ConflictSource,
    signal: AbortSignal,
    run: () => Promise<RunResult>,
  ): Promise<RunResult> {
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      // As the run that failed has stored it.
      const sha1 = services.ledger.transfers.get(transfer.id)?.intendedSha1 ?? null;
      const rules = rulesOf(services, transfer);
      const resolved = await resolveConflict({ services, transfer, sha1, source, rules, signal }, error);
      if (resolved) return resolved;
      throw error;
    }
  }

  /**
   * What an earlier try sent in one request may have arrived, with its answer lost. Asked before it is sent again, and before
   * the transfer gives way to a newer revision: that one is then a version of it, and neither a conflict nor another copy.
   */
  async #arrived(
    { connection }: TransferServices,
    transfer: TransferRowData,
    signal: AbortSignal,
  ): Promise<RunResult | undefined> {
    const { intendedSha1: sha1, facts } = transfer;
    if (sha1 === null) return undefined;
    const file = await findTarget({ connection, target: targetOf(transfer), signal });
    if (file?.sha1 !== sha1) return undefined;
    return { kind: 'done', copy: await verifiedCopy(connection, file, sha1, signal), sha1, facts, how: 'sent' };
  }

  /** Undefined when the file is quiet. */
  #settle(
    services: TransferServices,
    { id: transferId, ownerId }: TransferRowData,
    facts: LedgerFacts,
  ): RunResult | undefined {
    const now = { wallMs: services.clock.now(), monotonicMs: services.clock.monotonic() };
    const before = this.#settling.get(transferId) ?? null;
    const { verdict, memory } = settle(before, facts, now, this.#options.settleMs(ownerId));
    if (verdict.settled) {
      this.#settling.delete(transferId);
      return undefined;
    }
    this.#settling.set(transferId, memory);
    return { kind: 'settling', lookAgainMs: verdict.lookAgainMs, writer: verdict.kind === 'writer' };
  }

  async #source(
    services: TransferServices,
    transfer: TransferRowData,
    path: LocalFile,
    live: LiveTransfer,
  ): Promise<FileSource> {
    const kept = this.#sources.get(transfer.id);
    if (kept && sameRevision(kept.facts, transfer.facts)) return kept;
    await this.#closeSource(transfer.id);
    const source = await openFileSource({
      path: path.local,
      displayPath: path.display,
      facts: transfer.facts,
      hashPool: services.hashPool,
      clock: services.clock,
      onPrefix: (checkedBytes) => {
        live.checkedBytes = checkedBytes;
      },
    });
    this.#sources.set(transfer.id, source);
    return source;
  }

  async #closeSource(transferId: number): Promise<void> {
    const source = this.#sources.get(transferId);
    this.#sources.delete(transferId);
    await source?.close();
  }

  async #failure(
    services: TransferServices,
    transfer: TransferRowData,
    error: unknown,
    signal: AbortSignal,
  ): Promise<RunResult> {
    if (signal.aborted && signal.reason instanceof Stopped) return { kind: 'stopped', why: signal.reason.why };
    const problem = this.#problemOf(services, transfer, error);
    if (problem.code === 'local.changed') {
      const file = services.ledger.files.place(transfer.fileId)!;
      const path = localFileOf(services.ledger, file);
      try {
        const facts = await services.reader.look(path);
        return (await this.#arrived(services, transfer, signal)) ?? { kind: 'changed', facts };
      } catch (gone) {
        return { kind: 'failed', problem: this.#problemOf(services, transfer, gone) };
      }
    }
    if (problem.code === 'network.unreachable') {
      const delayMs = this.#options.gate.close();
      if (this.#options.gate.downForMs() > this.#options.networkPatienceMs) return { kind: 'blocked', problem };
      return { kind: 'waiting', reason: 'network', delayMs, problem };
    }
    const pausedMs = problem.code === 'box.rate-limit' ? this.#options.pausedForMs() : 0;
    return classifyFailure(problem, transfer.attempts + 1, (attempt) =>
      Math.max(
        pausedMs,
        backoffMs(attempt, () => services.clock.random(), this.#options.backoffBaseMs),
      ),
    );
  }

  #problemOf(services: TransferServices, transfer: TransferRowData, error: unknown): Problem {
    const about = { operation: 'transfer', item: transfer.name, at: services.clock.now() };
    const problem = unexpectedProblem(error, about);
    if (problem.code === 'local.internal') {
      this.#options.log.error({ transfer: transfer.id, error }, 'a transfer failed by a defect');
    }
    return problem;
  }
}
