import { hash } from 'node:crypto';
import type { Problem } from '../../../shared/problem.ts';
import type { DeliveredFolder, EntryKind, LocalFacts, ScanBatch, ScannedEntry, ScannedFolder } from './model.ts';

/**
 * A folder on its way between threads. Text is copied as it is, where objects are taken apart and put together again: for most
 * folders nothing of it is ever looked at.
 */
export interface PackedFolder extends Omit<ScannedFolder, 'entries'> {
  subfolders: ScannedEntry[];
  /** JSON of `PackedEntry`s. */
  packed: string;
  digest: string | null;
}

/** name, its bytes in base64, kind, facts, problem, isHollow. */
type PackedEntry = [string, string | null, EntryKind, LocalFacts | null, Problem | null, (true | null)?];

/** Packs the folders of one walk, in their order. */
export function createPacker(): (batch: ScanBatch<ScannedFolder>) => ScanBatch<PackedFolder> {
  /** The folder of which slices are under way. */
  let sliced: number | null = null;
  const pack = ({ entries, ...folder }: ScannedFolder): PackedFolder => {
    const packed = JSON.stringify(entries.map(packEntry));
    const isWhole = folder.last && folder.key !== sliced && folder.problem === null;
    sliced = folder.last ? null : folder.key;
    const subfolders = entries.filter(({ kind }) => kind === 'folder');
    return { ...folder, subfolders, packed, digest: isWhole ? hash('sha1', packed, 'base64') : null };
  };
  return ({ folders, ...batch }) => ({ ...batch, folders: folders.map(pack) });
}

export function unpackBatch({ folders, ...batch }: ScanBatch<PackedFolder>): ScanBatch {
  return { ...batch, folders: folders.map(unpackFolder) };
}

function unpackFolder({ packed, ...folder }: PackedFolder): DeliveredFolder {
  let entries: ScannedEntry[] | undefined;
  return {
    ...folder,
    get entries() {
      return (entries ??= (JSON.parse(packed) as PackedEntry[]).map(unpackEntry));
    },
  };
}

function packEntry({ name, rawName, kind, facts, problem, isHollow }: ScannedEntry): PackedEntry {
  const bytes = rawName && Buffer.from(rawName).toString('base64');
  return isHollow ? [name, bytes, kind, facts, problem, true] : [name, bytes, kind, facts, problem];
}

function unpackEntry([name, bytes, kind, facts, problem, isHollow]: PackedEntry): ScannedEntry {
  const rawName = bytes === null ? null : Buffer.from(bytes, 'base64');
  const entry: ScannedEntry = { name, rawName, kind, facts, problem };
  if (isHollow) entry.isHollow = true;
  return entry;
}
