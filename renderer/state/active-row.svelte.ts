import type { TransferList } from './transfer-list.svelte.ts';

/** The row that the keyboard is at. It is a transfer and not a place: it is followed when the list is sorted anew. */
export class ActiveRow {
  index = $state(0);
  /** Null while the row of the place isn't known, and after the transfer went out of sight. */
  id = $state<number | null>(null);
  readonly #list: TransferList;
  /** It went away by itself: the row that stands in its place now is nobody's choice. */
  #isLost = false;

  constructor(list: TransferList, at: { index: number; id: number | null } = { index: 0, id: null }) {
    this.#list = list;
    this.index = at.index;
    this.id = at.id;
  }

  /** To a place of the list; places beyond its ends are its ends. */
  moveTo(index: number): void {
    this.index = Math.max(0, Math.min(index, this.#list.total - 1));
    this.id = this.#list.idAt(this.index) ?? null;
    this.#isLost = false;
  }

  moveBy(rows: number): void {
    // Whatever follows the one that went away stands in its place already.
    this.moveTo(this.index + (this.#isLost && rows > 0 ? rows - 1 : rows));
  }

  /** After the list has changed: where it is now. */
  follow(): void {
    const { total, known, isStale } = this.#list;
    if (isStale) return;
    if (this.id !== null) {
      const index = this.#list.indexOf(this.id);
      if (index >= 0) {
        this.index = index;
        return;
      }
      const isInKnown = this.index >= known.from && this.index < known.from + known.ids.length;
      // Beyond the window it may still stand where it stood.
      if (!isInKnown && this.index < total) return;
      this.id = null;
      this.#isLost = true;
    }
    this.index = Math.max(0, Math.min(this.index, total - 1));
    if (!this.#isLost) this.id = this.#list.idAt(this.index) ?? null;
  }

  /**
   * Before something is done to it: true when there is one that a person has seen as chosen. Else the row in its place is chosen, so
   * that the next key means it.
   */
  confirm(): boolean {
    if (this.id !== null && this.#list.indexOf(this.id) >= 0) return true;
    this.moveTo(this.index);
    return false;
  }
}
