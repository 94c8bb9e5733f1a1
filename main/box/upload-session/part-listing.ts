import type { Grid } from './grid.ts';
import { layListing, type Listing } from './listing.ts';
import { listAllParts } from './session-calls.ts';
import { callOptions, type UploadRun } from './upload-run.ts';

/** Reads what Box holds of a session. */
export async function readListing(
  run: UploadRun,
  listPartsUrl: string,
  grid: Grid,
  signal: AbortSignal,
): Promise<Listing> {
  const { parts, truncated } = await listAllParts(run.connection, { url: listPartsUrl }, callOptions(run, signal));
  return layListing(grid, parts, truncated);
}

/**
 * Shares listings among parts that are unsure at the same time. Each caller gets one that began after it asked: an
 * older one may have missed its part.
 */
export class SharedListing {
  readonly #read: () => Promise<Listing>;
  #running: Promise<unknown> = Promise.resolve();
  #queued: Promise<Listing> | undefined;

  constructor(read: () => Promise<Listing>) {
    this.#read = read;
  }

  fresh(): Promise<Listing> {
    this.#queued ??= this.#afterRunning();
    return this.#queued;
  }

  async #afterRunning(): Promise<Listing> {
    await this.#running;
    this.#queued = undefined;
    const listing = this.#read();
    this.#running = listing.catch(() => undefined);
    return listing;
  }
}
