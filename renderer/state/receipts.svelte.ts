import type { Receipt } from '../../shared/model.ts';
import { maxSearchedPath } from '../../shared/screen-commands.ts';
import { shownPath } from '../../shared/spool-path.ts';
import type { Session } from './session.svelte.ts';

const pageSize = 200;
const exportSize = 1000;

/** The receipts that a search finds, the newest first, a page at a time. */
export class Receipts {
  words = $state('');
  rows = $state.raw<Receipt[]>([]);
  total = $state<number | null>(null);
  more = $state(false);
  loading = $state(false);
  /** False until the first answer is there. */
  known = $state(false);
  readonly #session: Session;
  /** Where the next page begins; null at the end. */
  #next: number | null = null;
  /** Only the answer to the last question is shown. */
  #asked = 0;
  #reading: Promise<void> = Promise.resolve();
  #isRefreshing = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Reads the first page of what `words` find. */
  search(): Promise<void> {
    return this.#follow(this.#read([], null));
  }

  async readMore(): Promise<void> {
    if (this.#next !== null) await this.#follow(this.#read(this.rows, this.#next));
  }

  /**
   * Reads the first page again, since something has arrived. Who has read on keeps the rows, and is told the new number alone. An
   * answer that is on its way is waited for: another question would make it void, and what arrives all the time would never be shown.
   */
  async refresh(): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    await this.#reading;
    this.#isRefreshing = false;
    if (this.rows.length <= pageSize) return this.#follow(this.#read([], null, true));
    const text = this.#text();
    const { total } = await this.#session.commands.history({ text, before: null, limit: 1 });
    if (text === this.#text()) this.total = total;
  }

  #text(): string {
    return this.words.trim().slice(0, maxSearchedPath);
  }

  #follow(reading: Promise<void>): Promise<void> {
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /** @param isQuiet nobody asked for it, and nothing on the screen waits for it */
  async #read(before: Receipt[], beforeId: number | null, isQuiet = false): Promise<void> {
    const asked = (this.#asked += 1);
    this.loading = !isQuiet;
    try {
      const text = this.#text();
      const page = await this.#session.commands.history({ text, before: beforeId, limit: pageSize });
      if (asked !== this.#asked) return;
      this.known = true;
      this.rows = [...before, ...page.receipts];
      this.#next = page.next;
      this.more = page.next !== null;
      if (beforeId === null) this.total = page.total;
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }

  /** All that the search finds, with paths as people know them, page by page; ends early with what there is when aborted. */
  async readAll(onRead: (count: number) => void, signal: AbortSignal): Promise<Receipt[]> {
    const all: Receipt[] = [];
    const text = this.#text();
    let before: number | null = null;
    do {
      const page: { receipts: Receipt[]; next: number | null } = await this.#session.commands.history({
        text,
        before,
        limit: exportSize,
      });
      all.push(...page.receipts.map((receipt) => ({ ...receipt, path: shownPath(receipt.path) })));
      onRead(all.length);
      before = page.next;
    } while (before !== null && !signal.aborted);
    return all;
  }
}

const columns = ['at', 'path', 'sizeBytes', 'sha1', 'boxSha1', 'fileId', 'versionId', 'how', 'sentBytes'] as const;

/** Receipts as CSV (RFC 4180), times as ISO 8601. A cell that a spreadsheet would take for a formula gets a quote before it. */
export function receiptsCsv(receipts: Receipt[]): string {
  const cell = (value: string | number | null): string => {
    const plain = value === null ? '' : String(value);
    const safe = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = receipts.map((receipt) =>
    columns.map((name) => cell(name === 'at' ? new Date(receipt.at).toISOString() : receipt[name])).join(','),
  );
  return [columns.join(','), ...lines].join('\r\n') + '\r\n';
}
