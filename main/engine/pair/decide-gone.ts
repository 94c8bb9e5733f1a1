import { lstat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { ProblemError } from '../../../shared/problem-error.ts';
import { BoxError } from '../../box/box-error.ts';
import { deleteFile, getFile } from '../../box/files.ts';
import { deleteFolder } from '../../box/folders.ts';
import { endTransfersOfGone } from '../job/gone.ts';
import { joinPath } from '../ledger/folders.ts';
import type { PairFile } from '../ledger/pair-files.ts';
import type { PairFolder } from '../ledger/pair-tree.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { judgeDeletions } from '../plan/deletion-guard.ts';
import { RulesOfNow } from './rules-of-now.ts';
import { ask, type PairServices } from './services.ts';
import { entryPath } from '../scan/raw-path.ts';

const filesAtOnce = 200;

/** What follows on Box from what is gone here. `ask`: by the pair's rule, and asked where it is much at once. */
export type GoneRule = 'ask' | 'trash' | 'keep';

/**
 * Decides over files and folders that are gone for good: they stay on Box, or go to its trash, file by file and only as the
 * ledger knows them; then folders from the leaves up, only empty ones. Returns the folders in which something waited for a name
 * that is free now.
 */
export async function decideGone(
  services: PairServices,
  pair: PairRow,
  files: readonly PairFile[],
  folders: readonly PairFolder[],
  rule: GoneRule,
  signal: AbortSignal,
): Promise<Set<number>> {
  const freed = new Set<number>();
  await stopTransfers(services, files);
  const toTrash = rule === 'trash' || (rule === 'ask' && pair.options.deletions === 'trash');
  const known = files.filter(({ boxId }) => boxId !== null);
  const rules = toTrash ? new RulesOfNow(pair) : null;
  const onBox = rules ? await butLeftOut(services, rules, known, freed, signal) : known;
  if (rule === 'ask') {
    if (toTrash && (await isAsked(services, pair, onBox.length))) return freed;
    await withdraw(services, pair.id);
  }
  await forgetUnknown(services, files, freed);
  for (let at = 0; at < onBox.length; at += filesAtOnce) {
    signal.throwIfAborted();
    const slice = onBox.slice(at, at + filesAtOnce);
    if (!toTrash) await leave(services, slice, freed);
    else for (const file of slice) await trashFile(services, file, freed, signal);
  }
  // Leaves first: a folder's row is younger than that of the folder it is in, or its path is longer.
  const deepFirst = folders
    .map((folder) => ({ folder, depth: services.ledger.folders.path(folder.id).display.split(/[/\\]/).length }))
    .sort((a, b) => b.depth - a.depth);
  for (const { folder } of deepFirst) await endFolder(services, folder, rules, freed, signal);
  return freed;
}

/**
 * Those that no rule of now leaves out. What one leaves out stays on Box, and what is not known to be left out or not waits: a file
 * may have gone in the moment in which a rule came.
 */
async function butLeftOut(
  services: PairServices,
  rules: RulesOfNow,
  files: readonly PairFile[],
  freed: Set<number>,
  signal: AbortSignal,
): Promise<PairFile[]> {
  const rest: PairFile[] = [];
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const spared: PairFile[] = [];
    for (const file of files.slice(at, at + filesAtOnce)) {
      const isLeftOut = await isLeftOutNow(services, rules, { ...file, parentId: file.folderId }, false);
      if (isLeftOut === true) spared.push(file);
      else if (isLeftOut === false) rest.push(file);
    }
    await leave(services, spared, freed);
    await turn();
    signal.throwIfAborted();
  }
  return rest;
}

/** Undefined where rules on the way to it can't be read. */
async function isLeftOutNow(
  { ledger, log }: PairServices,
  rules: RulesOfNow,
  { name, nameRaw, parentId }: Pick<PairFolder, 'name' | 'nameRaw' | 'parentId'>,
  isFolder: boolean,
): Promise<boolean | undefined> {
  // The pair's own folder is what somebody chose.
  if (parentId === null) return false;
  try {
    return await rules.leaveOut(ledger.folders.path(parentId).local, { name, rawName: nameRaw }, isFolder);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    log.info({ problem: error.problem }, 'a deletion waits, since rules could not be read');
    return undefined;
  }
}

/** So many are not gone any more, or are not to be trashed. */
async function withdraw({ ledger }: PairServices, ownerId: number): Promise<void> {
  const folderId = ledger.tree.root(ownerId)?.id;
  if (folderId === undefined || !ledger.questions.isOpen('many-deletions', { ownerId, folderId })) return;
  await ledger.write(() => ledger.questions.withdraw('many-deletions', { ownerId, folderId }));
}

/** True while a person has not said that so many may go. */
async function isAsked(services: PairServices, pair: PairRow, files: number): Promise<boolean> {
  const { ledger } = services;
  const { counts } = ledger.pairs.counts(pair.id);
  if (judgeDeletions({ files, totalFiles: counts.synced + files }) === 'go') return false;
  const rootId = ledger.tree.root(pair.id)!.id;
  await ledger.write(() =>
    ask(services, {
      ownerId: pair.id,
      kind: 'many-deletions',
      fileId: null,
      folderId: rootId,
      path: pair.path,
      text: `${files} files of ${counts.synced + files} are gone here. Nothing on Box is moved to the trash before somebody says so.`,
      detail: {},
    }),
  );
  return true;
}

/** What is gone need not go on going up; a commit whose outcome is not known gets it first. */
export async function stopTransfers(
  { ledger, scheduler, clock, sweepSessions }: PairServices,
  files: readonly Pick<PairFile, 'id'>[],
): Promise<void> {
  const live = files.filter(({ id }) => ledger.transfers.live(id) !== undefined);
  if (live.length === 0) return;
  await ledger.write(() =>
    endTransfersOfGone(
      ledger,
      live.map(({ id }) => id),
      clock.now(),
    ),
  );
  for (const { id } of live) {
    const transfer = ledger.transfers.latest(id);
    if (transfer?.state === 'superseded') await scheduler.stop(transfer.id, 'supersede');
  }
  // Before the rows that tell of them are forgotten.
  await sweepSessions();
}

/** Files that never got to Box leave nothing behind. */
async function forgetUnknown({ ledger }: PairServices, files: readonly PairFile[], freed: Set<number>): Promise<void> {
  const unknown = files.filter(({ id, boxId }) => boxId === null && !ledger.transfers.live(id));
  for (let at = 0; at < unknown.length; at += filesAtOnce) {
    const slice = unknown.slice(at, at + filesAtOnce);
    await ledger.write(() => {
      for (const { id, folderId, name } of slice) {
        ledger.pairFiles.removeFile(id);
        free(ledger, folderId, name, freed);
      }
    });
  }
}

/** What failed under a name that nothing here has any more is tried again. Within a transaction. */
function free({ tree }: PairServices['ledger'], folderId: number, name: string, freed: Set<number>): void {
  for (const id of tree.reopenNamed(folderId, name)) freed.add(id);
}

async function leave(
  { ledger, clock, onEvent }: PairServices,
  files: readonly PairFile[],
  freed: Set<number>,
): Promise<void> {
  const left = files.filter(({ id }) => !ledger.transfers.live(id));
  await ledger.write(() => {
    for (const { id, folderId, name } of left) {
      ledger.pairFiles.setLeft(id, clock.now());
      free(ledger, folderId, name, freed);
    }
  });
  for (const file of left) {
    onEvent({
      type: 'left',
      pairId: file.pairId,
      path: entryPath(ledger.folders.path(file.folderId).display, file.name),
    });
  }
}

async function trashFile(
  services: PairServices,
  file: PairFile,
  freed: Set<number>,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, clock, onEvent } = services;
  const { pairFiles } = ledger;
  const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
  if (pairFiles.file(file.id)?.outcome !== 'gone' || ledger.transfers.live(file.id)) return;
  // It may be back since: the walk that is to come tells.
  if (await stands(path.local, 'file')) return;
  try {
    await deleteAsKnown(services, file, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BoxError)) throw error;
    const { code } = error.problem;
    if (code !== 'target.not-found' && code !== 'target.trashed') {
      if (!error.isOfItem) throw error;
      const kept =
        code === 'conflict.changed-on-box' ? ({ ...error.problem, code: 'pair.kept-on-box' } as const) : error.problem;
      await ledger.write(() => pairFiles.setLeft(file.id, clock.now()));
      onEvent({ type: 'problem', pairId: file.pairId, problem: { ...kept, item: path.display } });
      return;
    }
  }
  await ledger.write(() => {
    pairFiles.removeFile(file.id);
    free(ledger, file.folderId, file.name, freed);
  });
  onEvent({ type: 'trashed', pairId: file.pairId, kind: 'file', path: path.display });
}

/** Only what the ledger knows: with the etag, and with a newer one only where the content is still the same. */
async function deleteAsKnown({ connection }: PairServices, file: PairFile, signal: AbortSignal): Promise<void> {
  const fileId = file.boxId!;
  try {
    await deleteFile(connection, { fileId, ...(file.boxEtag === null ? {} : { ifMatch: file.boxEtag }) }, { signal });
  } catch (error) {
    if (!(error instanceof BoxError) || error.problem.code !== 'conflict.changed-on-box') throw error;
    const fresh = await getFile(connection, fileId, { signal });
    if (fresh.sha1 !== file.boxSha1 || fresh.etag === undefined) throw error;
    await deleteFile(connection, { fileId, ifMatch: fresh.etag }, { signal });
  }
}

async function endFolder(
  services: PairServices,
  folder: PairFolder,
  rules: RulesOfNow | null,
  freed: Set<number>,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, connection, onEvent } = services;
  const { tree } = ledger;
  if (tree.folder(folder.id)?.state !== 'gone') return;
  const path = ledger.folders.path(folder.id);
  const end = (how: () => void) =>
    ledger.write(() => {
      how();
      if (folder.parentId !== null) free(ledger, folder.parentId, folder.name, freed);
    });
  if (folder.boxId === null) {
    if (!tree.hasTransfersBelow(folder.id)) await end(() => tree.removeFolder(folder.id));
    return;
  }
  // What is still being decided about in it keeps it.
  if (tree.hasUndecidedBelow(folder.id)) return;
  const isLeftOut = rules ? await isLeftOutNow(services, rules, folder, true) : true;
  if (isLeftOut === undefined) return;
  if (isLeftOut) {
    await end(() => tree.setState(folder.id, 'left'));
    return;
  }
  if (await stands(path.local, 'folder')) return;
  try {
    await deleteFolder(connection, { folderId: folder.boxId }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BoxError)) throw error;
    const { code } = error.problem;
    if (code !== 'target.not-found' && code !== 'target.trashed') {
      if (!error.isOfItem) throw error;
      // Something that is not ours is in it, or came since: it stays.
      await end(() => tree.setState(folder.id, 'left'));
      onEvent({ type: 'left', pairId: folder.pairId, path: path.display });
      return;
    }
  }
  await end(() => tree.removeFolder(folder.id));
  onEvent({ type: 'trashed', pairId: folder.pairId, kind: 'folder', path: path.display });
}

/** Whether one of the kind is there; what has taken its place is another. */
async function stands(path: string | Buffer, kind: 'file' | 'folder'): Promise<boolean> {
  return lstat(path).then(
    (facts) => (kind === 'file' ? facts.isFile() : facts.isDirectory()),
    () => false,
  );
}
