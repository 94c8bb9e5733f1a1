import { ProblemError } from '../../../shared/problem-error.ts';
import { BoxError } from '../../box/box-error.ts';
import { moveFile } from '../../box/files.ts';
import type { PairFile } from '../ledger/pair-files.ts';
import { etagOfOurs, parkedName } from './move-files.ts';
import type { PairServices } from './services.ts';
import type { FolderStands } from './stand-folder.ts';

/**
 * Sets files whose place on Box may be another to the place that they have here: those that moved while they went up and have
 * arrived, and those of a move or a change of places that was cut off. One after another over the whole pair: of two that stand in
 * each other's place one makes room, which is right only while the other still waits for its turn.
 */
export async function relocateFiles(
  services: PairServices,
  stands: FolderStands,
  pairId: number,
  signal: AbortSignal,
): Promise<void> {
  const { tree, pairFiles } = services.ledger;
  for (const folderId of tree.foldersOfMoving(pairId)) {
    const boxId = pairFiles.toRelocate(folderId).length > 0 ? await placeOf(stands, folderId, signal) : undefined;
    if (boxId !== undefined) await relocateFilesIn(services, folderId, boxId, signal);
  }
}

/** The same for the files of one folder. */
export async function relocateFilesIn(
  services: PairServices,
  folderId: number,
  boxId: string,
  signal: AbortSignal,
): Promise<void> {
  for (const file of services.ledger.pairFiles.toRelocate(folderId)) {
    await relocate(services, file, { fileId: file.boxId!, parentId: boxId, name: file.name }, signal);
  }
}

/** Undefined where the folder can't stand on Box now: whoever settles it finds out why. */
async function placeOf(stands: FolderStands, folderId: number, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await stands.stand(folderId, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProblemError) || !error.isOfItem) throw error;
    return undefined;
  }
}

async function relocate(
  services: PairServices,
  file: PairFile,
  place: { fileId: string; parentId: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const { ledger, connection, log } = services;
  const { id } = file;
  try {
    const moved = await moveFile(connection, place, { signal }).catch(async (error: unknown) => {
      if (!(await parkOther(services, id, error, signal))) throw error;
      return moveFile(connection, place, { signal });
    });
    await ledger.write(() => ledger.pairFiles.setRelocated(id, { etag: etagOfOurs(file, moved), name: moved.name }));
  } catch (error) {
    signal.throwIfAborted();
    // What passes by itself is tried again with the next round.
    if (!(error instanceof ProblemError) || !error.isOfItem) throw error;
    log.warn({ file: id, problem: error.problem }, 'a moved file could not follow on Box');
    await ledger.write(() => ledger.pairFiles.setRelocated(id, null));
  }
}

/** The name may be taken by a file whose own place is another too, from an interrupted change of places: that one makes room. */
async function parkOther(
  { ledger, connection }: PairServices,
  fileId: number,
  error: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  const standing = error instanceof BoxError ? error.conflicts.find(({ type }) => type === 'file') : undefined;
  const otherId = standing && ledger.tree.boundTo('file', standing.id);
  const other = otherId === undefined ? undefined : ledger.pairFiles.file(otherId);
  if (!other?.isMoving || other.id === fileId) return false;
  await moveFile(connection, { fileId: standing!.id, name: parkedName(other) }, { signal });
  return true;
}
