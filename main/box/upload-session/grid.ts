import type { PartRange } from './part-source.ts';

/** The parts of a file: all of one size, but for the last. */
export interface Grid {
  sizeBytes: number;
  partSizeBytes: number;
  count: number;
}

// Box's paging hints at some 11,000; more than this would be a mistake in the part size.
const mostParts = 1_000_000;

/** Lays the grid that a session dictates over a file, or says why that can't be. Box chooses the part size; none is assumed. */
export function layGrid(sizeBytes: number, partSizeBytes: number): Grid | { refused: string } {
  if (!Number.isSafeInteger(partSizeBytes) || partSizeBytes <= 0) return { refused: `part_size is ${partSizeBytes}` };
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) return { refused: `the file has ${sizeBytes} bytes` };
  const count = Math.ceil(sizeBytes / partSizeBytes);
  if (count > mostParts) return { refused: `part_size ${partSizeBytes} makes ${count} parts` };
  return { sizeBytes, partSizeBytes, count };
}

/** The part at an index. No empty part follows a file that is an exact multiple of the part size (boxcli#102). */
export function rangeAt(grid: Grid, index: number): PartRange {
  const offset = index * grid.partSizeBytes;
  return { index, offset, sizeBytes: Math.min(grid.partSizeBytes, grid.sizeBytes - offset) };
}

/** The index of the part that a range of Box's is, or undefined when it lies off the grid. */
export function indexOf(grid: Grid, range: { offset: number; sizeBytes: number }): number | undefined {
  const index = range.offset / grid.partSizeBytes;
  if (!Number.isSafeInteger(index) || index < 0 || index >= grid.count) return undefined;
  return rangeAt(grid, index).sizeBytes === range.sizeBytes ? index : undefined;
}
