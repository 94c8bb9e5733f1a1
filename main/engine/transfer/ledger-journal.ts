import type { Problem } from '../../../shared/problem.ts';
import { lastOffset } from '../../box/paging.ts';
import type { SentPart, SessionRecord, UploadJournal } from '../../box/upload-session/journal.ts';
import type { PartRange } from '../../box/upload-session/part-source.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PartRowData } from '../ledger/parts.ts';
import { DoneParts } from '../progress/done-parts.ts';
import { newLivePart, type LiveBoard, type LivePart, type LiveTransfer } from '../progress/live.ts';

/**
 * The journal of one session upload: what must survive goes to the ledger before the upload goes on, what only moves goes
 * to the live board.
 */
export class LedgerJournal implements UploadJournal {
  readonly #ledger: Ledger;
  readonly #board: LiveBoard;
  readonly #live: LiveTransfer;
  readonly #clock: Clock;
  readonly #transferId: number;
  readonly #sizeBytes: number;
  /** Parts that some PUT was begun for, in this run or an earlier one: their bytes count as sent again. */
  readonly #begun: Set<number>;
  /** Parts whose bytes count as being on Box. */
  readonly #counted: Set<number>;
  readonly #reached: () => void;
  readonly #again = new Set<number>();

  constructor(options: {
    ledger: Ledger;
    board: LiveBoard;
    live: LiveTransfer;
    clock: Clock;
    transferId: number;
    sizeBytes: number;
    /** What an earlier run has left. */
    earlier: readonly PartRowData[];
    /** Called with every answer of Box. */
    reached: () => void;
  }) {
    this.#ledger = options.ledger;
    this.#board = options.board;
    this.#live = options.live;
    this.#clock = options.clock;
    this.#transferId = options.transferId;
    this.#sizeBytes = options.sizeBytes;
    this.#begun = new Set(options.earlier.map(({ index }) => index));
    this.#counted = new Set(options.earlier.filter(({ state }) => state === 'done').map(({ index }) => index));
    this.#reached = options.reached;
  }

  async sessionOpening(): Promise<void> {
    await this.#write(() => this.#ledger.transfers.move(this.#transferId, 'opening', {}, this.#clock.now()));
  }

  async sessionOpened(session: SessionRecord): Promise<void> {
    this.#reached();
    this.#counted.clear();
    this.#begun.clear();
    this.#live.partsTotal = session.totalParts;
    this.#live.partBytes = 0;
    this.#live.partsDone = 0;
    this.#live.parts.clear();
    this.#live.done = null;
    await this.#write(() => {
      this.#ledger.transfers.setSession(this.#transferId, session);
      this.#ledger.transfers.move(this.#transferId, 'sending', { note: `session ${session.id}` }, this.#clock.now());
      // What an earlier commit intended is void with its session; after the move, since `committing` needs it.
      this.#ledger.transfers.setIntended(this.#transferId, null);
    });
    this.#live.done = new DoneParts({ ...session, sizeBytes: this.#sizeBytes });
  }

  partHashing(range: PartRange): void {
    this.#part(range).state = 'hashing';
  }

  async partSending(range: PartRange, sha1: string, attempt: number): Promise<void> {
    const part = this.#part(range);
    part.state = 'sending';
    part.sentBytes = 0;
    part.attempts = attempt;
    if (this.#begun.has(range.index)) this.#again.add(range.index);
    this.#begun.add(range.index);
    // It need not outlast a power cut: what then stands on Box of a part that was never noted, Box's list of parts tells.
    await this.#ledger.step(() => {
      const { transfers, parts } = this.#ledger;
      parts.sending(this.#transferId, range.index, sha1);
      const state = transfers.get(this.#transferId)?.state;
      if (state === 'committing') {
        // Bytes are missing after all, so the commit is known not to have happened.
        transfers.move(this.#transferId, 'sending', { note: 'Box misses parts' }, this.#clock.now());
        transfers.setIntended(this.#transferId, null);
      } else if (state === 'queued') {
        transfers.move(this.#transferId, 'sending', { note: 'the session goes on' }, this.#clock.now());
      }
    });
  }

  partProgress(range: PartRange, sentBytes: number): void {
    const part = this.#part(range);
    const more = sentBytes - part.sentBytes;
    if (more <= 0) return;
    part.sentBytes = sentBytes;
    this.#board.sent(this.#live, more, this.#again.has(range.index), part);
  }

  /** After a power cut Box's list tells what has arrived; only what it does not reach has to be on the disk here. */
  async partDone(part: SentPart): Promise<void> {
    const isListed = this.#live.partsTotal !== null && this.#live.partsTotal <= lastOffset;
    await this.#ledger[isListed ? 'step' : 'write'](() => this.#ledger.parts.done(this.#transferId, part));
    this.#reached();
    this.#live.parts.delete(part.index);
    this.#live.done?.mark(part.index, part.origin);
    if (this.#counted.has(part.index)) return;
    this.#counted.add(part.index);
    this.#live.partBytes += part.sizeBytes;
    this.#live.partsDone += 1;
  }

  partFailed(range: PartRange, problem: Problem, next: 'unsure' | 'waiting' | 'pending'): void {
    const part = this.#part(range);
    part.state = next;
    part.problem = problem;
    part.sentBytes = 0;
  }

  async committing(sha1: string): Promise<void> {
    await this.#write(() => {
      this.#ledger.transfers.setIntended(this.#transferId, sha1);
      this.#ledger.transfers.move(this.#transferId, 'committing', {}, this.#clock.now());
    });
  }

  commitPending(processedParts: number, totalParts: number): void {
    this.#reached();
    this.#live.commit = { processed: processedParts, total: totalParts };
  }

  #part(range: PartRange): LivePart {
    let part = this.#live.parts.get(range.index);
    if (!part) {
      part = newLivePart();
      this.#live.parts.set(range.index, part);
    }
    return part;
  }

  async #write(change: () => void): Promise<void> {
    await this.#ledger.write(change);
  }
}
