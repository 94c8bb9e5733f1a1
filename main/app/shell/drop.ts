// One drop of the spool, in memory: what of it arrives, has arrived, and is lost.
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CallError } from '../../../shared/call-error.ts';
import type { DropRecord } from './drop-journal.ts';

/** As many places as one upload takes. */
const mostAtTop = 10_000;

/** A drop that is over: whole files of it, and names of those that aren't. */
export interface SettledDrop {
  /** Relative, with `/`. */
  arrived: string[];
  arrivedBytes: number;
  /** Those of which bytes came. */
  lost: string[];
  /** With those that were only announced. */
  lostCount: number;
}

export interface Drop {
  id: string;
  record: DropRecord;
  /** Undefined while files may still arrive. */
  settled: SettledDrop | undefined;
  arriving: Set<string>;
  receiving: Set<Promise<void>>;
  arrived: Set<string>;
  /** Names at its top: each is a place of the upload. */
  top: Set<string>;
  idle: NodeJS.Timeout | undefined;
  cancel: AbortController;
}

export function newDrop(id: string, record: DropRecord): Drop {
  return {
    id,
    record,
    settled: undefined,
    arriving: new Set(),
    receiving: new Set(),
    arrived: new Set(),
    top: new Set(),
    idle: undefined,
    cancel: new AbortController(),
  };
}

/** Of a drop that nothing is written down of. */
export function emptyRecord(): DropRecord {
  return { files: 0, bytes: 0, owner: '', begun: new Set(), upload: undefined, jobId: undefined, isDismissed: false };
}

/**
 * Counts a file among those that arrive.
 * @param path relative, with `/`
 * @throws CallError `usage` for one that was here before, more files than were announced, and too many at the top
 */
export function admit({ arriving, arrived, top, record }: Drop, path: string): void {
  if (arriving.has(path) || arrived.has(path)) {
    throw new CallError('usage', `"${path.slice(0, 200)}" has arrived already, or is arriving.`);
  }
  if (arriving.size + arrived.size >= record.files) {
    throw new CallError('usage', `More files come than the ${record.files} that were announced.`);
  }
  const [atTop = ''] = path.split('/');
  if (!top.has(atTop) && top.size >= mostAtTop) {
    throw new CallError('usage', `Drop at most ${mostAtTop} files at once, or the folder that holds them.`);
  }
  top.add(atTop);
  arriving.add(path);
}

/** Looks in the folder of the whole files. Of a drop that goes up already nothing is lost: what is missing there is on Box. */
export async function whatArrived(folder: string, { begun, files, upload }: DropRecord): Promise<SettledDrop> {
  const { paths, bytes } = await filesBelow(folder);
  const here = new Set(paths);
  const lost = upload ? [] : [...begun].filter((path) => !here.has(path));
  const lostCount = upload ? 0 : Math.max(lost.length, files - here.size);
  return { arrived: paths, arrivedBytes: bytes, lost, lostCount };
}

async function filesBelow(folder: string): Promise<{ paths: string[]; bytes: number }> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const paths: string[] = [];
  let bytes = 0;
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    paths.push(relative(folder, path).split(sep).join('/'));
    bytes += (await stat(path)).size;
  }
  return { paths, bytes };
}
