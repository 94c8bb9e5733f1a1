import type { PartRange } from '../../box/upload-session/part-source.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HashPool, OrderedPass } from '../hash/hash-pool.ts';
import type { Lease } from './held-file.ts';
import { localProblem, toProblemError } from './open-local-file.ts';
import { isRacy } from './revision.ts';

export interface PartDigestsOptions {
  displayPath: string;
  sizeBytes: number;
  mtimeNs: string;
  partSizeBytes: number;
  /** The ordered pass runs so far ahead of the highest part asked for. */
  aheadParts: number;
  hashPool: HashPool;
  clock: Clock;
  /** The file to read, as it stands now. */
  lease: () => Promise<Lease>;
  onPrefix: (checkedBytes: number) => void;
  /** Nothing more will come of this file. */
  onFailure: (reason: Error) => void;
}

/**
 * The digests of one revision over one grid of parts. One pass goes through the file in order, for the parts and the whole
 * from the same read; a part far ahead of it is read by itself in another thread, and read again when the pass comes there.
 * Whatever is digested twice must agree, or the file changed meanwhile.
 */
export class PartDigests {
  readonly #options: PartDigestsOptions;
  readonly #totalParts: number;
  readonly #known = new Map<number, string>();
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  readonly #released = new Set<number>();
  /** Read so soon after the file was written that another write might not show. */
  readonly #racy = new Set<number>();
  readonly #whole = Promise.withResolvers<string>();
  #wholeKnown: string | null = null;
  #failure: Error | null = null;
  readonly #stopped = new AbortController();

  #pass: OrderedPass | null = null;
  /** Counts passes: what an earlier one still reports is void. */
  #generation = 0;
  #passEnds: Promise<void> = Promise.resolve();
  /** A pass that began now would be waited for with the one that ends, though nobody lets it run to its end. */
  #isStopping = false;
  /** The pass has digested the parts below this one. */
  #position = 0;
  /** The pass may digest the parts below this one. */
  #allowed = 0;
  #highestAsked = -1;
  #isWholeWanted = false;
  /** Set while everything known is read again: the last part of it. */
  #recheck: { through: number; done: PromiseWithResolvers<void> } | null = null;
  readonly #ranges = new Set<Promise<void>>();

  constructor(options: PartDigestsOptions) {
    this.#options = options;
    this.#totalParts = Math.max(1, Math.ceil(options.sizeBytes / options.partSizeBytes));
    this.#whole.promise.catch(() => undefined);
  }

  get partSizeBytes(): number {
    return this.#options.partSizeBytes;
  }

  /** Nothing was digested, so nothing has to be read again. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  get racyParts(): readonly number[] {
    return [...this.#racy];
  }

  digestOf({ index }: PartRange): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#highestAsked = Math.max(this.#highestAsked, index);
    const known = this.#known.get(index);
    if (known !== undefined) {
      this.#advance();
      return Promise.resolve(known);
    }
    let waiting = this.#waiting.get(index);
    if (!waiting) {
      waiting = Promise.withResolvers<string>();
      waiting.promise.catch(() => undefined);
      this.#waiting.set(index, waiting);
      const isNear = index >= this.#position && index - this.#position <= this.#options.aheadParts;
      if (!isNear) void this.#digestAlone(index).catch((error: unknown) => this.#failBy(error));
    }
    this.#advance();
    return waiting.promise;
  }

  /** The part is on Box: nobody reads it soon, so the pass need not wait for anybody. */
  release({ index }: PartRange): void {
    this.#released.add(index);
    this.#advance();
  }

  /** The digest of the whole; lets the pass run to the end. */
  whole(): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#isWholeWanted = true;
    this.#advance();
    return this.#whole.promise;
  }

  /** Reads again everything that was digested, in a new pass over what `lease` now gives; rejects with `local.changed`. */
  async recheck(): Promise<void> {
    await this.#stopPass();
    if (this.#failure) throw this.#failure;
    const through = this.#wholeKnown === null ? Math.max(-1, ...this.#known.keys()) : this.#totalParts - 1;
    this.#position = 0;
    this.#allowed = 0;
    if (through < 0) return this.#advance();
    const done = Promise.withResolvers<void>();
    this.#recheck = { through, done };
    this.#advance();
    await done.promise;
  }

  /** Reads the racy parts again, each by itself; rejects with `local.changed`. */
  async recheckRacy(): Promise<void> {
    const racy = [...this.#racy];
    this.#racy.clear();
    try {
      await Promise.all(racy.map((index) => this.#digestAlone(index)));
    } catch (error) {
      this.#failBy(error);
      throw error;
    }
  }

  /** Everything that waits, and all that comes, rejects with the reason. */
  fail(reason: Error): void {
    if (this.#failure) return;
    this.#failure = reason;
    this.#whole.reject(reason);
    this.#recheck?.done.reject(reason);
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
    this.#options.onFailure(reason);
    void this.stop();
  }

  #failBy(error: unknown): void {
    this.fail(toProblemError(error, 'hash', this.#options.displayPath));
  }

  /** Resolves when no thread reads the file any more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#stopPass();
    await Promise.all(this.#ranges);
  }

  async #stopPass(): Promise<void> {
    this.#isStopping = true;
    this.#generation += 1;
    const pass = this.#pass;
    this.#pass = null;
    await pass?.cancel();
    await this.#passEnds;
    this.#isStopping = false;
  }

  #advance(): void {
    if (this.#failure || this.#isStopping || this.#stopped.signal.aborted) return;
    const ahead = this.#highestAsked < 0 ? -1 : this.#highestAsked + this.#options.aheadParts;
    const through = Math.max(this.#isWholeWanted ? Infinity : ahead, this.#recheck?.through ?? -1);
    while (this.#allowed < this.#totalParts && (this.#allowed <= through || this.#released.has(this.#allowed))) {
      this.#allowed += 1;
    }
    if (this.#allowed > 0 && this.#position < this.#totalParts && !this.#pass) this.#startPass();
    if (this.#allowed > 0) this.#pass?.allow(this.#allowed - 1);
  }

  #startPass(): void {
    const { hashPool, displayPath, sizeBytes, partSizeBytes, clock, lease, onPrefix } = this.#options;
    const generation = (this.#generation += 1);
    const isCurrent = () => generation === this.#generation;
    // Stands for the pass until the file is open; `allow` is made up for afterwards.
    const placeholder: OrderedPass = {
      position: 0,
      allow: () => undefined,
      whole: this.#whole.promise,
      cancel: () => Promise.resolve(),
    };
    this.#pass = placeholder;
    const run = async () => {
      const { handle, release } = await lease();
      try {
        if (!isCurrent()) return;
        let readFromMs = clock.now();
        const pass = hashPool.startPass({
          fd: handle.fd,
          displayPath,
          sizeBytes,
          partSizeBytes,
          onPart: (index, sha1) => {
            this.#note(index, sha1, readFromMs);
            readFromMs = clock.now();
            this.#position = index + 1;
            if (this.#recheck && index >= this.#recheck.through) this.#recheckEnds(index);
          },
          onProgress: onPrefix,
        });
        this.#pass = pass;
        if (this.#allowed > 0) pass.allow(this.#allowed - 1);
        try {
          const whole = await pass.whole;
          if (isCurrent()) this.#noteWhole(whole);
        } finally {
          await pass.cancel();
        }
      } catch (error) {
        if (isCurrent()) this.#failBy(error);
      } finally {
        release();
      }
    };
    const earlier = this.#passEnds;
    this.#passEnds = run().then(
      () => earlier,
      (error: unknown) => {
        if (isCurrent()) this.#failBy(error);
        return earlier;
      },
    );
  }

  /** After the last part the digest of the whole is still to come. */
  #recheckEnds(index: number): void {
    if (index === this.#totalParts - 1 || this.#failure) return;
    this.#recheck?.done.resolve();
    this.#recheck = null;
  }

  async #digestAlone(index: number): Promise<void> {
    const { hashPool, displayPath, partSizeBytes, sizeBytes, clock, lease } = this.#options;
    const offset = index * partSizeBytes;
    const range = { offset, sizeBytes: Math.min(partSizeBytes, sizeBytes - offset) };
    const work = (async () => {
      const { handle, release } = await lease();
      try {
        const readFromMs = clock.now();
        const target = { fd: handle.fd, displayPath };
        this.#note(index, await hashPool.digestRange(target, range, this.#stopped.signal), readFromMs);
      } finally {
        release();
      }
    })();
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#ranges.add(settled);
    void settled.then(() => this.#ranges.delete(settled));
    await work;
  }

  #note(index: number, sha1: string, readFromMs: number): void {
    if (this.#failure) return;
    const known = this.#known.get(index);
    if (known !== undefined && known !== sha1) {
      this.fail(
        localProblem('local.changed', 'hash', `Part ${index + 1} has other bytes now`, this.#options.displayPath),
      );
      return;
    }
    if (isRacy(this.#options.mtimeNs, readFromMs, this.#options.clock.now())) this.#racy.add(index);
    this.#known.set(index, sha1);
    this.#waiting.get(index)?.resolve(sha1);
    this.#waiting.delete(index);
  }

  /** Read again, the whole agrees when all parts did. */
  #noteWhole(sha1: string): void {
    if (this.#failure) return;
    this.#wholeKnown = sha1;
    this.#whole.resolve(sha1);
    this.#recheck?.done.resolve();
    this.#recheck = null;
  }
}
