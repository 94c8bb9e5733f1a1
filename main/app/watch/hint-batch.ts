/** How long events are gathered, and from how many folders on the whole root is read instead. */
export interface HintLimits {
  /** A batch leaves when nothing was noted for so long … */
  quietMs: number;
  /** … or when its first note is so old, whatever still happens. */
  maxMs: number;
  /** More folders than these collapse to an overflow. */
  maxFolders: number;
}

/** A quarter of a second of somebody's saving, unpacking or deleting is one reading of the folders concerned. */
export const defaultHintLimits: HintLimits = { quietMs: 100, maxMs: 1000, maxFolders: 1000 };

/** What is to be read again. With `overflow` it is the whole root, and `folders` is empty. */
export interface Hints {
  folders: string[];
  overflow: boolean;
}

/**
 * The folders of one root that changed since the last hint, as in Syncthing's watchaggregator: a quiet delay and a hard
 * maximum. Knows no timers: the caller brings the time (ms, never going back) and asks when the batch is due.
 */
export class HintBatch {
  readonly #limits: HintLimits;
  #folders = new Set<string>();
  #overflow = false;
  #firstAtMs: number | null = null;
  #lastAtMs = 0;

  constructor(limits: HintLimits = defaultHintLimits) {
    this.#limits = limits;
  }

  /** Entries of this folder changed. */
  note(folder: string, nowMs: number): void {
    this.#touch(nowMs);
    if (this.#overflow) return;
    this.#folders.add(folder);
    if (this.#folders.size > this.#limits.maxFolders) this.#collapse();
  }

  /** Anything in the root may have changed. */
  noteOverflow(nowMs: number): void {
    this.#touch(nowMs);
    this.#collapse();
  }

  /** When the batch is to leave; null while it is empty. */
  dueAtMs(): number | null {
    if (this.#firstAtMs === null) return null;
    return Math.min(this.#lastAtMs + this.#limits.quietMs, this.#firstAtMs + this.#limits.maxMs);
  }

  /** The batch, which is empty afterwards. */
  take(): Hints {
    const hints = { folders: [...this.#folders], overflow: this.#overflow };
    this.#folders = new Set();
    this.#overflow = false;
    this.#firstAtMs = null;
    return hints;
  }

  #touch(nowMs: number): void {
    this.#firstAtMs ??= nowMs;
    this.#lastAtMs = nowMs;
  }

  #collapse(): void {
    this.#overflow = true;
    this.#folders = new Set();
  }
}
