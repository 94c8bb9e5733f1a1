/** What stands at an end of a wire. */
export interface WireEnd {
  message(data: unknown): void;
  close(): void;
}

/** One end of a pair: whatever carries it (a port here, a page, another process) connects to it. */
export class Wire {
  #peer: Wire | undefined;
  #end: WireEnd | undefined;
  readonly #waiting: unknown[] = [];
  #isClosed = false;

  static pair(): [Wire, Wire] {
    const [first, second] = [new Wire(), new Wire()];
    first.#peer = second;
    second.#peer = first;
    return [first, second];
  }

  /** Delivers what has come and what comes. */
  connect(end: WireEnd): void {
    this.#end = end;
    for (const data of this.#waiting.splice(0)) setImmediate(() => this.#end?.message(data));
    if (this.#isClosed) setImmediate(() => this.#end?.close());
  }

  disconnect(): void {
    this.#end = undefined;
  }

  /** Never delivered within the call, as between processes. */
  post(data: unknown): void {
    const copy = structuredClone(data);
    const peer = this.#peer;
    setImmediate(() => peer && peer.#take(copy));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const peer = this.#peer;
    setImmediate(() => peer && peer.#closed());
  }

  #take(data: unknown): void {
    if (this.#isClosed) return;
    if (this.#end) this.#end.message(data);
    else this.#waiting.push(data);
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end?.close();
  }
}
