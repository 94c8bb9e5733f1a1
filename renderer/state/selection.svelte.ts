/** What is chosen: some by their ids, or all that the filter lets through, known here or not, but for some. */
export type Chosen = { kind: 'some'; ids: ReadonlySet<number> } | { kind: 'all'; except: ReadonlySet<number> };

const none: Chosen = { kind: 'some', ids: new Set() };

export class Selection {
  now = $state.raw<Chosen>(none);
  /** Where a range begins: the id that was chosen last by itself. */
  anchorId: number | null = null;
  readonly isEmpty = $derived(this.now.kind === 'some' && this.now.ids.size === 0);

  has(id: number): boolean {
    return this.now.kind === 'all' ? !this.now.except.has(id) : this.now.ids.has(id);
  }

  /** How many are chosen, `total` being what the filter lets through. */
  count(total: number): number {
    return this.now.kind === 'all' ? Math.max(0, total - this.now.except.size) : this.now.ids.size;
  }

  /** Into the selection or out of it. */
  toggle(id: number): void {
    this.anchorId = id;
    const { now } = this;
    const ids = new Set(now.kind === 'all' ? now.except : now.ids);
    if (!ids.delete(id)) ids.add(id);
    this.now = now.kind === 'all' ? { kind: 'all', except: ids } : { kind: 'some', ids };
  }

  /** These and no others; the anchor stays. */
  put(ids: Iterable<number>): void {
    this.now = { kind: 'some', ids: new Set(ids) };
  }

  all(): void {
    this.now = { kind: 'all', except: new Set() };
  }

  clear(): void {
    this.anchorId = null;
    this.now = none;
  }
}
