import { link, lstat, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CallError } from '../../../shared/call-error.ts';
import { questionKinds, type Answer } from '../../../shared/pair-model.ts';
import { BoxError } from '../../box/box-error.ts';
import { deleteFile, getFile } from '../../box/files.ts';
import type { QuestionRow } from '../ledger/questions.ts';
import { decideGone } from './decide-gone.ts';
import { disownOthers } from './one-owner.ts';
import type { PairRun } from './pair-run.ts';
import type { PairServices } from './services.ts';

export interface AnswerContext {
  services: PairServices;
  /** The pair as it runs; undefined where this process does not keep it up to date. */
  run: PairRun | undefined;
  signal: AbortSignal;
}

/** Carries out what a person answered. The question is answered only once that is done. Rejects with what kept it from being done. */
export async function carryOutAnswer(context: AnswerContext, question: QuestionRow, answer: Answer): Promise<void> {
  const allowed: readonly Answer[] = questionKinds[question.kind];
  if (!allowed.includes(answer)) {
    throw new CallError('usage', `q${question.id} takes ${allowed.join(', ')}, and not "${answer}".`);
  }
  switch (question.kind) {
    case 'conflict':
      await answerConflict(context, question, answer);
      break;
    case 'removed-on-box':
      await answerRemoved(context, question, answer);
      break;
    case 'many-deletions':
      await answerDeletions(context, question, answer);
      break;
    case 'root':
      await answerRoot(context, question);
      break;
    case 'name':
      if (answer === 'rename') await renameHere(context, question);
      else await leaveOut(context, question);
      break;
  }
  const { ledger, clock } = context.services;
  await ledger.write(() => ledger.questions.answer(question.id, answer, clock.now()));
  context.run?.rescan();
}

async function answerConflict(context: AnswerContext, question: QuestionRow, answer: Answer): Promise<void> {
  const { services, signal } = context;
  const { ledger, connection } = services;
  const { fileId, detail } = question;
  const file = fileId === null ? undefined : ledger.files.get(fileId);
  if (answer === 'keep-copy' || !file || detail.originalId === undefined) return;
  if (ledger.transfers.live(file.id)) {
    throw new CallError('refused', `${question.path} is still going up; answer once it has arrived.`);
  }
  const original = await getFile(connection, detail.originalId, { signal });
  const copy = file.box;
  await ledger.write(() => {
    // From now on the file here is that file there; its content of now is its next version, or not sent at all.
    ledger.files.setBox(file.id, {
      fileId: original.id,
      name: original.name,
      etag: original.etag ?? null,
      versionId: original.versionId ?? null,
      sha1: original.sha1 ?? '',
    });
    disownOthers(services, ledger.pairFiles.file(file.id)!);
    if (answer === 'replace') ledger.pairFiles.reopen(file.id);
    else ledger.files.setOutcome(file.id, 'kept', null);
  });
  if (copy && copy.fileId !== original.id) await trashCopy(services, copy.fileId, copy.etag, signal);
  if (answer === 'replace') context.run?.dirty.set(file.folderId, 0);
}

/** Ours, as long as nobody changed it. */
async function trashCopy(
  { connection }: PairServices,
  fileId: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<void> {
  try {
    await deleteFile(connection, { fileId, ...(etag === null ? {} : { ifMatch: etag }) }, { signal });
  } catch (error) {
    const settled = ['target.not-found', 'target.trashed', 'conflict.changed-on-box'];
    if (!(error instanceof BoxError) || !settled.includes(error.problem.code)) throw error;
  }
}

async function answerRemoved({ services, run }: AnswerContext, question: QuestionRow, answer: Answer): Promise<void> {
  const { ledger } = services;
  const { fileId, folderId } = question;
  await ledger.write(() => {
    if (fileId !== null) {
      ledger.pairFiles.unbind(fileId);
      if (answer === 'upload') ledger.pairFiles.reopen(fileId);
      else ledger.files.setOutcome(fileId, 'kept', null);
    } else if (folderId !== null && answer === 'upload') {
      ledger.tree.setState(folderId, 'found');
      ledger.tree.unplaceBelow(folderId);
    }
  });
  const folder = fileId === null ? folderId : ledger.files.get(fileId)?.folderId;
  if (answer === 'upload' && folder !== null && folder !== undefined) run?.dirty.set(folder, 0);
}

async function answerDeletions(
  { services, run, signal }: AnswerContext,
  { ownerId }: QuestionRow,
  answer: Answer,
): Promise<void> {
  const { ledger } = services;
  const pair = ledger.pairs.get(ownerId)!;
  const files = ledger.pairFiles.goneFiles(ownerId, 0, Number.MAX_SAFE_INTEGER);
  const freed = await decideGone(
    services,
    pair,
    files,
    ledger.tree.goneFolders(ownerId),
    answer === 'trash' ? 'trash' : 'keep',
    signal,
  );
  if (!run) return;
  for (const id of freed) run.dirty.set(id, 0);
  run.lost = true;
}

async function answerRoot({ services, run }: AnswerContext, { ownerId, detail }: QuestionRow): Promise<void> {
  const { ledger } = services;
  const { dev, inode, isEmpty } = detail;
  if (dev === undefined || inode === undefined) return;
  await ledger.write(() => {
    ledger.pairs.setRoot(ownerId, { dev, inode });
    ledger.pairs.setAcceptEmpty(ownerId, isEmpty === true);
    ledger.pairs.setProblem(ownerId, null);
  });
  run?.unblock();
}

async function leaveOut({ services: { ledger } }: AnswerContext, { fileId }: QuestionRow): Promise<void> {
  if (fileId !== null) await ledger.write(() => ledger.files.setOutcome(fileId, 'kept', null));
}

/** Renames the file or folder here as it was proposed, and never over another. */
async function renameHere({ services }: AnswerContext, { path, detail, fileId, folderId }: QuestionRow): Promise<void> {
  const { proposal } = detail;
  const { files, tree } = services.ledger;
  const file = fileId === null ? tree.folder(folderId ?? 0) : files.get(fileId);
  if (proposal === undefined || !file) throw new CallError('refused', `${path} is no longer there under this name.`);
  const to = join(dirname(path), proposal);
  if (file.nameRaw) throw new CallError('refused', `The name of ${path} is no valid text: rename it by hand.`);
  if (
    await lstat(to).then(
      () => true,
      () => false,
    )
  ) {
    throw new CallError('refused', `${to} stands there already: rename ${path} by hand.`);
  }
  return fileId === null ? renameFolder(path, to) : renameFile(path, to);
}

/** What systems say of a disk without hard links (FAT, exFAT): Linux, macOS, and Windows, whose ERROR_INVALID_FUNCTION is EISDIR. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR']);

/** A link fails where the name was taken meanwhile; a rename, for disks that have none, would replace what stands there. */
export async function renameFile(path: string, to: string, linkFile = link): Promise<void> {
  try {
    await linkFile(path, to);
    await unlink(path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (!noLinks.has(code)) throw new CallError('refused', `${path} could not be renamed to ${to}: ${code}`);
    await rename(path, to);
  }
}

/** A rename of a folder fails where a folder with something in it stands, and replaces an empty one; both were looked for. */
async function renameFolder(path: string, to: string): Promise<void> {
  try {
    await rename(path, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CallError('refused', `${path} could not be renamed to ${to}: ${String(code)}`);
  }
}
