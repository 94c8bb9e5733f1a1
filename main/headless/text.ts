import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * A name as a terminal may show it: control characters, line separators, and the marks that turn the direction of text are
 * written as escapes, since a file may be named to move the cursor or to look like another.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => {
      const code = character.charCodeAt(0);
      if (character === '\n') return '\\n';
      if (character === '\t') return '\\t';
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
    },
  );
}

/** How many columns a text takes on a terminal. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/**
 * Cuts a text in the middle so that it takes at most `width` columns: the end of a name, with its number and type, says as much as its
 * beginning. Never cuts a grapheme.
 */
export function cutMiddle(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  if (room <= 0) return width > 0 ? ellipsis.slice(0, width) : '';
  const graphemes = Array.from(segmenter.segment(text), ({ segment }) => segment);
  const tailRoom = Math.floor(room / 2);
  return take(graphemes, room - tailRoom) + ellipsis + take(graphemes.toReversed(), tailRoom, true);
}

/** Cuts a text at its end so that it takes at most `width` columns: of a sentence the beginning matters. */
export function cutEnd(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const graphemes = Array.from(segmenter.segment(text), ({ segment }) => segment);
  return (take(graphemes, Math.max(0, width - displayWidth(ellipsis))) + ellipsis).slice(0, Math.max(0, width));
}

function take(graphemes: readonly string[], width: number, reversed = false): string {
  let used = 0;
  let taken = '';
  for (const grapheme of graphemes) {
    used += displayWidth(grapheme);
    if (used > width) break;
    taken = reversed ? grapheme + taken : taken + grapheme;
  }
  return taken;
}

/** The text with spaces up to a width in columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** `1 file`, `2,000 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** Rows as columns that line up; cells of the last column are never padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : padTo(cell, widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
