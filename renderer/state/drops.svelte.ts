import type { IfExists } from '../../shared/model.ts';
import { dropIdOf } from '../../shared/spool-path.ts';
import type { Place } from '../../shared/page-contract.ts';
import { topNames, type DroppedFile } from './dropped-files.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

/** What was dropped or picked and waits for a target. */
export type Pending =
  | { kind: 'files'; names: string[]; files: DroppedFile[]; bytes: number }
  /** The shell knows them by path already; `copy`: the drop that was made for them, which goes with them. */
  | { kind: 'places'; names: string[]; places: Place[]; copy?: string | null };

interface Copying {
  files: number;
  bytes: number;
  totalFiles: number;
  totalBytes: number;
}

/** What a person hands over by dropping or picking: it waits for its target, is copied where the shell has no path, and goes up. */
export class Drops {
  pending = $state.raw<Pending | null>(null);
  /** While the browser hands the bytes over. */
  copying = $state.raw<Copying | null>(null);
  error = $state<string | null>(null);
  readonly #session: Session;
  #abort: AbortController | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  take(files: DroppedFile[]): void {
    if (files.length === 0 || this.copying) return;
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    this.#wait({ kind: 'files', names: topNames(files), files, bytes });
  }

  /** The system's own dialog, where the shell has one. */
  async choose(what: 'folder' | 'files'): Promise<void> {
    const chosen = await this.#session.commands.choose({ what });
    if (chosen) this.takePlaces(chosen.places);
  }

  /** What the shell knows by path already: chosen in its dialog, or handed over by the system. */
  takePlaces(chosen: readonly { place: Place; path: string }[]): void {
    if (chosen.length === 0 || this.copying) return;
    const names = chosen.map(({ path }) => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path);
    this.#wait({ kind: 'places', names, places: chosen.map(({ place }) => place) });
  }

  /** What had arrived whole before Boxcar ended: its places are known again. */
  async takeKept(dropId: string): Promise<void> {
    this.takePlaces((await this.#session.commands.endDrop({ dropId })).places);
  }

  /** Uploads what waits. Returns the job; null when it failed (`error` says why, and it still waits) or was cancelled. */
  async upload(target: string, ifExists: IfExists): Promise<number | null> {
    const { pending } = this;
    if (!pending) return null;
    this.error = null;
    try {
      const { places, copy = null } = pending.kind === 'places' ? pending : await this.#copy(pending);
      // Where the upload is refused, another try need not copy again.
      this.pending = { kind: 'places', names: pending.names, places, copy };
      const { jobId } = await this.#session.commands.uploadPlaces({ places, target, ifExists });
      this.pending = null;
      return jobId;
    } catch (error) {
      if (!this.#abort?.signal.aborted) this.error = messageOf(error);
      return null;
    } finally {
      this.copying = null;
      this.#abort = undefined;
    }
  }

  /** Ends the copying, or forgets what waits. */
  cancel(): void {
    if (this.#abort) return this.#abort.abort();
    this.#wait(null);
  }

  /** What waited before goes, and so does the copy that was made of it. */
  #wait(pending: Pending | null): void {
    const before = this.pending;
    this.error = null;
    this.pending = pending;
    if (before?.kind !== 'places' || !before.copy) return;
    // One that is refused is being uploaded after all.
    this.#session.commands.cancelDrop({ dropId: before.copy }).catch(() => undefined);
  }

  async #copy({
    files,
    bytes,
  }: Extract<Pending, { kind: 'files' }>): Promise<{ places: Place[]; copy: string | null }> {
    this.#abort = new AbortController();
    const total = { totalFiles: files.length, totalBytes: bytes };
    this.copying = { files: 0, bytes: 0, ...total };
    const taken = await this.#session.takeFiles(files, {
      signal: this.#abort.signal,
      onProgress: (arrived) => (this.copying = { ...arrived, ...total }),
    });
    this.#abort = undefined;
    return { places: taken.map(({ place }) => place), copy: dropIdOf(taken[0]?.path ?? '') };
  }
}
