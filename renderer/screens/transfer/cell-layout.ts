// Where the cells of the map stand: in reading order, in columns that fill the width.

const widest = 30;
const narrowest = 10;
const tallestMap = 210;

export interface CellLayout {
  columns: number;
  rows: number;
  /** CSS px from one row to the next. */
  pitch: number;
  /** CSS px from one column to the next: as wide as the width allows, but a short row isn't drawn out over the whole of it. */
  columnWidth: number;
  /** CSS px. */
  height: number;
}

/** A map of cells in a width in CSS px: as large as they can be without making the map taller than a hand. */
export function layoutCells(cells: number, width: number): CellLayout {
  const usable = Math.max(1, width);
  for (let pitch = widest; ; pitch -= 1) {
    const columns = Math.max(1, Math.min(cells, Math.floor(usable / pitch)));
    const rows = Math.ceil(cells / columns);
    if (rows * pitch <= tallestMap || pitch <= narrowest) {
      const columnWidth = Math.min(usable / columns, pitch * 2);
      return { columns, rows, pitch, columnWidth, height: rows * pitch };
    }
  }
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * The place of a cell with the gap to its right and below, in device pixels, so that its edges are sharp.
 * @param scale device pixels in a CSS px
 */
export function boxOf(cell: number, { columns, pitch, columnWidth }: CellLayout, scale: number): Box {
  const [column, row] = [cell % columns, Math.floor(cell / columns)];
  const edge = (at: number, size: number) => Math.round(at * size * scale);
  const [x, y] = [edge(column, columnWidth), edge(row, pitch)];
  return { x, y, width: edge(column + 1, columnWidth) - x, height: edge(row + 1, pitch) - y };
}

/** The cell under a point in CSS px; null beside all of them. */
export function cellAt(x: number, y: number, layout: CellLayout, cells: number): number | null {
  const [column, row] = [Math.floor(x / layout.columnWidth), Math.floor(y / layout.pitch)];
  if (column < 0 || row < 0 || column >= layout.columns) return null;
  const cell = row * layout.columns + column;
  return cell < cells ? cell : null;
}

/** Where a key takes the cursor; null: it isn't one of the map's keys. Rows end at the ends, and the cursor stays on the map. */
export function moveCursor(cursor: number, key: string, cells: number, columns: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: cursor - 1,
    ArrowRight: cursor + 1,
    ArrowUp: cursor - columns < 0 ? cursor : cursor - columns,
    ArrowDown: cursor + columns >= cells ? cursor : cursor + columns,
    Home: 0,
    End: cells - 1,
    PageUp: cursor % columns,
    PageDown: cells - 1,
  };
  const next = steps[key];
  return next === undefined ? null : Math.min(cells - 1, Math.max(0, next));
}
