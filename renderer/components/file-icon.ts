import archive from '@lucide/svelte/icons/file-archive';
import code from '@lucide/svelte/icons/file-code';
import disc from '@lucide/svelte/icons/file-box';
import film from '@lucide/svelte/icons/file-play';
import image from '@lucide/svelte/icons/file-image';
import music from '@lucide/svelte/icons/file-music';
import plain from '@lucide/svelte/icons/file';
import sheet from '@lucide/svelte/icons/file-spreadsheet';
import text from '@lucide/svelte/icons/file-text';
import type { LucideProps } from '@lucide/svelte';
import type { Component } from 'svelte';

const icons = { archive, code, disc, film, image, music, plain, sheet, text };
export type FileKind = keyof typeof icons;

/** The icons of files, by kind. */
export const fileIcons: Record<FileKind, Component<LucideProps>> = icons;

const endings: [kind: FileKind, endings: string][] = [
  ['archive', '7z bz2 gz jar rar tar tgz xz zip zst'],
  ['code', 'c cpp css go h html java js json jsx php py rb rs sh sql svelte ts tsx xml yaml yml'],
  ['disc', 'bin dmg img iso qcow2 vdi vhd vhdx vmdk'],
  ['film', 'avi m4v mkv mov mp4 mpeg mpg mts mxf webm wmv'],
  ['image', 'ai arw avif bmp cr2 cr3 dng gif heic jpeg jpg nef png psd raw svg tif tiff webp'],
  ['music', 'aac aif aiff flac m4a mid mp3 ogg opus wav wma'],
  ['sheet', 'csv numbers ods parquet tsv xls xlsm xlsx'],
  ['text', 'doc docx epub log md odp odt pages pdf ppt pptx rtf tex txt'],
];
const kinds = new Map(endings.flatMap(([kind, list]) => list.split(' ').map((ending) => [ending, kind])));

/** The kind of a file by the end of its name. */
export function fileKind(name: string): FileKind {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  return (ending === undefined ? undefined : kinds.get(ending)) ?? 'plain';
}
