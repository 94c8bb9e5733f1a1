import type { JobSummary, PartRow, TransferRow } from '../../../shared/model.ts';
import type { PairsProgress } from '../../../shared/pair-model.ts';
import type { JobProgress } from '../../../shared/progress-contract.ts';
import { activeStates, type PartState, type TransferState } from '../../../shared/transfer-state.ts';
import type { Clock } from '../../platform/clock.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PartRowData } from '../ledger/parts.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import { estimateMs } from './estimate.ts';
import type { LiveBoard, LiveTransfer } from './live.ts';

const shownTransfers = 12;

/** What a row is made of, beside what moves. */
export interface RowData extends Pick<
  TransferRowData,
  'id' | 'ownerId' | 'kind' | 'state' | 'wait' | 'sizeBytes' | 'attempts' | 'problem' | 'updatedAt'
> {
  path: string;
  session: { partSizeBytes: number; totalParts: number } | null;
}

/** Puts together what the ledger knows and what moves into the rows that people see. */
export class RowMaker {
  readonly #ledger: Ledger;
  readonly #board: LiveBoard;
  readonly #clock: Clock;
  readonly #uploadsPerMinute: () => number;
  readonly #held: () => TransferRow['wait'];

  /** @param options.held what holds everything that is queued, if anything does */
  constructor(options: {
    ledger: Ledger;
    board: LiveBoard;
    clock: Clock;
    uploadsPerMinute: () => number;
    held: () => TransferRow['wait'];
  }) {
    this.#ledger = options.ledger;
    this.#board = options.board;
    this.#clock = options.clock;
    this.#uploadsPerMinute = options.uploadsPerMinute;
    this.#held = options.held;
  }

  transfer(data: TransferRowData): TransferRow {
    const file = this.#ledger.files.place(data.fileId)!;
    const path = joinPath(this.#ledger.folders.path(file.folderId), file.name, file.nameRaw).display;
    return this.row({ ...data, path });
  }

  /** A row of what the ledger has, with what moves. */
  row(data: RowData): TransferRow {
    const live = this.#board.get(data.id);
    // While it runs the board knows, but for the time before its parts are known.
    const stored =
      data.session && !(live && live.partsDone > 0) ? this.#ledger.transferList.storedParts(data) : nothingStored;
    const speed = live?.speed.bytesPerSecond(this.#clock.monotonic()) ?? null;
    return {
      id: data.id,
      ...this.#ledger.owners.ref(data.ownerId),
      path: data.path,
      kind: data.kind,
      state: data.state,
      wait: data.state === 'queued' ? this.#held() : data.wait,
      sizeBytes: data.sizeBytes,
      doneBytes: data.state === 'done' ? data.sizeBytes : doneBytes(data, live, stored.bytes),
      bytesPerSecond: speed === null ? null : Math.round(speed),
      parts: partCounts(data, live, stored.done),
      commit: live?.commit ?? null,
      attempts: data.attempts,
      problem: data.problem,
      updatedAt: data.updatedAt,
    };
  }

  /** What holds everything that is queued; the same object as long as it is the same. */
  get held(): TransferRow['wait'] {
    return this.#held();
  }

  /** Every part of a session upload, begun or not, or `count` of them from an index on; empty where there is no session. */
  parts(data: TransferRowData, from = 0, count = Infinity): PartRow[] {
    const { session } = data;
    if (!session) return [];
    const length = Math.max(0, Math.min(count, session.totalParts - from));
    const stored = new Map(this.#ledger.parts.list(data.id, from, length).map((row) => [row.index, row]));
    const live = this.#board.get(data.id);
    return Array.from({ length }, (_, nth) => {
      const index = from + nth;
      const row = stored.get(index);
      const moving = live?.parts.get(index);
      const offset = index * session.partSizeBytes;
      const sizeBytes = Math.min(session.partSizeBytes, data.sizeBytes - offset);
      const state = partState(row, moving?.state);
      return {
        index,
        offset,
        sizeBytes,
        state,
        origin: row?.origin ?? null,
        attempts: row?.attempts ?? moving?.attempts ?? 0,
        sha1: row?.sha1 ?? null,
        partId: row?.partId ?? null,
        sentBytes: state === 'done' ? sizeBytes : (moving?.sentBytes ?? 0),
        problem: moving?.problem ?? null,
      };
    });
  }

  job(jobId: number): JobProgress | undefined {
    const summary = this.summary(jobId);
    if (!summary) return undefined;
    const traffic = this.#board.traffic(jobId);
    const now = this.#clock.monotonic();
    const active = this.#ledger.transfers
      .list({ ownerId: jobId, states: this.#shownStates(), after: 0, limit: 200 })
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, shownTransfers)
      .map((data) => this.transfer(data));
    const bytesPerSecond = traffic.speed.bytesPerSecond(now);
    const elapsedMs = now - traffic.startedMs;
    const etaMs = estimateMs({
      bytes: summary.totalBytes - summary.doneBytes,
      files: summary.counts.pending,
      bytesPerSecond,
      filesPerSecond:
        traffic.finishedFiles >= 20 && elapsedMs > 2000 ? (traffic.finishedFiles * 1000) / elapsedMs : null,
      uploadsPerMinute: this.#uploadsPerMinute(),
    });
    return {
      job: summary,
      bytesPerSecond,
      // While the tree is still being read nobody knows how much is left.
      etaMs: summary.state === 'active' ? etaMs : null,
      sentBytes: traffic.sentBytes,
      resentBytes: traffic.resentBytes,
      active,
    };
  }

  /** While everything is paused nothing would be shown, and nobody would know why. */
  #shownStates(): readonly TransferState[] {
    return this.#held() ? [...activeStates, 'queued'] : activeStates;
  }

  /** What is under way in all pairs together. */
  pairTraffic(pairIds: ReadonlySet<number>): Pick<PairsProgress, 'bytesPerSecond' | 'etaMs' | 'active'> {
    const now = this.#clock.monotonic();
    const active: TransferRow[] = [];
    let bytesPerSecond: number | null = null;
    let [bytes, files] = [0, 0];
    for (const id of pairIds) {
      const query = { ownerId: id, states: this.#shownStates(), after: 0, limit: 200 };
      active.push(...this.#ledger.transfers.list(query).map((data) => this.transfer(data)));
      const speed = this.#board.traffic(id).speed.bytesPerSecond(now);
      if (speed !== null) bytesPerSecond = (bytesPerSecond ?? 0) + speed;
      const { counts, totalBytes, syncedBytes } = this.#ledger.pairs.counts(id);
      if (counts.pending === 0) continue;
      files += counts.pending;
      bytes += totalBytes - syncedBytes;
    }
    const uploadsPerMinute = this.#uploadsPerMinute();
    return {
      bytesPerSecond,
      etaMs: files === 0 ? null : estimateMs({ bytes, files, bytesPerSecond, filesPerSecond: null, uploadsPerMinute }),
      active: active.sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, shownTransfers),
    };
  }

  /** A job with its totals; bytes of parts that are on Box already count. */
  summary(jobId: number): JobSummary | undefined {
    const summary = this.#ledger.jobs.summary(jobId);
    if (!summary) return undefined;
    const { transfers } = this.#ledger;
    const direct = transfers
      .list({ ownerId: jobId, states: ['sending'], after: 0, limit: 200 })
      .filter(({ session }) => session === null);
    const moving = [...direct, ...transfers.inParts(jobId, 1000)].reduce((sum, data) => sum + this.#doneBytes(data), 0);
    return { ...summary, doneBytes: Math.min(summary.totalBytes, summary.doneBytes + moving) };
  }

  #doneBytes(data: TransferRowData): number {
    const live = this.#board.get(data.id);
    const isKnown = data.session === null || (live && live.partsDone > 0);
    return doneBytes(data, live, isKnown ? 0 : this.#ledger.transferList.storedParts(data).bytes);
  }
}

const nothingStored = { done: 0, bytes: 0 };

function doneBytes(
  data: Pick<RowData, 'kind' | 'sizeBytes'>,
  live: LiveTransfer | undefined,
  storedBytes: number,
): number {
  if (data.kind !== 'session') return Math.min(data.sizeBytes, live?.directBytes ?? 0);
  const stored = live && live.partsDone > 0 ? live.partBytes : storedBytes;
  const moving = live ? live.parts.values().reduce((sum, part) => sum + part.sentBytes, 0) : 0;
  return Math.min(data.sizeBytes, stored + moving);
}

function partCounts(
  data: Pick<RowData, 'session'>,
  live: LiveTransfer | undefined,
  storedDone: number,
): TransferRow['parts'] {
  const total = live?.partsTotal ?? data.session?.totalParts;
  if (total === undefined) return null;
  const inFlight = live
    ? live.parts
        .values()
        .filter((part) => part.state === 'sending')
        .toArray().length
    : 0;
  return { total, done: live && live.partsDone > 0 ? live.partsDone : storedDone, inFlight };
}

function partState(row: PartRowData | undefined, moving: PartState | undefined): PartState {
  if (row?.state === 'done') return 'done';
  return moving ?? 'pending';
}
