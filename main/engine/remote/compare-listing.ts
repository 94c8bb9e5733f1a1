import { setImmediate as turn } from 'node:timers/promises';
import { nameKey } from '../../../shared/box-names.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { BoxListing } from '../job/box-listing.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { BoundFile } from '../ledger/pair-queries.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { awayOf, fetchFile, fetchFolder, type FreshFile, type FreshFolder } from './fetch-item.ts';
import { judgeFile, judgeFolder, type FileVerdict, type FolderVerdict } from './judge-remote.ts';
import { workThrough } from './work-through.ts';

/** A file or folder of the ledger that Box shows otherwise than the ledger has it. `fresh` is null where it was removed. */
export type Judged =
  | { kind: 'file'; row: BoundFile; verdict: FileVerdict; fresh: FreshFile | null }
  | { kind: 'folder'; row: PairFolder; verdict: FolderVerdict; fresh: FreshFolder | null };

export interface CompareListingOptions {
  ledger: Ledger;
  connection: BoxConnection;
  pair: PairRow;
  signal: AbortSignal;
  /** Told one by one and waited for. `same`: only the etag or the version is another one. */
  onJudged: (judged: Judged) => Promise<void>;
  /** The items of a folder were read whole. */
  onListed?: (folder: PairFolder) => Promise<void>;
}

export interface ListingComparison {
  folders: number;
  files: number;
  /** Folders that could not be listed for a reason of their own; at most 100. Their files were not compared. */
  failed: { folder: PairFolder; problem: Problem }[];
}

const foldersAtOnce = 2;
const filesAtOnce = 500;
const mostFailures = 100;

/**
 * Compares what the ledger believes of a pair with Box's own listings, folder by folder from the root down; nothing is
 * written. Whatever looks otherwise in a listing is fetched by its id and judged by that, and left alone where the ledger's
 * row has changed meanwhile or where it is our own transfer, whose answer is on its way. A folder that was removed is told
 * alone, without what lies in it; so is the root (its verdict is `removed` or none). Files that are gone here, left, or kept
 * here by somebody's choice are not compared. Rejects with trouble that concerns more than one folder.
 */
export async function compareListing(options: CompareListingOptions): Promise<ListingComparison> {
  const { ledger, pair, signal } = options;
  const comparison: ListingComparison = { folders: 0, files: 0, failed: [] };
  const root = ledger.tree.root(pair.id);
  if (!root) return comparison;
  await workThrough([root.id], foldersAtOnce, signal, (id) => compareFolder(options, id, comparison));
  return comparison;
}

/** Resolves with the folders in it that are to be compared next. */
async function compareFolder(
  options: CompareListingOptions,
  folderId: number,
  comparison: ListingComparison,
): Promise<number[]> {
  const { ledger, connection, signal, onListed } = options;
  const folder = ledger.tree.folder(folderId);
  if (!folder?.boxId) return [];
  const placed: PlacedFolder = { ...folder, boxId: folder.boxId };
  let listing: BoxListing;
  try {
    listing = await BoxListing.read(connection, placed.boxId, signal);
  } catch (error) {
    if (awayOf(error) && (await isAway(options, placed))) return [];
    if (!(error instanceof ProblemError) || ['pause-all', 'retry', 'retry-after'].includes(error.class)) throw error;
    if (comparison.failed.length < mostFailures) comparison.failed.push({ folder, problem: error.problem });
    return [];
  }
  comparison.folders += 1;
  await onListed?.(folder);
  comparison.files += await compareFiles(options, placed, listing);
  return compareChildren(options, placed, listing);
}

type PlacedFolder = PairFolder & { boxId: string };

/** Tells a folder that can't be listed as removed, if its id says so too. */
async function isAway({ connection, signal, onJudged }: CompareListingOptions, row: PlacedFolder): Promise<boolean> {
  const onBox = await fetchFolder(connection, row.boxId, signal);
  if (onBox !== 'gone' && onBox !== 'trashed') return false;
  await onJudged({ kind: 'folder', row, verdict: 'removed', fresh: null });
  return true;
}

const elsewhere: ReadonlySet<string> = new Set(['gone', 'left', 'kept', 'special']);

/** Resolves with how many there were. */
async function compareFiles(
  options: CompareListingOptions,
  folder: PlacedFolder,
  listing: BoxListing,
): Promise<number> {
  const { ledger, signal } = options;
  let compared = 0;
  for (let after = 0; ;) {
    signal.throwIfAborted();
    const files = ledger.pairQueries.filesOnBox(folder.id, after, filesAtOnce);
    if (files.length === 0) return compared;
    after = files.at(-1)!.id;
    for (const file of files) {
      if (elsewhere.has(file.outcome)) continue;
      compared += 1;
      if (!isAsKnown(file, listing)) await judgeAgain(options, folder, file);
    }
    await turn();
  }
}

function isAsKnown({ box }: BoundFile, listing: BoxListing): boolean {
  const item = box && listing.byId(box.fileId);
  if (item?.type !== 'file') return false;
  return (
    item.sha1 === box!.sha1 &&
    item.name === box!.name &&
    item.etag === box!.etag &&
    (box!.versionId === null || item.versionId === box!.versionId)
  );
}

async function judgeAgain(options: CompareListingOptions, folder: PlacedFolder, file: BoundFile): Promise<void> {
  const { ledger, connection, signal, onJudged } = options;
  const box = file.box!;
  const onBox = await fetchFile(connection, box.fileId, signal);
  const row = ledger.pairQueries.file(file.id);
  // Our own work went on meanwhile: the row is as new as what Box says, and the next comparison sees both.
  if (!row || row.folderId !== folder.id || row.outcome !== file.outcome || !sameCopy(row.box, box)) return;
  const known = { boxId: box.fileId, ...box, parentBoxId: folder.boxId };
  const verdict = judgeFile(known, onBox);
  const fresh = typeof onBox === 'string' ? null : onBox;
  if (verdict === 'changed' && isOurs(ledger, row.id, fresh?.sha1 ?? null)) return;
  const isAllKnown = fresh !== null && fresh.etag === box.etag && (fresh.versionId ?? box.versionId) === box.versionId;
  if (verdict === 'same' && isAllKnown) return;
  await onJudged({ kind: 'file', row, verdict, fresh });
}

function sameCopy(a: BoundFile['box'], b: BoundFile['box']): boolean {
  return a?.fileId === b?.fileId && a?.etag === b?.etag && a?.sha1 === b?.sha1 && a?.name === b?.name;
}

/** Whether content on Box is what a transfer of ours was sending: its answer may not have been noted yet, or was lost. */
export function isOurs(ledger: Ledger, fileId: number, sha1: string | null): boolean {
  return sha1 !== null && ledger.transfers.live(fileId)?.intendedSha1 === sha1;
}

async function compareChildren(
  options: CompareListingOptions,
  folder: PlacedFolder,
  listing: BoxListing,
): Promise<number[]> {
  const { ledger, connection, signal, onJudged } = options;
  const next: number[] = [];
  for (const child of ledger.tree.children(folder.id)) {
    if (child.boxId === null || elsewhere.has(child.state)) continue;
    const item = listing.byId(child.boxId);
    if (item?.type === 'folder' && nameKey(item.name) === nameKey(child.name)) {
      next.push(child.id);
      continue;
    }
    const onBox = await fetchFolder(connection, child.boxId, signal);
    const row = ledger.tree.folder(child.id);
    if (!row || row.parentId !== folder.id || row.name !== child.name || row.boxId !== child.boxId) continue;
    const verdict = judgeFolder({ boxId: child.boxId, name: nameOnBox(row, onBox), parentBoxId: folder.boxId }, onBox);
    if (verdict !== 'same')
      await onJudged({ kind: 'folder', row, verdict, fresh: typeof onBox === 'string' ? null : onBox });
    if (verdict !== 'removed') next.push(child.id);
  }
  return next;
}

/** The ledger keeps no name of a folder on Box: one that Box takes for the local name is it. */
function nameOnBox(row: PairFolder, onBox: 'gone' | 'trashed' | FreshFolder): string {
  return typeof onBox !== 'string' && nameKey(onBox.name) === nameKey(row.name) ? onBox.name : row.name;
}
