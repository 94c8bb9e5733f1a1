import { transferGroups, type GroupCounts, type TransferGroup } from '../../shared/list-model.ts';

/** Browsers stop at some 16 to 33 million pixels: a longer list is scrolled in larger steps instead. */
const maxHeightPx = 15_000_000;
/** How far the box of a group reaches beyond the window of such a list. */
const reachPx = 1_000_000;

export interface GroupBox {
  group: TransferGroup;
  /** The place of its first row in the list; of one that is folded, the place of what follows. */
  first: number;
  /** Its rows in the list: none when it is folded. */
  count: number;
  /** Where its header stands; its rows follow. */
  topPx: number;
  heightPx: number;
}

/** Where the rows of the list stand, in pixels from its upper end. */
export interface ListLayout {
  boxes: readonly GroupBox[];
  rows: number;
  rowPx: number;
  headerPx: number;
  heightPx: number;
}

/** All groups have a header, one alone has none: its name stands in the filter. Of a folded group the header is all. */
export function layOut(
  counts: GroupCounts,
  only: TransferGroup | null,
  sizes: { rowPx: number; headerPx: number },
  folded: readonly TransferGroup[] = [],
): ListLayout {
  const headerPx = only === null ? sizes.headerPx : 0;
  const boxes: GroupBox[] = [];
  let [rows, heightPx] = [0, 0];
  for (const group of only === null ? transferGroups : [only]) {
    if (counts[group] === 0) continue;
    const count = only === null && folded.includes(group) ? 0 : counts[group];
    const box = { group, first: rows, count, topPx: heightPx, heightPx: headerPx + count * sizes.rowPx };
    boxes.push(box);
    rows += count;
    heightPx += box.heightPx;
  }
  return { boxes, rows, rowPx: sizes.rowPx, headerPx, heightPx };
}

/** The group that a row stands in; undefined outside the list. */
export function boxOf({ boxes }: ListLayout, index: number): GroupBox | undefined {
  return boxes.find(({ first, count }) => index >= first && index < first + count);
}

/** The upper edge of a row; the end of the list for what stands behind it. */
export function topOf(layout: ListLayout, index: number): number {
  const box = boxOf(layout, index);
  return box ? box.topPx + layout.headerPx + (index - box.first) * layout.rowPx : layout.heightPx;
}

/** The first row that reaches below an edge; the last one for edges beyond it. */
export function rowAt(layout: ListLayout, edgePx: number): number {
  for (const { first, count, topPx, heightPx } of layout.boxes) {
    if (count === 0 || edgePx >= topPx + heightPx) continue;
    const inside = Math.floor((edgePx - topPx - layout.headerPx) / layout.rowPx);
    return first + Math.min(count - 1, Math.max(0, inside));
  }
  return Math.max(0, layout.rows - 1);
}

/** The place of a row among all rows that assistive technology counts, headers included, from 1. */
export function ariaIndexOf({ boxes, headerPx }: ListLayout, index: number): number {
  const headers = headerPx > 0 ? boxes.filter(({ first }) => first <= index).length : 0;
  return index + headers + 1;
}

/** What is scrolled over a list that may be too long for a browser. */
export interface Scroll {
  /** The height that is scrolled. */
  heightPx: number;
  /** Where the window stands in the list. */
  offsetPx: number;
  /** From the list to what is scrolled: added to the place of whatever is shown. */
  shiftPx: number;
}

/** Whether a list is too long to be scrolled pixel by pixel. */
export function isStretched({ heightPx }: ListLayout): boolean {
  return heightPx > maxHeightPx;
}

export function scrollOf({ heightPx }: ListLayout, scrollPx: number, windowPx: number): Scroll {
  if (heightPx <= maxHeightPx) return { heightPx, offsetPx: scrollPx, shiftPx: 0 };
  const ratio = (heightPx - windowPx) / (maxHeightPx - windowPx);
  const offsetPx = scrollPx * ratio;
  return { heightPx: maxHeightPx, offsetPx, shiftPx: scrollPx - offsetPx };
}

/** The inverse: how far to scroll for a place of the list to stand at the upper edge. */
export function scrollFor({ heightPx }: ListLayout, offsetPx: number, windowPx: number): number {
  if (heightPx <= maxHeightPx) return offsetPx;
  return (offsetPx * (maxHeightPx - windowPx)) / (heightPx - windowPx);
}

/** The box of a group as it is drawn: cut near the window where it would be too long. */
export function drawnBox({ topPx, heightPx }: GroupBox, scroll: Scroll): { topPx: number; heightPx: number } {
  if (scroll.heightPx < maxHeightPx) return { topPx, heightPx };
  const top = Math.max(topPx, scroll.offsetPx - reachPx);
  const bottom = Math.min(topPx + heightPx, scroll.offsetPx + reachPx);
  return { topPx: top, heightPx: Math.max(0, bottom - top) };
}

/** How far what is seen has moved when the list changed: what most of the rows in sight did. 0 when they don't agree. */
export function commonShift(shiftsPx: readonly number[]): number {
  const votes = new Map<number, number>();
  for (const shift of shiftsPx) votes.set(shift, (votes.get(shift) ?? 0) + 1);
  const [best] = [...votes].sort(([, a], [, b]) => b - a);
  return best && best[1] * 2 > shiftsPx.length ? best[0] : 0;
}
