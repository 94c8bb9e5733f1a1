/** What is chosen: some by their ids, or all that the filter lets through, known here or not. */
export type Chosen = { kind: 'some'; ids: ReadonlySet<number> } | { kind: 'all' };

const none: Chosen = { kind: 'some', ids: new Set() };

export class Selection {
  now = $state.raw<Chosen>(none);
  /** Where a range begins: the id that was chosen last by itself. */
  anchorId: number | null = null;
  readonly isEmpty = $derived(this.now.kind === 'some' && this.now.ids.size === 0);

  has(id: number): boolean {
    return this.now.kind === 'all' || this.now.ids.has(id);
  }

  /** How many are chosen, `total` being what the filter lets through. */
  count(total: number): number {
    return this.now.kind === 'all' ? total : this.now.ids.size;
  }

  /** Into the selection or out of it. All but one is no selection that can be named: that one leaves, and so do the others. */
  toggle(id: number): void {
    this.anchorId = id;
    if (this.now.kind === 'all') return this.clear();
    const ids = new Set(this.now.ids);
    if (!ids.delete(id)) ids.add(id);
    this.now = { kind: 'some', ids };
  }

  /** These and no others; the anchor stays. */
  put(ids: Iterable<number>): void {
    this.now = { kind: 'some', ids: new Set(ids) };
  }

  all(): void {
    this.now = { kind: 'all' };
  }

  clear(): void {
    this.anchorId = null;
    this.now = none;
  }
}
