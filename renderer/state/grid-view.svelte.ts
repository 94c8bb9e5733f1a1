import type { GroupCounts, TransferGroup } from '../../shared/list-model.ts';
import {
  ariaIndexOf,
  commonShift,
  drawnBox,
  isStretched,
  layOut,
  rowAt,
  scrollFor,
  scrollOf,
  topOf,
} from './list-layout.ts';
import type { TransferCell, TransferList } from './transfer-list.svelte.ts';

/** Rows drawn beyond what is in sight, so that a scroll by a little shows them at once. */
const spareRows = 4;
const noCounts: GroupCounts = { 'needs-you': 0, 'under-way': 0, waiting: 0, done: 0 };
const unscrolled = { heightPx: 0, offsetPx: 0, shiftPx: 0 };

export interface DrawnRow {
  key: number | string;
  index: number;
  ariaIndex: number;
  /** From the upper edge of its group. */
  topPx: number;
  /** Absent while it isn't known. */
  cell: TransferCell | undefined;
}

export interface DrawnGroup {
  group: TransferGroup;
  /** All of its transfers, also when it is folded. */
  count: number;
  isFolded: boolean;
  ariaIndex: number;
  topPx: number;
  heightPx: number;
  rows: DrawnRow[];
}

/** Which rows of the list are drawn, and where: the ones in sight and a few more. */
export class GridView {
  element = $state.raw<HTMLElement | null>(null);
  scrollPx = $state(0);
  windowPx = $state(0);
  rowPx = $state(64);
  headerPx = $state(36);
  readonly #list: TransferList;
  readonly layout = $derived.by(() => {
    const { counts, group, folded } = this.#list;
    return layOut(counts ?? noCounts, group, { rowPx: this.rowPx, headerPx: this.headerPx }, folded);
  });
  readonly #scroll = $derived(scrollOf(this.layout, this.scrollPx, this.windowPx));
  readonly heightPx = $derived(this.#scroll.heightPx);
  readonly first = $derived(rowAt(this.layout, this.#scroll.offsetPx + this.layout.headerPx));
  readonly last = $derived(rowAt(this.layout, this.#scroll.offsetPx + this.windowPx));
  readonly groups = $derived.by(() => this.#draw());
  /** All that assistive technology counts, headers included. */
  readonly ariaRows = $derived(this.layout.rows + (this.layout.headerPx > 0 ? this.layout.boxes.length : 0));
  #inSight: { id: number; topPx: number }[] = [];
  /** Where to scroll to with the next batch. */
  #goToPx: number | null;
  /** With the next batch its header is to be in sight. */
  #goTo: TransferGroup | null = null;

  constructor(list: TransferList, startPx = 0) {
    this.#list = list;
    this.#goToPx = startPx;
  }

  /** The next rows are other ones: they are seen from the first on. */
  startOver(): void {
    this.#goToPx = 0;
  }

  /** The next rows are other ones below the header of a group: it stays in sight. */
  stayAt(group: TransferGroup): void {
    this.#goTo = group;
  }

  scrolled(): void {
    this.scrollPx = this.element?.scrollTop ?? 0;
    this.#remember();
  }

  /** After the list has changed: what is read stays where it is, though rows come and go above it. */
  hold(): void {
    const { element } = this;
    if (!element || this.#list.isStale) return;
    if (this.#goToPx !== null) {
      element.scrollTop = this.#goToPx;
      this.scrollPx = element.scrollTop;
      this.#goToPx = null;
    } else if (this.#goTo !== null) {
      const box = this.layout.boxes.find(({ group }) => group === this.#goTo);
      if (box && box.topPx < this.#scroll.offsetPx) this.#scrollTo(box.topPx);
      this.#goTo = null;
    } else if (this.scrollPx > 0) {
      const shifts = this.#inSight.flatMap(({ id, topPx }) => {
        const index = this.#list.indexOf(id);
        return index < 0 ? [] : [topOf(this.layout, index) - topPx];
      });
      const shift = commonShift(shifts);
      if (shift !== 0) this.#scrollTo(this.#scroll.offsetPx + shift);
    }
    this.#remember();
  }

  /** Scrolls as little as it takes to see a row. */
  reveal(index: number): void {
    const { headerPx, rowPx } = this.layout;
    const topPx = topOf(this.layout, index);
    const { offsetPx } = this.#scroll;
    if (topPx - headerPx < offsetPx) this.#scrollTo(topPx - headerPx);
    else if (topPx + rowPx > offsetPx + this.windowPx) this.#scrollTo(topPx + rowPx - this.windowPx);
  }

  #scrollTo(offsetPx: number): void {
    if (!this.element) return;
    this.element.scrollTop = scrollFor(this.layout, Math.max(0, offsetPx), this.windowPx);
    this.scrollPx = this.element.scrollTop;
    this.#remember();
  }

  #remember(): void {
    this.#inSight = [];
    for (let index = this.first; index <= this.last; index += 1) {
      const id = this.#list.idAt(index);
      if (id !== undefined) this.#inSight.push({ id, topPx: topOf(this.layout, index) });
    }
  }

  #draw(): DrawnGroup[] {
    const { layout } = this;
    // Who doesn't need the place of the scroll must not be drawn again with each step of it.
    const scroll = isStretched(layout) ? this.#scroll : unscrolled;
    const [from, to] = [this.first - spareRows, this.last + spareRows];
    const seen = new Set<number>();
    return layout.boxes.map((box, place) => {
      const drawn = drawnBox(box, scroll);
      const rows: DrawnRow[] = [];
      const end = Math.min(to, box.first + box.count - 1);
      for (let index = Math.max(from, box.first); index <= end; index += 1) {
        const id = this.#list.idAt(index);
        const cell = id === undefined || seen.has(id) ? undefined : this.#list.cell(id);
        if (id !== undefined) seen.add(id);
        rows.push({
          key: cell && id !== undefined ? id : `place ${index}`,
          index,
          ariaIndex: ariaIndexOf(layout, index),
          topPx: topOf(layout, index) - drawn.topPx,
          cell,
        });
      }
      const { group } = box;
      return {
        group,
        count: this.#list.counts?.[group] ?? 0,
        isFolded: box.count === 0,
        ariaIndex: box.first + place + 1,
        topPx: drawn.topPx + scroll.shiftPx,
        heightPx: drawn.heightPx,
        rows,
      };
    });
  }
}
