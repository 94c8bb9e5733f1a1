import Archive from '@lucide/svelte/icons/file-archive';
import Code from '@lucide/svelte/icons/file-code';
import Disc from '@lucide/svelte/icons/file-box';
import Film from '@lucide/svelte/icons/file-play';
import Image from '@lucide/svelte/icons/file-image';
import Music from '@lucide/svelte/icons/file-music';
import Plain from '@lucide/svelte/icons/file';
import Sheet from '@lucide/svelte/icons/file-spreadsheet';
import Text from '@lucide/svelte/icons/file-text';

const kinds: [icon: typeof Plain, endings: string][] = [
  [Archive, '7z bz2 gz jar rar tar tgz xz zip zst'],
  [Code, 'c cpp css go h html java js json jsx php py rb rs sh sql svelte ts tsx xml yaml yml'],
  [Disc, 'bin dmg img iso qcow2 vdi vhd vhdx vmdk'],
  [Film, 'avi m4v mkv mov mp4 mpeg mpg mts mxf webm wmv'],
  [Image, 'ai arw avif bmp cr2 cr3 dng gif heic jpeg jpg nef png psd raw svg tif tiff webp'],
  [Music, 'aac aif aiff flac m4a mid mp3 ogg opus wav wma'],
  [Sheet, 'csv numbers ods parquet tsv xls xlsm xlsx'],
  [Text, 'doc docx epub log md odp odt pages pdf ppt pptx rtf tex txt'],
];
const icons = new Map(kinds.flatMap(([icon, endings]) => endings.split(' ').map((ending) => [ending, icon])));

/** The icon for a file of this name. */
export function fileIcon(name: string): typeof Plain {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  return (ending === undefined ? undefined : icons.get(ending)) ?? Plain;
}
