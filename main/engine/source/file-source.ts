import { stat } from 'node:fs/promises';
import type { PartRange, PartSource } from '../../box/upload-session/part-source.ts';
import type { Clock } from '../../platform/clock.ts';
import { orAborted, sleep } from '../../platform/wait.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import { factsOf } from '../scan/facts.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';
import { HeldFile, type Lease } from './held-file.ts';
import { localProblem, openLocalFile, toProblemError } from './open-local-file.ts';
import { PartDigests } from './part-digests.ts';
import { compareRevision, isSameContent, untilNotRacyMs, type RevisionVerdict } from './revision.ts';
import { SliceReader } from './slice-reader.ts';
import { WholeContent } from './whole-content.ts';

export interface FileSourceOptions {
  path: LocalPath;
  displayPath: string;
  /** Of the plan: size and mtime must still be these. */
  facts: LocalFacts;
  hashPool: HashPool;
  clock: Clock;
  /** How many parts (and at most 256 MiB) the ordered pass runs ahead of the highest part asked for; default 8. */
  readAheadParts?: number | undefined;
  /** Default 1 MiB. */
  sliceBytes?: number | undefined;
  /** So many bytes from the start are read and hashed: "checking what is already there". */
  onPrefix?: ((checkedBytes: number) => void) | undefined;
  /** False: the file is open only while it is read, as on Windows, where an open file can't be replaced. */
  holdOpen?: boolean | undefined;
}

/**
 * One revision of a local file. `wholeDigest` lets the ordered pass run to the end, so call it when the parts are handed
 * out. Once anything has rejected with a problem, all does: the file is planned and opened anew.
 */
export interface FileSource extends PartSource {
  /** The path is gone but the file is the same: it was moved while it went up. */
  readonly movedAway: boolean;
  /** What the transfer goes by: size and mtime of the plan, the rest as last confirmed. */
  readonly facts: LocalFacts;
  /** The whole content in slices, for a direct upload; call `wholeDigest` before. A slice is valid until the next is asked for. */
  readAll(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Stops all work and closes the file; may be called twice. */
  close(): Promise<void>;
}

const maxAheadBytes = 256 * 2 ** 20;
const maxRechecks = 5;
/** A thread that hangs in a read (a network disk that is gone) must not hold up the end of a transfer. */
const closeWithinMs = 1000;

/** Opens a file as a source of parts. Rejects with `local.missing`, `local.unreadable`, `local.not-regular`, `local.changed`. */
export async function openFileSource(options: FileSourceOptions): Promise<FileSource> {
  const { path, displayPath, facts: planned } = options;
  const { handle, facts } = await openLocalFile(path, displayPath);
  const held = new HeldFile(handle);
  if (!isSameContent(facts, planned)) {
    await held.retire();
    throw localProblem('local.changed', 'open', 'Size or time differ from what was planned', displayPath);
  }
  const holdOpen = options.holdOpen ?? process.platform !== 'win32';
  if (!holdOpen) await held.retire();
  return new LocalFileSource(options, facts, holdOpen ? held : null);
}

class LocalFileSource implements FileSource {
  readonly sizeBytes: number;
  readonly #options: FileSourceOptions;
  readonly #reader: SliceReader;
  readonly #whole: WholeContent;
  /** Over the grid that was last asked for; null as long as nobody asked for a part. */
  #parts: PartDigests | null = null;
  #held: HeldFile | null;
  #confirmed: LocalFacts;
  #movedAway = false;
  /** Checks come one after the other: each caller's looks at the file after the call. */
  #checks: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  readonly #closed = new AbortController();
  /** Files that are closed when their last reader is done. */
  readonly #closing = new Set<Promise<void>>();

  constructor(options: FileSourceOptions, facts: LocalFacts, held: HeldFile | null) {
    this.#options = options;
    this.sizeBytes = facts.sizeBytes;
    this.#confirmed = facts;
    this.#held = held;
    this.#reader = new SliceReader(options.displayPath, options.sliceBytes ?? 2 ** 20);
    this.#whole = new WholeContent({ ...options, ...this.#revision(), lease: () => this.#lease() });
  }

  get movedAway(): boolean {
    return this.#movedAway;
  }

  get facts(): LocalFacts {
    return this.#confirmed;
  }

  async digestOf(range: PartRange, signal: AbortSignal): Promise<string> {
    this.#assertUsable();
    return orAborted(this.#partsFor(range).digestOf(range), signal);
  }

  read({ offset, sizeBytes }: PartRange, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#readSlices(offset, sizeBytes, signal);
  }

  readAll(signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#whole.bytes ? this.#keptSlices(this.#whole.bytes) : this.#readSlices(0, this.sizeBytes, signal);
  }

  release(range: PartRange): void {
    this.#reader.release(range.offset);
    if (!this.#failure) this.#partsFor(range).release(range);
  }

  async wholeDigest(signal: AbortSignal): Promise<string> {
    this.#assertUsable();
    const both = AbortSignal.any([signal, this.#closed.signal]);
    const sha1 = this.#parts ? await orAborted(this.#parts.whole(), both) : await this.#whole.digest(both);
    await this.#settleRacy(both);
    return sha1;
  }

  assertUnchanged(): Promise<void> {
    const check = this.#checks.then(() => this.#check());
    this.#checks = check.catch(() => undefined);
    return check;
  }

  async close(): Promise<void> {
    this.#closed.abort(this.#fail(closedError(this.#options.displayPath)));
    if (this.#held) this.#retire(this.#held);
    const drained = Promise.resolve(this.#parts?.stop()).then(() => Promise.all(this.#closing));
    const timeout = new AbortController();
    await Promise.race([drained, sleep(closeWithinMs, timeout.signal).catch(() => undefined)]);
    timeout.abort();
  }

  async #check(): Promise<void> {
    for (let rechecks = 0; ; rechecks += 1) {
      this.#assertUsable();
      const verdict = await this.#look();
      switch (verdict.kind) {
        case 'missing':
          throw this.#fail(this.#problem('local.missing', 'It was deleted'));
        case 'changed':
          throw this.#fail(this.#problem('local.changed', verdict.why));
        case 'same':
          this.#movedAway = verdict.movedAway;
          return;
        case 'verify':
          if (rechecks === maxRechecks) throw this.#fail(this.#problem('local.changed', 'It does not come to rest'));
          await this.#verify(verdict);
      }
    }
  }

  async #look(): Promise<RevisionVerdict> {
    try {
      const lease = this.#held?.lease();
      try {
        const stats = await lease?.handle.stat({ bigint: true });
        const held = stats ? { facts: factsOf(stats), links: Number(stats.nlink) } : null;
        return compareRevision(this.#confirmed, { held, atPath: await this.#factsAtPath() });
      } finally {
        lease?.release();
      }
    } catch (error) {
      throw this.#fail(toProblemError(error, 'check', this.#options.displayPath));
    }
  }

  async #factsAtPath(): Promise<LocalFacts | null> {
    try {
      return factsOf(await stat(this.#options.path, { bigint: true }));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw error;
    }
  }

  /** Reads again what was digested; the transfer then goes by the new facts. */
  async #verify({ from, facts, movedAway }: Extract<RevisionVerdict, { kind: 'verify' }>): Promise<void> {
    try {
      if (from === 'path' && this.#held) {
        const { path, displayPath } = this.#options;
        const opened = await openLocalFile(path, displayPath);
        this.#retire(this.#held);
        this.#held = new HeldFile(opened.handle);
        if (!isSameContent(opened.facts, this.#confirmed)) {
          throw this.#problem('local.changed', 'Another file stands in its place');
        }
        facts = opened.facts;
      }
      this.#confirmed = facts;
      this.#movedAway = movedAway;
      if (!this.#whole.isEmpty) await this.#whole.recheck(this.#closed.signal);
      await this.#parts?.recheck();
    } catch (error) {
      throw this.#fail(toProblemError(error, 'check', this.#options.displayPath));
    }
  }

  /** What was read within two seconds of the file's mtime is read again once these are over. */
  async #settleRacy(signal: AbortSignal): Promise<void> {
    const isRacy = () => this.#whole.isRacy || (this.#parts?.racyParts.length ?? 0) > 0;
    if (!isRacy()) return;
    await sleep(untilNotRacyMs(this.#confirmed.mtimeNs, this.#options.clock.now()), signal);
    await this.assertUnchanged();
    try {
      if (this.#whole.isRacy) await this.#whole.recheck(signal);
      await this.#parts?.recheckRacy();
    } catch (error) {
      signal.throwIfAborted();
      throw this.#fail(toProblemError(error, 'hash', this.#options.displayPath));
    }
    await this.assertUnchanged();
  }

  async *#readSlices(offset: number, sizeBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.#assertUsable();
    const { handle, release } = await this.#lease();
    try {
      yield* this.#reader.read(handle, offset, sizeBytes, () => {
        signal.throwIfAborted();
        this.#assertUsable();
      });
    } finally {
      release();
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the other way of reading is async
  async *#keptSlices(bytes: Buffer): AsyncGenerator<Uint8Array> {
    this.#assertUsable();
    if (bytes.length > 0) yield bytes;
  }

  /** The parts of the grid that the range belongs to; a new session of Box may come with another grid. */
  #partsFor({ index, offset, sizeBytes }: PartRange): PartDigests {
    const partSizeBytes = Math.max(1, index > 0 ? offset / index : sizeBytes);
    if (this.#parts?.partSizeBytes === partSizeBytes) return this.#parts;
    const { readAheadParts = 8, onPrefix, displayPath } = this.#options;
    const replaced = this.#parts;
    const parts: PartDigests = new PartDigests({
      ...this.#options,
      ...this.#revision(),
      partSizeBytes,
      aheadParts: Math.max(1, Math.min(readAheadParts, Math.floor(maxAheadBytes / partSizeBytes))),
      lease: () => this.#lease(),
      onPrefix: onPrefix ?? (() => undefined),
      onFailure: (reason) => {
        if (this.#parts === parts) this.#fail(reason);
      },
    });
    this.#parts = parts;
    replaced?.fail(localProblem('local.internal', 'hash', 'Another grid of parts took its place', displayPath));
    return parts;
  }

  #revision(): { sizeBytes: number; mtimeNs: string } {
    return { sizeBytes: this.#confirmed.sizeBytes, mtimeNs: this.#confirmed.mtimeNs };
  }

  async #lease(): Promise<Lease> {
    if (this.#held) return this.#held.lease();
    const { path, displayPath } = this.#options;
    const { handle, facts } = await openLocalFile(path, displayPath);
    const file = new HeldFile(handle);
    const lease = file.lease();
    this.#retire(file);
    if (isSameContent(facts, this.#confirmed)) return lease;
    lease.release();
    throw this.#problem('local.changed', 'It was written to or replaced');
  }

  #retire(file: HeldFile): void {
    const closed = file.retire();
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }

  #assertUsable(): void {
    if (this.#failure) throw this.#failure;
  }

  /** From here on everything rejects with the first reason there was. */
  #fail(reason: Error): Error {
    this.#failure ??= reason;
    this.#parts?.fail(this.#failure);
    return this.#failure;
  }

  #problem(code: 'local.changed' | 'local.missing', detail: string) {
    return localProblem(code, 'check', detail, this.#options.displayPath);
  }
}

function closedError(displayPath: string) {
  return localProblem('local.internal', 'read', 'The file was closed', displayPath);
}
