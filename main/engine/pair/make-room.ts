import { nameKey, nameProblem } from '../../../shared/box-names.ts';
import { BoxError } from '../../box/box-error.ts';
import { moveFile } from '../../box/files.ts';
import type { PairFile } from '../ledger/pair-files.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import { planMoves } from '../plan/plan-moves.ts';
import { isProven, moveRow, parkedName } from './move-files.ts';
import type { PairServices } from './services.ts';

/**
 * A file that moved, and whose name a folder has here now: on Box it steps aside, under a temporary name, before that folder
 * moves or is made there. It may have gone into that very folder, or the two have changed names, and then neither could go first.
 * Its own move is carried out after those of folders, as after a crash between two steps.
 * @param found folders that never were on Box
 * @param open files that are new or have changed
 * @param isRipe whether a file has been as it is for long enough
 * @returns the folders that wait, since such a move is not ripe
 */
export async function makeRoom(
  services: PairServices,
  {
    found,
    open,
    isRipe,
  }: { found: readonly PairFolder[]; open: () => PairFile[]; isRipe: (file: PairFile) => boolean },
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const waiting = new Set<number>();
  const inWay = filesInWay(services, found);
  if (inWay.size === 0) return waiting;
  const rows = new Map([...[...inWay.keys()], ...open()].map((file) => [file.id, file]));
  const { moves } = planMoves([...rows.values()].map((file) => moveRow(file, new Map())));
  for (const [file, folderId] of inWay) {
    const to = rows.get(moves.find(({ from }) => from === file.id)?.to ?? 0);
    if (!to || nameProblem(to.name)) continue;
    if (!isRipe(file) || !isRipe(to)) waiting.add(folderId);
    else if (await isProven(services, file, to, signal)) await stepAside(services, file, signal);
  }
  return waiting;
}

/** Files that are gone here and have the name of a found folder on Box, each with that folder. */
function filesInWay({ ledger }: PairServices, found: readonly PairFolder[]): Map<PairFile, number> {
  const inWay = new Map<PairFile, number>();
  for (const [parentId, siblings] of Map.groupBy(found, (folder) => folder.parentId!)) {
    const folders = new Map(siblings.map(({ id, name }) => [nameKey(name), id]));
    for (const { id, boxName, isBound, isLive } of ledger.pairFiles.awayOnBox(parentId)) {
      const folderId = folders.get(nameKey(boxName));
      if (folderId === undefined || !isBound || isLive) continue;
      const file = ledger.pairFiles.file(id)!;
      if (file.outcome === 'gone' && !file.isMoving) inWay.set(file, folderId);
    }
  }
  return inWay;
}

async function stepAside(
  { ledger, connection, log }: PairServices,
  file: PairFile,
  signal: AbortSignal,
): Promise<void> {
  // From here on it may stand elsewhere on Box, whatever becomes of us.
  await ledger.write(() => ledger.tree.setMoving('file', [file.id], true));
  try {
    await moveFile(connection, { fileId: file.boxId!, name: parkedName(file) }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BoxError && error.isOfItem)) throw error;
    log.info({ file: file.id, problem: error.problem }, 'a file could not make room for a folder');
    await ledger.write(() => ledger.tree.setMoving('file', [file.id], false));
  }
}
