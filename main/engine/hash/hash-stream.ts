import type { Problem } from '../../../shared/problem.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import type { HashReply, HashSlice } from './protocol.ts';

export interface HashStreamOptions {
  id: number;
  fd: number;
  displayPath: string;
  startOffset: number;
  sizeBytes: number;
  /** null: no digests of parts. */
  partSizeBytes: number | null;
  whole: boolean;
  onPart: (index: number, sha1: string) => void;
  onProgress: (hashedBytes: number) => void;
}

/**
 * The bytes of one file, or of a range of it, on their way through a hashing thread: cuts the next slice, takes the replies
 * in order, and settles once. Knows nothing of threads, so what it does depends on its calls alone.
 */
export class HashStream {
  readonly id: number;
  readonly displayPath: string;
  readonly #options: HashStreamOptions;
  readonly #end: number;
  /** Bytes below this may be read; always the end of a part. */
  #limit: number;
  /** The next slice starts here. */
  #next: number;
  #started = false;
  #partsDone = 0;
  /** Ends of the slices without a reply. */
  readonly #ends: number[] = [];
  #isSettled = false;
  readonly #outcome = Promise.withResolvers<string>();
  readonly #drained = Promise.withResolvers<void>();

  constructor(options: HashStreamOptions) {
    this.id = options.id;
    this.displayPath = options.displayPath;
    this.#options = options;
    this.#end = options.startOffset + options.sizeBytes;
    this.#limit = options.startOffset;
    this.#next = options.startOffset;
    this.#outcome.promise.catch(() => undefined);
  }

  /** The last digest given out: of the whole, or of the one part. */
  get outcome(): Promise<string> {
    return this.#outcome.promise;
  }

  /** Resolves when it has settled and no thread reads for it. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  get partsDone(): number {
    return this.#partsDone;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get isDrained(): boolean {
    return this.#isSettled && this.#ends.length === 0;
  }

  get remainingBytes(): number {
    return this.#end - this.#next;
  }

  /** A slice can be cut. An empty file has one slice of no bytes. */
  get isRunnable(): boolean {
    if (this.#isSettled) return false;
    return this.#next < this.#limit || (!this.#started && this.#limit === this.#end);
  }

  /** Lets it go on through part `index`, or with Infinity to the end. */
  allow(index: number): void {
    const { startOffset, partSizeBytes } = this.#options;
    const limit = partSizeBytes === null ? this.#end : startOffset + (index + 1) * partSizeBytes;
    this.#limit = Math.max(this.#limit, Math.min(limit, this.#end));
  }

  /** The next slice: at most `sliceBytes`, and never across the end of a part. */
  cut(sliceBytes: number): HashSlice {
    const { fd, startOffset, partSizeBytes, whole } = this.#options;
    const offset = this.#next;
    const partEnd =
      partSizeBytes === null
        ? this.#end
        : Math.min(this.#end, offset - ((offset - startOffset) % partSizeBytes) + partSizeBytes);
    const end = Math.min(offset + sliceBytes, partEnd);
    this.#started = true;
    this.#next = end;
    this.#ends.push(end);
    return {
      stream: this.id,
      fd,
      offset,
      sizeBytes: end - offset,
      part: partSizeBytes === null ? 'none' : end === partEnd ? 'end' : 'more',
      whole: !whole ? 'none' : end === this.#end ? 'end' : 'more',
    };
  }

  take({ part, whole, failure }: HashReply): void {
    const end = this.#ends.shift();
    if (!this.#isSettled) {
      if (failure) this.fail(this.#problemOf(failure));
      else {
        if (part !== undefined) this.#options.onPart(this.#partsDone++, part);
        if (end !== undefined) this.#options.onProgress(end - this.#options.startOffset);
        if (whole !== undefined) this.#settle(() => this.#outcome.resolve(whole));
        else if (part !== undefined && !this.#options.whole && end === this.#end) {
          this.#settle(() => this.#outcome.resolve(part));
        }
      }
    }
    this.#noteDrained();
  }

  fail(problem: Problem, cause?: unknown): void {
    this.reject(new ProblemError(problem, { cause }));
  }

  reject(reason: unknown): void {
    if (!this.#isSettled) this.#settle(() => this.#outcome.reject(reason));
    this.#noteDrained();
  }

  /** The thread is gone, and with it the slices it had. */
  forgetSlices(): void {
    this.#ends.length = 0;
    this.#noteDrained();
  }

  #settle(how: () => void): void {
    this.#isSettled = true;
    how();
  }

  #noteDrained(): void {
    if (this.isDrained) this.#drained.resolve();
  }

  #problemOf(failure: NonNullable<HashReply['failure']>): Problem {
    if ('message' in failure) {
      return fileProblem(Object.assign(new Error(failure.message), { code: failure.code }), 'hash', this.displayPath);
    }
    const detail = `The file ends at ${failure.endedAt} bytes, ${this.#end} were expected`;
    return { code: 'local.changed', operation: 'hash', detail, item: this.displayPath, at: Date.now() };
  }
}
