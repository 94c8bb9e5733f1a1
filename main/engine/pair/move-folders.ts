import { nameKey, nameProblem } from '../../../shared/box-names.ts';
import { BoxError } from '../../box/box-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { moveFolder } from '../../box/folders.ts';
import { BoxListing } from '../job/box-listing.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import { matchFolders, type FolderIdentity } from '../plan/match-folders.ts';
import type { PairServices } from './services.ts';
import type { FolderStands } from './stand-folder.ts';

/**
 * Carries folders that were renamed or moved here over to Box, one call each, with all that is in them. Their rows move along and
 * are compared by the next walk. Returns the folders that are to be walked, by pair.
 * @param onFreed told of folders in which something waited for a name that is free on Box now
 */
export async function moveFolders(
  services: PairServices,
  stands: FolderStands,
  { gone, found }: { gone: readonly PairFolder[]; found: readonly PairFolder[] },
  onFreed: (folderId: number) => void,
  signal: AbortSignal,
): Promise<{ pairId: number; path: string }[]> {
  const bound = gone.filter(({ boxId, inode }) => boxId !== null && inode !== null);
  if (found.length === 0) return [];
  const identity = (folder: PairFolder): FolderIdentity => ({
    id: folder.id,
    parentId: folder.parentId,
    name: folder.name,
    dev: folder.dev ?? '',
    inode: folder.inode ?? '',
    birthtimeNs: folder.birthtimeNs,
    names: () => services.ledger.tree.allNames(folder.id),
  });
  const rows = new Map([...bound, ...found].map((folder) => [folder.id, folder]));
  const moved: { pairId: number; path: string }[] = [];
  for (const { from, to } of matchFolders(bound.map(identity), found.map(identity))) {
    const place = await moveOne(services, stands, rows.get(from)!, rows.get(to)!, onFreed, signal);
    if (place) moved.push(place);
  }
  for (const { from, to } of sameNames(services, found)) {
    const place = await moveOne(services, stands, from, to, onFreed, signal);
    if (place) moved.push(place);
  }
  return moved;
}

/** Found folders that to Box have the name of one that is no longer here, in another case, say: they go on in its place. */
function sameNames({ ledger }: PairServices, found: readonly PairFolder[]): { from: PairFolder; to: PairFolder }[] {
  return [...Map.groupBy(found, ({ parentId }) => parentId!)].flatMap(([parentId, siblings]) => {
    const away = ledger.tree.awayFolders(parentId);
    return siblings.flatMap((to) => {
      const from = away.find(({ id, name }) => id !== to.id && nameKey(name) === nameKey(to.name));
      return from ? [{ from, to }] : [];
    });
  });
}

function isAway(state: PairFolder['state'] | undefined): boolean {
  return state === 'gone' || state === 'left';
}

/**
 * Folders of which a move was begun on Box, and that are here where they were: its outcome is not known, or the folder was moved
 * back before it could be noted. Each is given the place that it has here.
 */
export async function relocateFolders(services: PairServices, pairId: number, signal: AbortSignal): Promise<void> {
  const { ledger, connection, log } = services;
  for (const { id, parentId, name, boxId } of ledger.tree.foldersToRelocate(pairId)) {
    const parent = parentId === null ? undefined : ledger.tree.folder(parentId);
    try {
      if (parent?.boxId) await moveFolder(connection, { folderId: boxId!, parentId: parent.boxId, name }, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BoxError && error.isOfItem)) throw error;
      log.warn({ folder: id, problem: error.problem }, 'a folder could not be put back to its place on Box');
    }
    await ledger.write(() => ledger.tree.setMoving('folder', [id], false));
  }
}

/**
 * Folders that are gone here, and of which Box was asked to make them without an answer: where one stands there under its name it
 * is this one. Like any other it then moves, or goes. Returns the gone folders as they are now.
 */
export async function bindMade(
  services: PairServices,
  gone: readonly PairFolder[],
  signal: AbortSignal,
): Promise<PairFolder[]> {
  const { ledger, connection } = services;
  const known: PairFolder[] = [];
  // Parents come first, since their ids are lower.
  for (const folder of gone) {
    const isOpen = folder.isMoving && folder.boxId === null;
    if (isOpen) {
      const parent = ledger.tree.folder(folder.parentId!);
      const onBox = parent?.boxId ? await findFolder(connection, parent.boxId, folder.name, signal) : null;
      // Another row may have been given it since: it is that one's.
      const isFree = onBox !== null && ledger.tree.boundTo('folder', onBox) === undefined;
      await ledger.write(() => ledger.tree.setMade(folder.id, isFree ? onBox : null));
    }
    known.push(isOpen ? ledger.tree.folder(folder.id)! : folder);
  }
  return known;
}

/** The id of a folder of that name; null where none stands there, or where the parent is gone too. */
async function findFolder(
  connection: BoxConnection,
  parentId: string,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const onBox = (await BoxListing.read(connection, parentId, signal)).byName(name);
    return onBox?.type === 'folder' ? onBox.id : null;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BoxError && error.isOfItem)) throw error;
    return null;
  }
}

async function moveOne(
  services: PairServices,
  stands: FolderStands,
  from: PairFolder,
  to: PairFolder,
  onFreed: (folderId: number) => void,
  signal: AbortSignal,
): Promise<{ pairId: number; path: string } | undefined> {
  const { ledger, connection, onEvent, log } = services;
  const { tree } = ledger;
  // A folder above may have been moved just now, and this one's rows with it.
  if (!isAway(tree.folder(from.id)?.state) || !tree.folder(to.id)) return undefined;
  if (nameProblem(to.name) || tree.hasTransfersBelow(to.id)) return undefined;
  if (from.pairId !== to.pairId && tree.hasTransfersBelow(from.id)) return undefined;
  const parentId = await stands.stand(to.parentId!, signal);
  if (parentId === undefined) return undefined;
  const change = {
    ...(from.parentId === to.parentId && !from.isMoving ? {} : { parentId }),
    ...(from.name === to.name && !from.isMoving ? {} : { name: to.name }),
  };
  await ledger.write(() => tree.setMoving('folder', [from.id], true));
  try {
    await moveFolder(connection, { folderId: from.boxId!, ...change }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BoxError && error.isOfItem)) throw error;
    log.info({ folder: from.id, problem: error.problem }, 'a folder could not be moved');
    return undefined;
  }
  const before = ledger.folders.path(from.id).display;
  // Something may have waited for the name that it has left.
  const freed = await ledger.write(() => {
    tree.removeFolder(to.id);
    tree.setChanged(from.id, 'planned', services.clock.now());
    tree.moveFolder(from.id, { pairId: to.pairId, parentId: to.parentId!, name: to.name, nameRaw: to.nameRaw });
    ledger.folders.forgetPaths();
    return from.parentId === null ? [] : tree.reopenNamed(from.parentId, from.name);
  });
  for (const id of freed) onFreed(id);
  const path = ledger.folders.path(from.id);
  onEvent({ type: 'moved', pairId: to.pairId, kind: 'folder', from: before, to: path.display });
  return { pairId: to.pairId, path: path.display };
}
