import type { FileHandle } from 'node:fs/promises';

/** Leave to read from an open file; the file is not closed before all leases are back. */
export interface Lease {
  handle: FileHandle;
  release: () => void;
}

/** An open file that is closed when it is no longer wanted and nobody reads it any more. */
export class HeldFile {
  readonly handle: FileHandle;
  #leases = 0;
  #isRetired = false;
  readonly #closed = Promise.withResolvers<void>();

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  lease(): Lease {
    this.#leases += 1;
    let isOut = true;
    return {
      handle: this.handle,
      release: () => {
        if (!isOut) return;
        isOut = false;
        this.#leases -= 1;
        this.#closeIfUnused();
      },
    };
  }

  /** Closes it once the last lease is back; resolves then. */
  retire(): Promise<void> {
    this.#isRetired = true;
    this.#closeIfUnused();
    return this.#closed.promise;
  }

  #closeIfUnused(): void {
    if (!this.#isRetired || this.#leases > 0) return;
    // Nothing was written through it, so an error of close says nothing about the content.
    void this.handle.close().then(this.#closed.resolve, () => this.#closed.resolve());
  }
}
