import { nameKey, nameProblem } from '../../../shared/box-names.ts';

/** Box counts UTF-16 units, as far as anybody saw; the local file systems count bytes of UTF-8 (ext4, APFS) or units (NTFS). */
const longest = 255;

/** An ending of a file name; what is longer is rather a sentence with a dot in it. */
const longestExtension = 16;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A name that Box takes, that is free and as close to the old one as that allows: characters that Box refuses become `_`,
 * spaces at the end go, what is too long is cut before the extension and never within a character that people see as one,
 * and a name that is taken gets a number: `report (2).docx`. A name that is fine and free stays.
 * It fits where the old one stood too: at most 255 bytes, or as many as the old name has (NTFS allows more).
 * @param nameBytes how long the old name is on the disk
 * @param taken keys (`nameKey`) of all names in the folder, here and on Box, but for this one
 */
export function proposeName(
  name: string,
  isFolder: boolean,
  nameBytes: number,
  taken: { has(key: string): boolean },
): string {
  const [stem, extension] = splitName(acceptable(name), isFolder);
  const longestBytes = Math.max(longest, nameBytes);
  for (let count = 1; ; count += 1) {
    const end = (count > 1 ? ` (${count})` : '') + extension;
    const candidate = fit(stem, end, longestBytes);
    if (nameProblem(candidate) === undefined && !taken.has(nameKey(candidate))) return candidate;
  }
}

function acceptable(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  const clean = name.replace(/[/\\\u0000-\u001f\u007f]|\p{Surrogate}/gu, '_').replace(/ +$/, '');
  return ['', '.', '..'].includes(clean) ? '_' : clean;
}

function splitName(name: string, isFolder: boolean): [string, string] {
  const dot = name.lastIndexOf('.');
  const isExtension = !isFolder && dot > 0 && dot < name.length - 1 && name.length - dot <= longestExtension;
  return isExtension ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

/** As much of the stem as fits before the end. */
function fit(stem: string, end: string, longestBytes: number): string {
  if (fits(stem + end, longestBytes)) return stem + end;
  let kept = '';
  for (const { segment } of graphemes.segment(stem)) {
    if (!fits(kept + segment + end, longestBytes)) break;
    kept += segment;
  }
  // One grapheme can be longer than a name (a letter under hundreds of marks).
  return (kept.trimEnd() || '_') + end;
}

function fits(name: string, longestBytes: number): boolean {
  return name.length <= longest && Buffer.byteLength(name) <= longestBytes;
}
