import { nameKey } from '../../../shared/box-names.ts';
import { transferGroups, type GroupCounts, type TransferGroup } from '../../../shared/list-model.ts';
import type { ListKey, TransferListStore } from '../ledger/transfer-list.ts';

/** So many hits of a group can be seen; all of them are counted. */
const maxHits = 20_000;
const pageRows = 200;
/** The search rests this many times as long as it took, so that it never takes more than a fifth of a core. */
const restShare = 4;

interface Hits {
  counts: GroupCounts;
  ids: Record<TransferGroup, number[]>;
}

/**
 * Finds transfers by a part of their file's name. It reads the groups in their order and in slices: a million names take about
 * two seconds. While the first search runs, what it has found so far is shown; later ones replace it when they are through.
 */
export class NameSearch {
  readonly #store: TransferListStore;
  readonly #version: () => number;
  /** Monotonic ms. */
  readonly #now: () => number;
  readonly #ownerId: number | null;
  readonly #text: string;
  #found: Hits = noHits();
  #next: Hits = this.#found;
  #at: { group: number; key: ListKey | null } | null = { group: 0, key: null };
  /** The ledger's version when the search began that is under way or was the last. */
  #begunAt: number;
  #spentMs = 0;
  #restUntilMs = 0;

  constructor(
    { store, version, now }: { store: TransferListStore; version: () => number; now: () => number },
    text: string,
    ownerId: number | null,
  ) {
    this.#store = store;
    this.#now = now;
    this.#version = version;
    this.#text = nameKey(text);
    this.#ownerId = ownerId;
    this.#begunAt = version();
  }

  get counts(): GroupCounts {
    return this.#found.counts;
  }

  ids(group: TransferGroup, from: number, limit: number): number[] {
    return this.#found.ids[group].slice(from, from + limit);
  }

  /** How long until there is more to do; Infinity: when something is written. */
  againMs(nowMs: number): number {
    if (this.#at) return 0;
    return this.#version() === this.#begunAt ? Infinity : Math.max(0, this.#restUntilMs - nowMs);
  }

  /** Goes on for about so long. Returns whether what is shown may have changed. */
  work(limitMs: number): boolean {
    const begunMs = this.#now();
    if (!this.#at) {
      if (this.againMs(begunMs) > 0) return false;
      this.#at = { group: 0, key: null };
      this.#next = noHits();
      this.#begunAt = this.#version();
      this.#spentMs = 0;
    }
    let nowMs = begunMs;
    while (this.#at && nowMs - begunMs < limitMs) {
      this.#at = this.#page(this.#at.group, this.#at.key);
      nowMs = this.#now();
    }
    this.#spentMs += nowMs - begunMs;
    const isShown = this.#next === this.#found;
    if (this.#at) return isShown;
    this.#found = this.#next;
    this.#restUntilMs = nowMs + restShare * this.#spentMs;
    return true;
  }

  #page(groupAt: number, key: ListKey | null): { group: number; key: ListKey | null } | null {
    const group = transferGroups[groupAt]!;
    const { rows, next } = this.#store.names(group, this.#ownerId, key, pageRows);
    const ids = this.#next.ids[group];
    for (const { id, name } of rows) {
      if (!nameKey(name).includes(this.#text)) continue;
      this.#next.counts[group] += 1;
      if (ids.length < maxHits) ids.push(id);
    }
    if (next) return { group: groupAt, key: next };
    return groupAt + 1 < transferGroups.length ? { group: groupAt + 1, key: null } : null;
  }
}

function noHits(): Hits {
  return {
    counts: { 'needs-you': 0, 'under-way': 0, waiting: 0, done: 0 },
    ids: { 'needs-you': [], 'under-way': [], waiting: [], done: [] },
  };
}
