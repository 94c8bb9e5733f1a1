import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const flushAfterMs = 200;
const bufferLimitChars = 64 * 1024;

/**
 * An append-only text file that never outgrows `maxBytes` times two: a full one becomes `FILE.1` and replaces the last of that name.
 * Writes are gathered for 200 ms; `flush` writes them now, as does the end of the process. A disk that refuses loses lines and
 * never the program: logs are the first thing to give up when space is short.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #buffer = '';
  #timer: NodeJS.Timeout | undefined;
  #descriptor: number | undefined;
  #closed = false;
  readonly #onExit = () => this.flush();

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    process.on('exit', this.#onExit);
  }

  write(text: string): void {
    if (this.#closed) return;
    this.#buffer += text;
    if (this.#buffer.length > bufferLimitChars) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushAfterMs).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#buffer;
    this.#buffer = '';
    if (text === '') return;
    try {
      writeSync(this.#open(Buffer.byteLength(text)), text);
    } catch {
      this.#release();
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
    process.off('exit', this.#onExit);
    this.#release();
  }

  /** The file to append to, after making room for so many bytes. Another process may have rotated it: then the new one is opened. */
  #open(sizeBytes: number): number {
    if (this.#descriptor === undefined) {
      makeFolder(dirname(this.#path));
      this.#descriptor = openSync(this.#path, 'a', 0o600);
    }
    const ours = fstatSync(this.#descriptor);
    if (ours.size === 0 || ours.size + sizeBytes <= this.#maxBytes) return this.#descriptor;
    this.#release();
    const named = statSync(this.#path, { throwIfNoEntry: false });
    if (named?.ino === ours.ino) {
      rmSync(`${this.#path}.1`, { force: true });
      renameSync(this.#path, `${this.#path}.1`);
    }
    this.#descriptor = openSync(this.#path, 'a', 0o600);
    return this.#descriptor;
  }

  #release(): void {
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      closeSync(descriptor);
    } catch {
      // Nothing to save: the descriptor is gone either way.
    }
  }
}

/** One level only: a data folder that vanished is not made again by its log. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
