import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { CallError } from '../../../shared/call-error.ts';
import type { ShellState } from '../../../shared/shell-model.ts';
import type { Logger } from '../../platform/log.ts';
import { admit, emptyRecord, newDrop, whatArrived, type Drop, type SettledDrop } from './drop.ts';
import { appendToJournal, readJournal, type DropUpload } from './drop-journal.ts';
import { DropSlots } from './drop-slots.ts';
import { droppedPath } from './dropped-path.ts';
import { isOtherLiving, processMark } from './process-mark.ts';
import { receiveFile } from './receive-file.ts';

/** A drop that nothing arrives for is one whose page is gone. */
const idleMs = 120_000;
/** What is left free on the disk, for the ledger and everybody else. */
const reserveBytes = 200e6;
const mostNamed = 100;
const dropIdPattern = /^drop-[0-9a-f]{32}$/;
/** What is being removed: half of it is no drop any more. */
const goingPattern = /^gone-[0-9a-f]{32}$/;

export interface FileHead {
  /** Relative, with `/`. */
  path: string;
  sizeBytes: number;
  modifiedAtMs: number | undefined;
}

/**
 * Copies of what was dropped where no path is to be had, in `spool/<drop>/files` of the data folder. A file gets its name there
 * when it is whole, so what stands there after a crash is good.
 */
export interface Spool {
  /** @throws CallError `refused` when the disk hasn't the room. */
  begin(announced: { files: number; bytes: number }): Promise<string>;
  /** @throws CallError as {@link receiveFile}, and `usage` for a drop or a path that can't be. */
  receive(dropId: string, head: FileHead, bytes: Readable, signal: AbortSignal): Promise<void>;
  /** The absolute paths of what was dropped, once all of it has arrived; of a drop that was cut off, what is whole. */
  end(dropId: string): Promise<string[]>;
  /** Removes it, whatever has arrived. */
  cancel(dropId: string): Promise<void>;
  dismiss(dropId: string): Promise<void>;
  lost(): ShellState['lost'];
  kept(): ShellState['kept'];
  /** The drop that a path lies in. */
  dropOf(path: string): string | undefined;
  /** Written down before the engine is told, so that a crash between the two is no loss. */
  setUpload(dropId: string, upload: DropUpload): void;
  /** The upload was refused: where it goes is open again. */
  unsetUpload(dropId: string): void;
  setJob(dropId: string, jobId: number): void;
  /** Drops of an account that go up, or should. */
  uploads(accountId: string): { dropId: string; upload: DropUpload; jobId: number | undefined }[];
  /** The upload of a drop is done with: its copy goes. */
  finish(dropId: string): Promise<void>;
  onChange(callback: () => void): void;
  /** Cuts off what is arriving. */
  close(): Promise<void>;
}

/** Opens the spool of a data folder and looks what was left in it; drops of another living process are left to that. */
export async function openSpool(options: { home: string; logger: Logger }): Promise<Spool> {
  const spool = new FolderSpool(join(options.home, 'spool'), options.logger);
  await spool.recover();
  return spool;
}

class FolderSpool implements Spool {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #drops = new Map<string, Drop>();
  readonly #slots = new DropSlots();
  readonly #changes: (() => void)[] = [];
  #sequence = 0;

  constructor(root: string, logger: Logger) {
    this.#root = root;
    this.#logger = logger;
  }

  async recover(): Promise<void> {
    const names = await readdir(this.#root).catch(() => []);
    for (const name of names.filter((one) => goingPattern.test(one))) await this.#removeFolder(name);
    for (const id of names.filter((name) => dropIdPattern.test(name))) {
      const record = readJournal(this.#journal(id));
      if (record && isOtherLiving(record.owner)) continue;
      const drop = newDrop(id, record ?? emptyRecord());
      this.#drops.set(id, drop);
      await this.#settle(drop);
    }
  }

  async begin({ files, bytes }: { files: number; bytes: number }): Promise<string> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const disk = await statfs(this.#root);
    const freeBytes = disk.bavail * disk.bsize;
    if (bytes + reserveBytes > freeBytes) {
      throw new CallError(
        'refused',
        `There is not enough room on the disk of Boxcar's data folder to copy ${megabytes(bytes)}: ${megabytes(freeBytes)} are free. ` +
          'Free space, drop less at once, or upload from the command line, which copies nothing.',
      );
    }
    const id = `drop-${randomBytes(16).toString('hex')}`;
    const record = { ...emptyRecord(), files, bytes, owner: processMark() };
    await mkdir(join(this.#root, id), { mode: 0o700 });
    appendToJournal(this.#journal(id), { entry: 'begin', files, bytes, owner: record.owner }, true);
    for (const folder of [this.#files(id), this.#incoming(id)]) mkdirSync(folder, { mode: 0o700 });
    const drop = newDrop(id, record);
    this.#drops.set(id, drop);
    this.#touch(drop);
    return id;
  }

  async receive(dropId: string, head: FileHead, bytes: Readable, signal: AbortSignal): Promise<void> {
    const drop = this.#open(dropId);
    const names = droppedPath(head.path);
    const path = names.join('/');
    admit(drop, path);
    this.#touch(drop);
    const both = AbortSignal.any([signal, drop.cancel.signal]);
    const work = this.#take(drop, path, { names, head }, bytes, both);
    drop.receiving.add(work);
    try {
      await work;
      drop.arrived.add(path);
    } finally {
      drop.receiving.delete(work);
      drop.arriving.delete(path);
      this.#touch(drop);
    }
  }

  async #take(
    drop: Drop,
    path: string,
    { names, head }: { names: string[]; head: FileHead },
    bytes: Readable,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#slots.take(signal);
    try {
      if (!drop.record.begun.has(path)) {
        appendToJournal(this.#journal(drop.id), { entry: 'file', path }, false);
        drop.record.begun.add(path);
      }
      this.#sequence += 1;
      const { sizeBytes, modifiedAtMs } = head;
      const temporary = join(this.#incoming(drop.id), `${this.#sequence}.part`);
      const final = join(this.#files(drop.id), ...names);
      await receiveFile({ temporary, final, sizeBytes, modifiedAtMs }, bytes, signal);
    } finally {
      this.#slots.release();
    }
  }

  async end(dropId: string): Promise<string[]> {
    const drop = this.#drops.get(dropId);
    if (!drop) throw unknownDrop();
    if (!drop.settled) {
      const missing = drop.record.files - drop.arrived.size;
      if (missing > 0) throw new CallError('refused', `${missing} of ${drop.record.files} files are not here yet.`);
      await this.#settle(drop);
      this.#touch(drop);
    }
    const names = await readdir(this.#files(dropId)).catch(() => []);
    return names.map((name) => join(this.#files(dropId), name));
  }

  async cancel(dropId: string): Promise<void> {
    const drop = this.#drops.get(dropId);
    if (!drop) return;
    if (drop.record.upload) throw new CallError('refused', 'It is being uploaded: abort that upload.');
    await this.#remove(drop);
  }

  async dismiss(dropId: string): Promise<void> {
    const drop = this.#drops.get(dropId);
    if (!drop?.settled) return;
    appendToJournal(this.#journal(dropId), { entry: 'dismissed' }, true);
    drop.record.isDismissed = true;
    if (drop.settled.arrived.length === 0) await this.#remove(drop);
    else this.#tell();
  }

  lost(): ShellState['lost'] {
    return this.#settled().flatMap(({ id, record, settled: { lost, lostCount } }) =>
      lostCount === 0 || record.isDismissed ? [] : [{ dropId: id, files: lost.slice(0, mostNamed), count: lostCount }],
    );
  }

  kept(): ShellState['kept'] {
    return this.#settled().flatMap(({ id, record, settled: { arrived, arrivedBytes } }) => {
      // While its page is there, it has asked for the places and says itself where they go.
      if (arrived.length === 0 || record.upload || record.owner === processMark()) return [];
      return [{ dropId: id, files: arrived.slice(0, mostNamed), count: arrived.length, bytes: arrivedBytes }];
    });
  }

  dropOf(path: string): string | undefined {
    const [id = ''] = relative(this.#root, path).split(sep);
    return this.#drops.has(id) ? id : undefined;
  }

  setUpload(dropId: string, upload: DropUpload): void {
    const drop = this.#drops.get(dropId);
    if (!drop) throw unknownDrop();
    appendToJournal(this.#journal(dropId), { entry: 'upload', upload }, true);
    clearTimeout(drop.idle);
    drop.record.upload = upload;
    drop.record.jobId = undefined;
    this.#tell();
  }

  unsetUpload(dropId: string): void {
    const drop = this.#drops.get(dropId);
    if (!drop) return;
    appendToJournal(this.#journal(dropId), { entry: 'upload', upload: null }, true);
    drop.record.upload = undefined;
    this.#touch(drop);
    this.#tell();
  }

  setJob(dropId: string, jobId: number): void {
    const drop = this.#drops.get(dropId);
    if (!drop) return;
    appendToJournal(this.#journal(dropId), { entry: 'job', jobId }, true);
    drop.record.jobId = jobId;
  }

  uploads(accountId: string): { dropId: string; upload: DropUpload; jobId: number | undefined }[] {
    return [...this.#drops.values()].flatMap(({ id, record: { upload, jobId } }) =>
      upload?.accountId === accountId ? [{ dropId: id, upload, jobId }] : [],
    );
  }

  async finish(dropId: string): Promise<void> {
    const drop = this.#drops.get(dropId);
    if (drop) await this.#remove(drop);
  }

  onChange(callback: () => void): void {
    this.#changes.push(callback);
  }

  async close(): Promise<void> {
    const drops = [...this.#drops.values()];
    for (const { idle, cancel } of drops) {
      clearTimeout(idle);
      cancel.abort(new CallError('link-lost', 'Boxcar is ending.'));
    }
    await Promise.allSettled(drops.flatMap(({ receiving }) => [...receiving]));
  }

  #open(dropId: string): Drop {
    const drop = this.#drops.get(dropId);
    if (!drop || drop.settled) throw unknownDrop();
    return drop;
  }

  /** Nothing arrives for it any more: what is whole stays, everything else is named as lost. */
  async #settle(drop: Drop): Promise<void> {
    clearTimeout(drop.idle);
    const { upload, isDismissed } = drop.record;
    const { arrived, lostCount } = (drop.settled = await whatArrived(this.#files(drop.id), drop.record));
    await rm(this.#incoming(drop.id), { recursive: true, force: true });
    if (arrived.length === 0 && !upload && (lostCount === 0 || isDismissed)) await this.#remove(drop);
    else this.#tell();
  }

  async #remove(drop: Drop): Promise<void> {
    clearTimeout(drop.idle);
    this.#drops.delete(drop.id);
    drop.cancel.abort(new CallError('refused', 'This drop was cancelled.'));
    await Promise.allSettled(drop.receiving);
    const going = drop.id.replace('drop-', 'gone-');
    try {
      // Under another name at once: a crash in the middle would leave files without the journal that says they are on Box.
      await rename(join(this.#root, drop.id), join(this.#root, going));
      await this.#removeFolder(going);
    } catch {
      await this.#removeFolder(drop.id);
    }
    this.#tell();
  }

  async #removeFolder(name: string): Promise<void> {
    await rm(join(this.#root, name), { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'a drop could not be removed; the next start tries again');
    });
  }

  #touch(drop: Drop): void {
    clearTimeout(drop.idle);
    if (drop.record.upload || drop.cancel.signal.aborted || drop.arriving.size > 0) return;
    drop.idle = setTimeout(() => {
      // Nobody will say any more where it goes: it is as after a crash.
      drop.record.owner = '';
      this.#settle(drop).catch((error: unknown) => this.#logger.error({ err: error }, 'a drop could not be settled'));
    }, idleMs);
    drop.idle.unref();
  }

  #settled(): (Drop & { settled: SettledDrop })[] {
    return [...this.#drops.values()].filter(
      (drop): drop is Drop & { settled: SettledDrop } => drop.settled !== undefined,
    );
  }

  #tell(): void {
    this.#changes.forEach((callback) => callback());
  }

  #journal(id: string): string {
    return join(this.#root, id, 'journal');
  }

  #files(id: string): string {
    return join(this.#root, id, 'files');
  }

  #incoming(id: string): string {
    return join(this.#root, id, 'incoming');
  }
}

function unknownDrop(): CallError {
  return new CallError('usage', 'This drop is no longer open. Drop the files again.');
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
}
