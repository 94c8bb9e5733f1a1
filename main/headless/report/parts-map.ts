import type { PartRow } from '../../../shared/model.ts';

interface Mark {
  name: string;
  unicode: string;
  ascii: string;
  matches: (part: PartRow) => boolean;
}

/** Worst first: where several parts share a cell, the first that matches one of them is shown. */
const marks: readonly Mark[] = [
  { name: 'waiting to try again', unicode: '!', ascii: '!', matches: ({ state }) => state === 'waiting' },
  { name: 'asking Box', unicode: '?', ascii: '?', matches: ({ state }) => state === 'unsure' },
  { name: 'sending', unicode: '▶', ascii: '>', matches: ({ state }) => state === 'sending' },
  { name: 'hashing', unicode: '~', ascii: '~', matches: ({ state }) => state === 'hashing' },
  { name: 'pending', unicode: '·', ascii: '.', matches: ({ state }) => state === 'pending' },
  { name: 'sent', unicode: '█', ascii: '#', matches: ({ origin }) => origin === 'sent' || origin === null },
  { name: 'resumed', unicode: '▓', ascii: '=', matches: ({ origin }) => origin === 'resumed' },
  { name: 'already on Box', unicode: '▒', ascii: '-', matches: ({ origin }) => origin === 'on-box' },
];

const longestMapRows = 6;

/**
 * A map of the parts, a character each, in lines of `width`; so many that they would fill more than six lines share cells, and the worst
 * state wins. The last line says what the characters mean, those that occur.
 */
export function partsMap(parts: readonly PartRow[], width: number, unicode: boolean): string[] {
  const columns = Math.max(10, width);
  const perCell = Math.max(1, Math.ceil(parts.length / (columns * longestMapRows)));
  const used = new Set<Mark>();
  let cells = '';
  for (let at = 0; at < parts.length; at += perCell) {
    const inCell = parts.slice(at, at + perCell);
    const mark = marks.find(({ matches }) => inCell.some(matches)) ?? marks[4]!;
    used.add(mark);
    cells += unicode ? mark.unicode : mark.ascii;
  }
  const lines = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    cells.slice(row * columns, (row + 1) * columns),
  );
  const legend = marks
    .filter((mark) => used.has(mark))
    .map((mark) => `${unicode ? mark.unicode : mark.ascii} ${mark.name}`);
  return [...lines, `${legend.join('   ')}${perCell > 1 ? `   (${perCell} parts a cell)` : ''}`];
}
