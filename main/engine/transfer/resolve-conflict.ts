import { nameKey } from '../../../shared/box-names.ts';
import type { IfExists } from '../../../shared/model.ts';
import type { Problem } from '../../../shared/problem.ts';
import { BoxError } from '../../box/box-error.ts';
import { getFile } from '../../box/files.ts';
import { itemNamed } from '../../box/folders.ts';
import type { BoxFile } from '../../box/schema/items.ts';
import { abortSession } from '../../box/upload-session/session-calls.ts';
import { factsKey } from '../ledger/facts.ts';
import type { ConflictRules } from '../ledger/owners.ts';
import type { Base, TransferRowData } from '../ledger/transfers.ts';
import { copyName } from '../plan/copy-name.ts';
import { fetchFolder } from '../remote/fetch-item.ts';
import type { FileSource } from '../source/file-source.ts';
import { verifiedCopy } from './box-copy.ts';
import type { RunResult } from './result.ts';
import type { TransferServices } from './services.ts';

/** The local content as far as a conflict is settled by it. */
export type ConflictSource = Pick<FileSource, 'facts' | 'wholeDigest' | 'assertUnchanged'>;

interface Conflict {
  services: TransferServices;
  transfer: TransferRowData;
  /** The digest of what was being sent; null when it was not known yet. */
  sha1: string | null;
  /** What was being sent: it is read where Box may hold the same and the digest is not known yet. */
  source: ConflictSource;
  rules: ConflictRules;
  signal: AbortSignal;
}

/**
 * What follows when Box holds something else than the plan expected: the name is taken, the version changed, the file or
 * its folder is gone. Undefined for every other failure.
 */
export async function resolveConflict(conflict: Conflict, error: unknown): Promise<RunResult | undefined> {
  if (!(error instanceof BoxError)) return undefined;
  switch (error.problem.code) {
    case 'name.taken':
      return nameTaken(conflict, error);
    case 'conflict.changed-on-box':
      return versionChanged(conflict, error);
    case 'target.not-found':
    case 'target.trashed':
      return targetGone(conflict, error);
    case 'content.too-small-for-session':
      return oneRequest(conflict);
    default:
      if (isRefusedCommit(error)) await notCommitted(conflict);
      return undefined;
  }
}

/** Box has said that it will not: the outcome of the commit is known. What was only asked on the way says nothing of it. */
function isRefusedCommit(error: BoxError): boolean {
  const refused = error.isOfItem || error.problem.code === 'content.digest';
  return refused && !error.ambiguous && error.problem.operation === 'commit upload session';
}

/** The commit has not happened: nothing is intended until the next, and the session stands with all its parts. */
async function notCommitted({ services: { ledger, clock }, transfer }: Conflict, base = transfer.base): Promise<void> {
  await ledger.write(() => {
    ledger.transfers.move(transfer.id, 'queued', {}, clock.now());
    ledger.transfers.setIntended(transfer.id, null);
    ledger.transfers.setTarget(transfer.id, transfer.name, base);
  });
}

/** Another target: a session that was opened for the old one is of no use, and neither is what its commit intended. */
async function retarget({ services, transfer, signal }: Conflict, name: string, base: Base | null): Promise<void> {
  const { ledger, connection, clock } = services;
  const session = ledger.transfers.get(transfer.id)?.session;
  if (session?.ours) {
    await abortSession(connection, { url: session.endpoints.abort }, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
  await ledger.write(() => {
    ledger.transfers.move(transfer.id, 'queued', {}, clock.now());
    ledger.transfers.setIntended(transfer.id, null);
    ledger.transfers.setSession(transfer.id, null);
    ledger.transfers.setTarget(transfer.id, name, base);
  });
}

/** Box's least size for a session is larger than the documents say. */
async function oneRequest({ services, transfer }: Conflict): Promise<RunResult> {
  const { ledger } = services;
  await ledger.write(() => ledger.transfers.setKind(transfer.id, 'direct', transfer.lane));
  return { kind: 'again', note: 'Box wants it in one request' };
}

async function nameTaken(conflict: Conflict, error: BoxError): Promise<RunResult | undefined> {
  const { services, transfer, signal } = conflict;
  const item = await takenBy(conflict, error);
  if (item?.type !== 'file') {
    if (isRefusedCommit(error)) await notCommitted(conflict);
    return item && { kind: 'failed', problem: { ...error.problem, code: 'name.taken-by-folder' } };
  }
  const { standing, sha1 } = await compared(conflict, await getFile(services.connection, item.id, { signal }));
  if (sha1 !== null && standing.sha1 === sha1) {
    const copy = await verifiedCopy(services.connection, standing, sha1, signal);
    // Ours when an earlier try of this transfer may have arrived: its answer was lost.
    const how = transfer.intendedSha1 === sha1 || error.maybeOurs ? 'sent' : 'adopted';
    return { kind: 'done', copy, sha1, facts: conflict.source.facts, how };
  }
  const base = { fileId: standing.id, etag: standing.etag ?? null, sha1: standing.sha1 ?? null };
  return differs(conflict, base, standing.name, conflict.rules.taken);
}

/** What has the name: as Box told it, else as the folder lists it. A version has its name already, and takes none. */
async function takenBy({ services, transfer, signal }: Conflict, { conflicts }: BoxError) {
  if (conflicts.length > 0) return conflicts.find(({ type }) => type === 'file');
  if (transfer.base) return undefined;
  return itemNamed(services.connection, { parentId: transfer.parentBoxId, name: transfer.name }, { signal });
}

/**
 * What stands on Box, and the digest of what was to be sent. A session is opened before the content is read, so that it is
 * read now where the sizes don't tell the two apart; Box is then asked again, since that takes its time.
 */
async function compared(conflict: Conflict, standing: BoxFile): Promise<{ standing: BoxFile; sha1: string | null }> {
  const { services, transfer, source, signal } = conflict;
  const { sizeBytes = transfer.sizeBytes } = standing;
  if (conflict.sha1 !== null || sizeBytes !== transfer.sizeBytes) return { standing, sha1: conflict.sha1 };
  const { ledger, connection, clock } = services;
  await ledger.write(() => ledger.transfers.move(transfer.id, 'checking', {}, clock.now()));
  const sha1 = await source.wholeDigest(signal);
  await source.assertUnchanged();
  // A file that is left alone need not be read again in the next run.
  await ledger.write(() => ledger.files.setDigest(transfer.fileId, sha1, factsKey(source.facts)));
  return { standing: await getFile(connection, standing.id, { signal }), sha1 };
}

/** Box holds other content under the name, or in the file that was to get a version: the rule decides. */
export async function differs(
  conflict: Conflict,
  base: Base,
  standingName: string,
  rule: IfExists = conflict.rules.taken,
): Promise<RunResult> {
  const { services, transfer } = conflict;
  const { clock } = services;
  switch (rule) {
    case 'skip':
      await notCommitted(conflict);
      return { kind: 'kept', problem: keptProblem(transfer.name, clock.now()) };
    case 'version':
      await retarget(conflict, standingName, base);
      return { kind: 'again', note: `"${standingName}" stands on Box: becomes a new version` };
    case 'keep-both': {
      const taken = new Set([nameKey(standingName), nameKey(transfer.name)]);
      const name = copyName(transfer.name, services.hostName, new Date(clock.now()), taken);
      await retarget(conflict, name, null);
      await services.onCopied(transfer, { originalId: base.fileId, standingName, copyName: name });
      return { kind: 'again', note: `"${standingName}" stands on Box: goes up as "${name}"` };
    }
  }
}

/** What is told of a file that was left as it is on Box. */
export function keptProblem(name: string, at: number): Problem {
  return {
    code: 'name.taken',
    operation: 'compare with Box',
    item: name,
    detail: 'other content stands on Box and was left as it is (--if-exists skip)',
    at,
  };
}

async function versionChanged(conflict: Conflict, error: BoxError): Promise<RunResult | undefined> {
  const { services, transfer, signal } = conflict;
  if (!transfer.base) return undefined;
  const found = await getFile(services.connection, transfer.base.fileId, { signal });
  const isBase = transfer.base.sha1 !== null && found.sha1 === transfer.base.sha1;
  const { standing: file, sha1 } = isBase ? { standing: found, sha1: conflict.sha1 } : await compared(conflict, found);
  if (sha1 !== null && file.sha1 === sha1) {
    const copy = await verifiedCopy(services.connection, file, sha1, signal);
    const how = conflict.sha1 === null ? 'adopted' : 'sent';
    return { kind: 'done', copy, sha1, facts: conflict.source.facts, how };
  }
  if (transfer.base.sha1 === null || file.sha1 !== transfer.base.sha1) {
    const { changed } = conflict.rules;
    if (changed === 'ask') {
      await notCommitted(conflict);
      return { kind: 'failed', problem: error.problem };
    }
    return differs(conflict, { fileId: file.id, etag: file.etag ?? null, sha1: file.sha1 ?? null }, file.name, changed);
  }
  // Only the etag moved (renamed, described anew): the content is the one that was to be replaced.
  await notCommitted(conflict, { ...transfer.base, etag: file.etag ?? null });
  return { kind: 'again', note: 'only the etag had changed on Box' };
}

/**
 * The file that was to get a version is gone: it becomes a new one, or the pair's rule decides where it was the pair's own. When
 * it was new already, or its folder went with it, the folder is gone: that is for the next plan, which makes it again, or
 * asks. A session is only opened once an earlier commit is known not to have happened.
 */
async function targetGone(conflict: Conflict, error: BoxError): Promise<RunResult | undefined> {
  const { transfer, rules } = conflict;
  if (!transfer.base) {
    const opening = error.problem.operation === 'create upload session';
    if (opening || isRefusedCommit(error)) await notCommitted(conflict);
    return undefined;
  }
  if (rules.removed !== 'upload' && isOwnCopy(conflict, transfer.base)) return ownCopyGone(conflict);
  await retarget(conflict, transfer.name, null);
  return { kind: 'again', note: 'the file is gone from Box: goes up as a new one' };
}

/** Whether the file on Box is the one that the ledger has for ours, and not another's that ours was to replace. */
function isOwnCopy({ services, transfer }: Conflict, base: Base): boolean {
  return services.ledger.files.get(transfer.fileId)?.box?.fileId === base.fileId;
}

/** Somebody has removed it: sending it again by itself would undo that. Undefined where it went together with its folder. */
async function ownCopyGone(conflict: Conflict): Promise<RunResult | undefined> {
  const { services, transfer, signal } = conflict;
  const folder = await fetchFolder(services.connection, transfer.parentBoxId, signal);
  await notCommitted(conflict);
  if (typeof folder === 'string') return undefined;
  const detail = 'somebody removed it there';
  const at = services.clock.now();
  const problem = {
    code: 'pair.removed-on-box',
    operation: 'send a new version',
    item: transfer.name,
    detail,
    at,
  } as const;
  return { kind: 'kept', problem };
}
