/** One of Box's answers about a transfer. */
export interface AnsweredRequest {
  /** ms since 1970. */
  at: number;
  /** `create upload session`, `PUT part 7`, … */
  operation: string;
  requestId: string;
}

const keptRequests = 50;
const keptSpans = 120;
const firstSpanMs = 1000;

/** Bytes over the wire in each span of time since the first. When the spans are full, each two become one of twice the length. */
export class Throughput {
  spanMs = firstSpanMs;
  readonly #spans: number[] = [];
  #startedMs: number | null = null;

  add(bytes: number, nowMs: number): void {
    this.advance(nowMs);
    this.#startedMs ??= nowMs;
    if (this.#spans.length === 0) this.#spans.push(0);
    this.#spans[this.#spans.length - 1]! += bytes;
  }

  /** Time has passed: spans in which nothing went are shown as well. Nothing before the first bytes. */
  advance(nowMs: number): void {
    if (this.#startedMs === null) return;
    while (nowMs - this.#startedMs >= this.spanMs * keptSpans) this.#double();
    const current = Math.max(0, Math.floor((nowMs - this.#startedMs) / this.spanMs));
    while (this.#spans.length <= current) this.#spans.push(0);
  }

  /** Oldest first; the last one is not over yet. At most 120. */
  get spans(): number[] {
    return [...this.#spans];
  }

  #double(): void {
    const halves = this.#spans.splice(0);
    for (let at = 0; at < halves.length; at += 2) this.#spans.push(halves[at]! + (halves[at + 1] ?? 0));
    this.spanMs *= 2;
  }
}

/** What outlasts the single runs of a transfer, as long as the engine runs. */
export class TransferHistory {
  readonly throughput = new Throughput();
  readonly requests: AnsweredRequest[] = [];

  answered(request: AnsweredRequest): void {
    this.requests.push(request);
    if (this.requests.length > keptRequests) this.requests.shift();
  }
}
