/** What is to be done with the watches of one root. `folders: null`: all of the root. */
export type RootTask = { do: 'watch'; folders: string[]; more: boolean } | { do: 'unwatch'; folders: string[] | null };

/** The tasks of one root in their order, for one reader. */
export class RootTasks {
  readonly #tasks: RootTask[] = [];
  #arrived = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();
  #isClosed = false;
  /** Folders that wait to be watched. */
  waitingFolders = 0;

  push(task: RootTask): void {
    if (this.#isClosed) return;
    this.#tasks.push(task);
    if (task.do === 'watch') this.waitingFolders += task.folders.length;
    this.#arrived.resolve();
  }

  /** The next one, when it is there; undefined once closed. */
  next(): Promise<RootTask | undefined> {
    return this.nextUnless(() => false);
  }

  /** The next one, or undefined where that fits: it is left for the next call then. */
  async nextUnless(leave: (task: RootTask) => boolean): Promise<RootTask | undefined> {
    while (this.#tasks.length === 0 && !this.#isClosed) {
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
    const task = this.#tasks[0];
    if (!task || leave(task)) return undefined;
    this.#tasks.shift();
    if (task.do === 'watch') this.waitingFolders -= task.folders.length;
    this.#taken.resolve();
    return task;
  }

  /** Settles when at most so many folders wait, or when closed. */
  async room(most: number): Promise<void> {
    while (this.waitingFolders > most && !this.#isClosed) {
      this.#taken = Promise.withResolvers();
      await this.#taken.promise;
    }
  }

  /** Drops what waits; the reader ends. */
  close(): void {
    this.#isClosed = true;
    this.#tasks.length = 0;
    this.waitingFolders = 0;
    this.#arrived.resolve();
    this.#taken.resolve();
  }
}
