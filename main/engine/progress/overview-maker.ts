import type { GroupCounts, Overview } from '../../../shared/list-model.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { TrafficRule } from '../../../shared/settings.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { InParts } from '../ledger/totals.ts';
import { groupCounts } from '../ledger/transfer-list.ts';
import { estimateMs } from './estimate.ts';
import type { LiveBoard, LiveTransfer } from './live.ts';

/** Nobody remembers more uploads than these from before a restart. */
const maxContinued = 1000;
/** What stops everything; any other problem is one of some files or of one folder. */
const stopsEverything = /^(network|account)\.|^box\.(rate-limit|unavailable)$|^local\.data-folder/;
/** The pace of a job is known from so many files and so much time on. */
const trustedFiles = 20;
const trustedMs = 2000;

export interface OverviewOptions {
  ledger: Ledger;
  board: LiveBoard;
  clock: Clock;
  uploadsPerMinute: () => number;
  /** How long Box has been unreachable, in ms; 0: it is reached. */
  downForMs: () => number;
  /** What holds at the moment of limit, schedule and pause. */
  rule: () => TrafficRule;
}

/** What the ledger says. */
interface Written {
  counts: GroupCounts;
  owners: readonly { ownerId: number; isScanning: boolean }[];
  /** Of files that are still to go up, whatever of them is on its way. */
  pending: { files: number; bytes: number };
  inParts: readonly InParts[];
  blocking: Problem | null;
  pairs: number;
  questions: number;
  problems: number;
  continued: number;
}

/** The totals of everything. What is written down is read again only after something was. */
export class OverviewMaker {
  readonly #options: OverviewOptions;
  /** Something of these had left this machine when Boxcar last ended: a session was open, or a file had been sent off. */
  #continued: number[];
  #version = -1;
  #written: Written | undefined;
  #down: Problem | null = null;
  #stored = new Map<number, { updatedAt: number; bytes: number }>();

  /** To be made when the engine starts, before anything is sent: that tells what goes on from before. */
  constructor(options: OverviewOptions) {
    this.#options = options;
    this.#continued = options.ledger.transferList.begun(maxContinued);
  }

  /** What holds at the moment of limit, schedule and pause. */
  get rule(): TrafficRule {
    return this.#options.rule();
  }

  make(): Overview {
    const { ledger, board } = this.#options;
    if (!this.#written || this.#version !== ledger.version) {
      this.#version = ledger.version;
      this.#written = this.#read();
    }
    const { owners, counts, pending, inParts, pairs, questions, problems, continued } = this.#written;
    const left = { files: pending.files, bytes: Math.max(0, pending.bytes - this.#doneBytes(owners, inParts)) };
    const bytesPerSecond = board.bytesPerSecond();
    const problem = this.#outage() ?? (counts['under-way'] > 0 ? null : this.#written.blocking);
    const isKnown = left.files > 0 && problem === null && !owners.some(({ isScanning }) => isScanning);
    return {
      counts,
      left,
      bytesPerSecond: bytesPerSecond === null ? null : Math.round(bytesPerSecond),
      etaMs: isKnown
        ? estimateMs({
            ...left,
            bytesPerSecond,
            filesPerSecond: this.#filesPerSecond(owners),
            uploadsPerMinute: this.#options.uploadsPerMinute(),
          })
        : null,
      problem,
      pairs,
      questions,
      problems,
      continued,
      rule: this.rule,
    };
  }

  #read(): Written {
    const { transferList, totals } = this.#options.ledger;
    const owners = totals.goingOn();
    const pending = { files: 0, bytes: 0 };
    for (const { ownerId } of owners) {
      const { files, bytes } = totals.pending(ownerId);
      pending.files += files;
      pending.bytes += bytes;
    }
    this.#continued = totals.unended(this.#continued);
    const blocking = totals.blocking().filter(({ code }) => stopsEverything.test(code));
    return {
      counts: groupCounts(transferList.countStates(null)),
      owners,
      pending,
      inParts: owners.flatMap(({ ownerId }) => totals.inParts(ownerId)),
      blocking: blocking.sort((a, b) => b.at - a.at)[0] ?? null,
      pairs: totals.pairs(),
      questions: totals.questions(),
      problems: totals.problems(),
      continued: this.#continued.length,
    };
  }

  /** Bytes of files that are still to go up which are on Box or on the wire already. */
  #doneBytes(owners: Written['owners'], inParts: readonly InParts[]): number {
    const { board, ledger } = this.#options;
    const goingOn = new Set(owners.map(({ ownerId }) => ownerId));
    const stored = new Map<number, { updatedAt: number; bytes: number }>();
    let bytes = 0;
    for (const transfer of inParts) {
      const { id, updatedAt } = transfer;
      if (hasParts(board.get(id))) continue;
      const known = this.#stored.get(id);
      const entry =
        known?.updatedAt === updatedAt ? known : { updatedAt, bytes: ledger.transferList.storedParts(transfer).bytes };
      stored.set(id, entry);
      bytes += entry.bytes;
    }
    this.#stored = stored;
    for (const live of board.running().values()) {
      if (!goingOn.has(live.ownerId)) continue;
      bytes += live.directBytes + live.partBytes;
      for (const part of live.parts.values()) bytes += part.sentBytes;
    }
    return bytes;
  }

  /** Of jobs: a pair has been at it for days, and its pace of then says nothing. */
  #filesPerSecond(owners: Written['owners']): number | null {
    const { board, ledger, clock } = this.#options;
    const now = clock.monotonic();
    let rate: number | null = null;
    for (const { ownerId } of owners) {
      if (ledger.owners.kind(ownerId) === 'pair') continue;
      const { finishedFiles, startedMs } = board.traffic(ownerId);
      if (finishedFiles < trustedFiles || now - startedMs <= trustedMs) continue;
      rate = (rate ?? 0) + (finishedFiles * 1000) / (now - startedMs);
    }
    return rate;
  }

  #outage(): Problem | null {
    const downForMs = this.#options.downForMs();
    if (downForMs === 0) this.#down = null;
    else {
      this.#down ??= {
        code: 'network.unreachable',
        operation: 'transfer',
        detail: 'no answer from Box',
        at: Math.round(this.#options.clock.now() - downForMs),
      };
    }
    return this.#down;
  }
}

function hasParts(live: LiveTransfer | undefined): boolean {
  return live !== undefined && live.partsDone > 0;
}
