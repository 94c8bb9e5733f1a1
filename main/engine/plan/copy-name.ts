import { nameKey } from '../../../shared/box-names.ts';

const longestName = 255;

/**
 * The name of a copy beside the original: `report (2026-11-20 12.44, laptop).docx`. It says where and when, keeps the
 * extension, stays within Box's 255 characters and out of the way of names that are taken (`, 2`, `, 3`, …).
 * @param taken keys of the names in the folder (nameKey)
 */
export function copyName(name: string, host: string, at: Date, taken: { has(key: string): boolean }): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 && name.length - dot <= 16 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const when = `${day} ${pad(at.getHours())}.${pad(at.getMinutes())}`;
  const where = host.replace(/[/\\\p{Cc}]/gu, '').slice(0, 40);
  for (let count = 1; ; count += 1) {
    const suffix = ` (${when}, ${where}${count > 1 ? `, ${count}` : ''})`;
    const candidate = cut(stem, longestName - suffix.length - extension.length) + suffix + extension;
    if (!taken.has(nameKey(candidate))) return candidate;
  }
}

/** At most so many UTF-16 units, never half of a surrogate pair. */
function cut(text: string, length: number): string {
  const short = text.slice(0, length);
  return short.isWellFormed() ? short : short.slice(0, -1);
}
